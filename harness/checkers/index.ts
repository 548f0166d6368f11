import type { Checker, CheckInput, Judgement } from "#core/verdict.ts";
import { answeredPagesChecker } from "./answered-pages.ts";
import { availabilityChecker } from "./availability.ts";
import { copiesBehindChecker } from "./copies-behind.ts";
import { exitsChecker } from "./exits.ts";
import { faultsChecker } from "./faults.ts";
import { judgeWith } from "./judge.ts";
import { lastWordsChecker } from "./last-words.ts";
import { latencyChecker } from "./latency.ts";
import { machineClockChecker } from "./machine-clock.ts";
import { quietLogsChecker } from "./quiet-logs.ts";
import { readsAvoidedChecker } from "./reads-avoided.ts";
import { recoveryChecker } from "./recovery.ts";
import { sizesChecker } from "./sizes.ts";
import { sometimesChecker } from "./sometimes.ts";
import { steadyChecker } from "./steady.ts";
import { toldChecker } from "./told.ts";
import { trustChecker } from "./trust.ts";
import { validAnswersChecker } from "./valid-answers.ts";
import { witnessesChecker } from "./witnesses.ts";

export { plannedSamples, refusals } from "./plan.ts";
export { SOMETIMES_NAMES } from "./sometimes.ts";
export { steadyResults } from "./steady.ts";

/** Every checker of the testbed itself; the shop brings those of its invariants. */
export const CHECKERS: readonly Checker[] = [
  steadyChecker,
  latencyChecker,
  availabilityChecker,
  recoveryChecker,
  readsAvoidedChecker,
  copiesBehindChecker,
  faultsChecker,
  exitsChecker,
  quietLogsChecker,
  sometimesChecker,
  validAnswersChecker,
  trustChecker,
  answeredPagesChecker,
  toldChecker,
  machineClockChecker,
  witnessesChecker,
  lastWordsChecker,
  sizesChecker,
];

/** Judges a history by the testbed's own checkers and those that the shop brings; one that is given twice runs once. */
export function judge(input: CheckInput, shopCheckers: readonly Checker[]): Judgement {
  return judgeWith(input, [...new Set([...CHECKERS, ...shopCheckers])]);
}
