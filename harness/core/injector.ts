import type { RunContext } from "./context.ts";
import type { Fault, FaultKind, TimelineEntry } from "./fault.ts";
import type { Stage } from "./substrate.ts";

/** One look at a data path: what a client at its near end would feel. */
export type Reading =
  | { readonly kind: "answered"; readonly ms: number }
  | { readonly kind: "refused"; readonly ms: number }
  | { readonly kind: "closed"; readonly ms: number }
  /** Nothing came until the probe's deadline. */
  | { readonly kind: "silent"; readonly ms: number };

/** Readings of one target, on a connection of its own and, where one was open before the fault, on that. */
export interface ProbeReading {
  readonly target: string;
  readonly fresh: Reading;
  readonly held?: Reading;
}

/** May a fault be injected on this stage? Answered before anything starts to burn. */
export type Coverage =
  | { readonly kind: "covered"; readonly targets: readonly string[] }
  /** This system has no such part: printed, kept in the history, out of the verdict. */
  | { readonly kind: "not-applicable"; readonly reason: string }
  /** This substrate cannot do it: the run ends as unknown. */
  | { readonly kind: "gap"; readonly reason: string };

/** Proof in numbers that a fault was, or was no longer, in force. */
export interface FaultProof {
  readonly proven: boolean;
  readonly asked: string;
  readonly measured: string;
  readonly before: readonly ProbeReading[];
  readonly after: readonly ProbeReading[];
}

export interface ActiveFault {
  readonly proof: FaultProof;
  /** Looks again while the fault is in force. */
  observe(): Promise<FaultProof>;
  /** Undoes the fault and observes that it is gone. Idempotent: a second call answers the same. */
  heal(): Promise<FaultProof>;
}

/** A mechanism that can bring about some kinds of fault. */
export interface Injector {
  readonly name: string;
  readonly kinds: readonly FaultKind[];
  /** Never acts; answers for a raised or a merely planned stage alike. */
  covers(fault: Fault, stage: StageOutline): Coverage;
  /**
   * Measures without the fault, writes the undo to the journal, acts, and resolves once the fault was observed in the
   * data path, or with `proof.proven === false` when it was not within its deadline: then the fault is already undone.
   */
  inject(entry: TimelineEntry, stage: Stage, ctx: RunContext): Promise<ActiveFault>;
  /** Removes whatever injectors left on this stage, never base conditions. Needs no memory. */
  healAll(stage: Stage): Promise<void>;
}

/** What can be known of a stage before it stands. */
export type StageOutline = Pick<Stage, "substrate" | "topology" | "can">;
