import type { TimelineEntry } from "./fault.ts";
import type { Page } from "./history.ts";
import type { SystemName } from "./topology.ts";

/** One stretch of the load curve: from the users of the stretch before to these, in a straight line. */
export interface LoadPhase {
  readonly name: string;
  readonly forMs: number;
  /** Users at full scale at the end of the phase. */
  readonly users: number;
}

/** The load as data; what a user does is a function of seed, user and step (`harness/load`). */
export interface LoadShape {
  readonly kind: "black-friday";
  /** Users, arrivals and stock are divided by this: 500 means that 4,000 users stand for 2,000,000. */
  readonly scale: number;
  /** `compressed` is the default; `quick` is for trying out, and so labelled; `full` has the ramp of the story. */
  readonly pace: "quick" | "compressed" | "full";
  readonly startUsers: number;
  readonly phases: readonly LoadPhase[];
  /** Checkouts a second of the buyers' lane; never scaled. */
  readonly buyersPerSecond: number;
  /** The phase that is the steady-state gate: faults only after it. */
  readonly steadyPhase: string;
  readonly peakPhase: string;
}

/** Which part of the run an objective judges. */
export type Window = "whole" | "outside-faults" | "during-faults" | { readonly phase: string };

/** Whose attempts: every shopper's page, one page, or the buyers' lane. */
export type Subject = "all" | "buyers" | Page;

export type Objective =
  | {
      readonly kind: "latency";
      readonly subject: Subject;
      readonly quantile: number;
      readonly belowMs: number;
      readonly window: Window;
    }
  | { readonly kind: "availability"; readonly subject: Subject; readonly atLeast: number; readonly window: Window }
  | { readonly kind: "recovery"; readonly subject: Subject; readonly withinMs: number }
  | { readonly kind: "reads-avoided"; readonly atLeast: number; readonly window: Window }
  | { readonly kind: "invariant"; readonly name: string }
  | { readonly kind: "sometimes"; readonly property: string };

/** Frozen plain data that survives JSON. With seed, substrate and commit it says all that a run depends on. */
export interface Scenario {
  readonly title: string;
  readonly question: string;
  readonly background: string;
  readonly claim?: string;
  readonly system: { readonly name: SystemName; readonly without: readonly string[] };
  readonly load: LoadShape;
  readonly steady: readonly Objective[];
  readonly timeline: readonly TimelineEntry[];
  readonly expect: readonly Objective[];
}

/** Total planned length of the load. */
export function loadLengthMs(load: LoadShape): number {
  return load.phases.reduce((sum, phase) => sum + phase.forMs, 0);
}

/** When a phase begins and ends, counted from the first planned request. */
export function phaseSpan(
  load: LoadShape,
  name: string,
): { readonly fromMs: number; readonly toMs: number } | undefined {
  let fromMs = 0;
  for (const phase of load.phases) {
    if (phase.name === name) return { fromMs, toMs: fromMs + phase.forMs };
    fromMs += phase.forMs;
  }
  return undefined;
}

/** Users at full scale at an instant of the curve. */
export function usersAt(load: LoadShape, atMs: number): number {
  let fromMs = 0;
  let users = load.startUsers;
  for (const phase of load.phases) {
    if (atMs < fromMs + phase.forMs) return users + ((phase.users - users) * Math.max(0, atMs - fromMs)) / phase.forMs;
    fromMs += phase.forMs;
    users = phase.users;
  }
  return users;
}
