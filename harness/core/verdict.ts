import type { HistoryRecord } from "./history.ts";
import type { StoredRecords } from "./records.ts";
import type { Scenario } from "./scenario.ts";
import type { Topology } from "./topology.ts";

/** Worst wins: broken, then unknown, then held. No data is unknown. */
export type Verdict = "held" | "broken" | "unknown";

/**
 * `not-judged`: told only, no fault to judge it by, or below the minimum of samples in a quick run; it does not weigh.
 * Below the minimum in any other run is unknown.
 */
export type ObjectiveState = Verdict | "not-judged" | "not-applicable";

/** The same question to one phase of the load. It is told and does not weigh; below the minimum it is not judged. */
export interface PhaseResult {
  readonly name: string;
  readonly state: Verdict | "not-judged";
  readonly observed: string;
  readonly interval?: NonNullable<ObjectiveResult["interval"]>;
  readonly samples: number;
}

export interface ObjectiveResult {
  /** Stable, kebab-case, unique within the result. */
  readonly id: string;
  readonly group: "load" | "faults" | "protections" | "orders" | "trust";
  readonly title: string;
  readonly state: ObjectiveState;
  readonly target: string;
  readonly observed: string;
  /** Interval of the observed value and its confidence level, in the unit of the target. */
  readonly interval?: { readonly low: string; readonly high: string; readonly level: number };
  /** The same as plain numbers for the strip that shows value against target. */
  readonly scale?: {
    readonly value: number;
    readonly low?: number;
    readonly high?: number;
    readonly target: number;
    readonly unit: string;
    readonly better: "lower" | "higher";
  };
  readonly samples: number;
  /** It saw something, and too little to say anything: another run of this length would not either. */
  readonly lacking?: "samples";
  readonly window: string;
  /** Faults that were judged in one, because single ones of them left too little. */
  readonly together?: readonly string[];
  /** Phase by phase, where the window has more than one. */
  readonly phases?: readonly PhaseResult[];
  /** Why it stands as it does; says what to do when it is unknown. */
  readonly reason: string;
  /** Sequence numbers of the records that prove it (first ten). */
  readonly evidence: readonly number[];
  /** The stretch of time that decides it, run clock. */
  readonly decidedAt?: { readonly fromMs: number; readonly toMs: number };
  /** Offending rows or facts, first ten. */
  readonly offenders?: readonly string[];
}

export interface CheckInput {
  readonly scenario: Scenario;
  readonly topology: Topology;
  /** The whole history, or of a stored one the kinds of which there are few: read through `recordsOf`. */
  readonly records: readonly HistoryRecord[];
  /** The kinds of which there are many, where the history is too long to lie in memory. */
  readonly stored?: StoredRecords;
}

/** Pure: history in, findings out. One that throws is turned into an unknown by `judge`. */
export interface Checker {
  readonly name: string;
  check(input: CheckInput): readonly ObjectiveResult[];
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly results: readonly ObjectiveResult[];
  /** One sentence that answers the scenario's question. */
  readonly sentence: string;
}

const WEIGHT: Readonly<Record<ObjectiveState, number>> = {
  broken: 2,
  unknown: 1,
  held: 0,
  "not-judged": 0,
  "not-applicable": 0,
};

/** The worst of the results. Nothing judged is unknown: a run that looked at nothing has not held. */
export function worst(results: readonly ObjectiveResult[]): Verdict {
  const judged = results.filter((result) => result.state !== "not-judged" && result.state !== "not-applicable");
  if (!judged.some((result) => result.group === "load")) return "unknown";
  const weight = Math.max(0, ...judged.map((result) => WEIGHT[result.state]));
  return weight === 2 ? "broken" : weight === 1 ? "unknown" : "held";
}

export const EXIT_CODES = {
  held: 0,
  broken: 1,
  unknown: 2,
  usage: 64,
  environment: 69,
  defect: 70,
  interrupted: 130,
  terminated: 143,
} as const;
