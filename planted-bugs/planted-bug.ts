import type { BugName } from "#system/bugs.ts";

/** One factor of how often a bug must show. Below 1 it is a share. */
interface Factor {
  readonly count: number;
  /** What is counted, or what it is the share of. */
  readonly of: string;
}

/** A bug with the run that exposes it. Plain data. */
export interface PlantedBugRun {
  readonly bug: BugName;
  /** File in `scenarios/`, without its ending. */
  readonly scenario: ScenarioName;
  /**
   * How often it has to show in that run, as a product: the rate at which the run does what the bug is about, how long it
   * does so, and the share of it that the bug spoils.
   */
  readonly expected: readonly Factor[];
}

export type ScenarioName =
  | "planted-calm"
  | "planted-pooler-silent"
  | "planted-commits-hang"
  | "planted-relay-unanswered"
  | "planted-replica-behind";

export function expectedCount(expected: readonly Factor[]): number {
  return Math.round(expected.reduce((product, { count }) => product * count, 1));
}

/** The product in words: `20 buyers a second x 59 s x 13 % with a second line = 153`. */
export function expectedWords(expected: readonly Factor[]): string {
  const factors = expected.map(({ count, of }) => `${count < 1 ? `${Math.round(count * 1_000) / 10} %` : count} ${of}`);
  return `${factors.join(" x ")} = ${expectedCount(expected)}`;
}
