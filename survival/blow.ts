/** Where in a run a blow falls: behind this record of its history, or after a time of the runner's own choice. */
export type Moment =
  | { readonly kind: "phase"; readonly phase: Phase; readonly afterMs: number }
  /** As soon as the run's journal appears, which is before anything is started. */
  | { readonly kind: "born"; readonly afterMs: number }
  /** Anywhere in a phase, by the seed; blow after blow takes the next phase, so that all of them are met. */
  | { readonly kind: "random" };

/**
 * `inject` is an injection that is not yet in force; it, `fault` and `heal` come once for each fault. `truth` is the shop
 * at rest and its final reads; behind the last of them, in `teardown`, nothing is left that an interrupt could cut short.
 */
export const PHASES = ["start", "steady", "inject", "fault", "heal", "drain", "truth", "teardown", "report"] as const;
export type Phase = (typeof PHASES)[number];

/** Before a run has written anything, it has no phase of its own. */
export const BEFORE_THE_HISTORY = "before the history";
export type Met = Phase | typeof BEFORE_THE_HISTORY;

/** The six that random blows are spread over evenly. */
export const PARTS_OF_A_RUN = ["start", "steady", "fault", "heal", "drain", "report"] as const;
export type PartOfRun = (typeof PARTS_OF_A_RUN)[number];

const PART_OF: Readonly<Record<Met, PartOfRun>> = {
  [BEFORE_THE_HISTORY]: "start",
  start: "start",
  steady: "steady",
  inject: "fault",
  fault: "fault",
  heal: "heal",
  drain: "drain",
  truth: "drain",
  teardown: "drain",
  report: "report",
};

export function partOf(phase: Met): PartOfRun {
  return PART_OF[phase];
}

/** What is done, and to whom. */
export type Strike =
  | { readonly kind: "signal"; readonly to: "npm" | "harness" | "guardian"; readonly signal: NodeJS.Signals }
  /** Typed at a terminal: the whole foreground group gets it, and npm passes it on once more. */
  | { readonly kind: "ctrl-c"; readonly times: number }
  /** The machine kills both at once, as it does when its memory is full. */
  | { readonly kind: "kill-harness-and-guardian" }
  | { readonly kind: "close-terminal" }
  | { readonly kind: "close-output" }
  /** Another run beside it, of another seed; the first of the two ends, or its harness is killed, while the second lives. */
  | { readonly kind: "beside" }
  /** To see what a run leaves that nobody hits. */
  | { readonly kind: "none" };

/** How the run must end. */
export type Ending =
  /** By itself, in order: it says in its result that it was cut short. */
  | "in-order"
  /** Without another word of the harness; the guardian cleans up. */
  | "killed"
  /** Nobody is left to clean up; `recover` does. */
  | "recovered"
  /** Not at all: the run goes on to its verdict. */
  | "goes-on";

export interface Blow {
  readonly name: string;
  /** What is hit: the shop for hands, or, where nothing is said, a short run of the default scenario's shop. */
  readonly command?: "shop";
  readonly moment: Moment;
  readonly strike: Strike;
  readonly ending: Ending;
  /**
   * Exit codes that npm may end with when the blow cut the run short (128 and the signal's number where a signal ended
   * it), or when it was not to be cut short at all; any where absent. `rightEnd` says what holds behind the final reads.
   */
  readonly exits?: readonly number[];
}
