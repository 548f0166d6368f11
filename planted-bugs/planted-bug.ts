import type { BugName } from "#system/bugs.ts";

/**
 * How often a bug must show: the rate at which the run does what the bug is about, the time that it does so, and the
 * share of it that the bug spoils.
 */
export interface Expected {
  /** What the rate counts: `orders of the buyers' lane`. */
  readonly of: string;
  readonly perSecond: number;
  readonly seconds: number;
  readonly share: number;
  /** Where the share comes from. */
  readonly because: string;
}

/** A bug with the run that exposes it. Plain data. */
export interface PlantedBugRun {
  readonly bug: BugName;
  /** File in `scenarios/`, without its ending. */
  readonly scenario: ScenarioName;
  readonly expected: Expected;
}

export type ScenarioName = "planted-calm";

export function expectedCount({ perSecond, seconds, share }: Expected): number {
  return Math.round(perSecond * seconds * share);
}

/** The sum in words: `20/s x 59 s x 13 % = 153`. */
export function expectedWords(expected: Expected): string {
  const { perSecond, seconds, share } = expected;
  const percent = share === 1 ? "" : ` x ${Math.round(share * 1_000) / 10} %`;
  return `${perSecond}/s x ${seconds} s${percent} = ${expectedCount(expected)}`;
}
