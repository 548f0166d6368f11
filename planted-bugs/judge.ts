import { EXIT_CODES } from "#core/verdict.ts";
import type { LeftResult } from "#proving/result.ts";
import type { Ran } from "#proving/run.ts";
import type { Finding } from "#proving/table.ts";
import type { Bug } from "#system/bugs.ts";
import { LEAST_FOUND } from "./catalogue.ts";
import { expectedCount, type PlantedBugRun } from "./planted-bug.ts";

/**
 * Whether a run found its bug: the invariant that has to find it is broken, often enough, in a shop that was given that
 * very bug. The same run without the bug must have that invariant held, or finding it broken proves nothing.
 */
export function judgeBug(
  bug: Bug,
  expected: PlantedBugRun["expected"],
  { exitCode, result, lastWords }: Pick<Ran, "exitCode" | "result" | "lastWords">,
  control: LeftResult | undefined,
): Finding {
  const of = (isCaught: boolean, reason: string): Finding => ({
    name: bug.name,
    isCaught,
    verdict: result?.verdict ?? `exit code ${exitCode}`,
    reason,
  });
  if (result === undefined) return of(false, `no result: ${lastWords || "it said nothing"}`);
  const planted = result.topology?.plantedBug?.name;
  if (planted !== bug.name) return of(false, `the shop had ${planted ?? "no bug"} planted instead`);
  const found = objective(result, bug.caughtBy);
  if (found?.state !== "broken") {
    return of(false, `${bug.caughtBy} is ${found?.state ?? "not judged"}: ${found?.reason ?? result.sentence}`);
  }
  const count = violations(found.observed);
  const counts = `${bug.caughtBy} found ${count} of some ${expectedCount(expected)} expected`;
  if (count < LEAST_FOUND) return of(false, `${counts}; fewer than ${LEAST_FOUND} could be chance`);
  if (exitCode !== EXIT_CODES.broken) return of(false, `${counts}; exit code ${exitCode}, not ${EXIT_CODES.broken}`);
  const healthy = control && objective(control, bug.caughtBy);
  if (healthy?.state !== "held") {
    return of(false, `${counts}; without the bug it is ${healthy?.state ?? "not judged"}, so this proves nothing`);
  }
  return of(true, `${counts}: ${found.reason}`);
}

/** Bugs that the same run without a bug seems to have: invariants of the catalogue that are not held in it. */
export function alarmsOf(control: LeftResult, bugs: readonly Bug[]): readonly string[] {
  return [...new Set(bugs.map(({ caughtBy }) => caughtBy))].flatMap((id) => {
    const found = objective(control, id);
    return found?.state === "held"
      ? []
      : [`${id} is ${found?.state ?? "not judged"}: ${found?.reason ?? "no finding"}`];
  });
}

function objective({ objectives }: LeftResult, id: string): LeftResult["objectives"][number] | undefined {
  return objectives.find((each) => each.id === id);
}

/** What an invariant observed begins with its count: `12 in 900 orders`. */
function violations(observed: string): number {
  return Number(/^(\d+) in /.exec(observed)?.[1] ?? 0);
}
