import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { seedOf } from "#core/draw.ts";
import type { Reporter, RunResult } from "#core/result.ts";
import type { ObjectiveResult } from "#core/verdict.ts";
import { newSeed } from "#harness/context/index.ts";
import { type RunRequest, runScenario } from "./run.ts";

/** What a run came to, and where it lies. */
interface Ended {
  readonly result: RunResult;
  readonly folder: string;
}

/**
 * Runs a scenario again, with a seed of its own each time, as long as chance alone left the verdict open. A run that is
 * broken ends it, and so does one that is unknown for any other reason: to try until it holds would be no proof. The last
 * run's verdict is the answer, and all attempts are listed beside it. What may be wrong is divided among all attempts
 * that are allowed, the first included (`core/draw.ts`), and each says which it is.
 */
export async function runRepeatedly(request: RunRequest, run = runScenario): Promise<number> {
  const { line, adapters, signal } = request;
  const seed = line.seed ?? newSeed();
  const attempts: Ended[] = [];
  for (let number = 1; ; number += 1) {
    // A reporter shows one run; each further one gets its own.
    await using own = number === 1 ? undefined : adapters.reporter(line.reporter ?? "lines");
    const reporter = own ?? request.reporter;
    let ended: Ended | undefined;
    const watching = watched(reporter, (result, folder) => {
      ended = { result, folder };
    });
    const exitCode = await run({
      ...request,
      line: { ...line, seed: seedOf(seed, number) },
      draw: { attempt: number, of: line.repeat },
      reporter: watching,
    });
    if (ended === undefined) return exitCode;
    attempts.push(ended);
    const again = number < line.repeat && !signal.aborted && isOpenByChance(ended.result);
    if (line.repeat > 1) await tell(attempts, line.repeat, again, (text) => reporter.progress(text));
    if (!again) return exitCode;
  }
}

/**
 * Whether each finding that is unknown is so because an interval straddles its limit. Whatever else is open another run
 * may not decide: a finding on trust says that this one cannot be believed, and with it may have made unknown what was
 * broken; what lacks samples lacks them in the next run of this length too.
 */
export function isOpenByChance({ verdict, cutShort, leftBehind = [], objectives }: RunResult): boolean {
  // A run that left something ends the command with 70: another one beside its leftovers must not hide that.
  if (verdict !== "unknown" || cutShort !== undefined || leftBehind.length > 0) return false;
  const open = objectives.filter(({ state }) => state === "unknown");
  const isChance = ({ group, interval, lacking }: ObjectiveResult): boolean =>
    group !== "trust" && interval !== undefined && lacking === undefined;
  return open.length > 0 && open.every(isChance);
}

async function tell(
  attempts: readonly Ended[],
  most: number,
  again: boolean,
  say: (text: string) => void,
): Promise<void> {
  const lines = attempts.map(
    ({ result: { seed, verdict, sentence } }, index) =>
      `attempt ${index + 1} of at most ${most}, seed ${seed}: ${verdict}: ${sentence}`,
  );
  const last = attempts.at(-1);
  if (last === undefined) return;
  for (const text of again ? lines.slice(-1) : lines) say(text);
  say(
    again ? "chance left it open: it is run again" : `the verdict is that of the last attempt: ${last.result.verdict}`,
  );
  await writeFile(join(last.folder, "attempts.txt"), `${lines.join("\n")}\n`);
}

function watched(reporter: Reporter, onEnded: (result: RunResult, folder: string) => void): Reporter {
  return {
    progress: (text) => reporter.progress(text),
    planned: (plan, run) => reporter.planned(plan, run),
    record: (record) => reporter.record(record),
    ended(result, folder, bytes) {
      onEnded(result, folder);
      reporter.ended(result, folder, bytes);
    },
    [Symbol.asyncDispose]: () => reporter[Symbol.asyncDispose](),
  };
}
