import { EXIT_CODES } from "#core/verdict.ts";
import type { LeftResult } from "#proving/result.ts";
import type { Finding } from "#proving/table.ts";
import type { Expectation, Trap } from "./trap.ts";

/** How a run with a sabotage ended. */
export interface Outcome {
  readonly exitCode: number;
  /** Absent when the run left no `result.json`. */
  readonly result: LeftResult | undefined;
  /** Why the sabotage did not happen, where it did not. */
  readonly spared?: string;
  /** The last lines of the terminal, for the reason of a run without a result. */
  readonly lastWords?: string;
}

/** Whether a run ended unknown for the reason that the trap predicts. The control, where it was run, must lack it. */
export function judgeTrap(trap: Trap, outcome: Outcome, control?: LeftResult): Finding {
  const { result, exitCode } = outcome;
  const of = (isCaught: boolean, reason: string): Finding => ({
    name: trap.name,
    isCaught,
    verdict: result?.verdict ?? `exit code ${exitCode}`,
    reason,
  });
  if (outcome.spared !== undefined) return of(false, `the sabotage did not happen: ${outcome.spared}`);
  if (result === undefined) return of(false, `no result: ${outcome.lastWords ?? "it said nothing"}`);
  if (result.verdict !== "unknown") return of(false, result.sentence);
  if (exitCode !== EXIT_CODES.unknown) return of(false, `exit code ${exitCode} instead of ${EXIT_CODES.unknown}`);
  const found = predicted(trap.expects, result);
  if (found === undefined) return of(false, `unknown, but not as predicted: ${nearest(trap.expects, result)}`);
  if (control !== undefined && predicted(trap.expects, control) !== undefined) {
    return of(false, "the run without the sabotage says the same, so this proves nothing");
  }
  return of(true, wordsOf(found));
}

type Objective = LeftResult["objectives"][number];

function predicted({ objective, says }: Expectation, { objectives }: LeftResult): Objective | undefined {
  return objectives.find(
    (each) => each.id === objective && each.state === "unknown" && new RegExp(says).test(wordsOf(each)),
  );
}

function nearest({ objective }: Expectation, { objectives, sentence }: LeftResult): string {
  const same = objectives.find((each) => each.id === objective);
  return same === undefined ? `no finding "${objective}"; ${sentence}` : `${objective} ${same.state}: ${wordsOf(same)}`;
}

function wordsOf({ observed, reason }: Objective): string {
  return `${observed}; ${reason}`;
}
