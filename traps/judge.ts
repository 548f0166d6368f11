import type { ObjectiveResult, Verdict } from "#core/verdict.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import type { Expectation, Trap } from "./trap.ts";

/** What of `result.json` a trap is judged by. */
export interface TrapResult {
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly objectives: readonly Pick<ObjectiveResult, "id" | "state" | "observed" | "reason">[];
}

/** How a run with a sabotage ended. */
export interface Outcome {
  readonly exitCode: number;
  /** Absent when the run left no `result.json`. */
  readonly result: TrapResult | undefined;
  /** Why the sabotage did not happen, where it did not. */
  readonly spared?: string;
  /** The last lines of the terminal, for the reason of a run without a result. */
  readonly lastWords?: string;
}

export interface Finding {
  readonly name: string;
  readonly isCaught: boolean;
  readonly verdict: string;
  /** The finding that caught it, or why it was not caught. */
  readonly reason: string;
}

/** Whether a run ended unknown for the reason that the trap predicts. The control, where it was run, must lack it. */
export function judgeTrap(trap: Trap, outcome: Outcome, control?: TrapResult): Finding {
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

type Objective = TrapResult["objectives"][number];

function predicted({ objective, says }: Expectation, { objectives }: TrapResult): Objective | undefined {
  return objectives.find(
    (each) => each.id === objective && each.state === "unknown" && new RegExp(says).test(wordsOf(each)),
  );
}

function nearest({ objective }: Expectation, { objectives, sentence }: TrapResult): string {
  const same = objectives.find((each) => each.id === objective);
  return same === undefined ? `no finding "${objective}"; ${sentence}` : `${objective} ${same.state}: ${wordsOf(same)}`;
}

function wordsOf({ observed, reason }: Objective): string {
  return `${observed}; ${reason}`;
}
