import type { RunContext } from "./context.ts";
import type { Stage } from "./substrate.ts";
import type { Role } from "./topology.ts";

/** Where numbers about the shop are read while it runs. Data; `harness/probes` does the reading. */
export type SampleSource =
  /** Prometheus text; only series whose name starts with one of `keep`. */
  | {
      readonly kind: "prometheus";
      readonly role: Role;
      readonly port: string;
      readonly path: string;
      readonly everyMs: number;
      readonly keep: readonly string[];
    }
  /** HAProxy's `show stat` as CSV over HTTP; keeps sessions, queue and state per backend and server. */
  | {
      readonly kind: "haproxy";
      readonly role: Role;
      readonly port: string;
      readonly path: string;
      readonly everyMs: number;
    }
  /** One row of numbers; column names become keys. */
  | {
      readonly kind: "sql";
      readonly role: Role;
      readonly port: string;
      readonly user: string;
      readonly secret: string;
      readonly database: string;
      readonly everyMs: number;
      readonly query: string;
    }
  /** Fields of Redis' INFO. */
  | {
      readonly kind: "redis";
      readonly role: Role;
      readonly port: string;
      readonly secret: string;
      readonly everyMs: number;
      readonly keep: readonly string[];
    };

/** The shop's knowledge of itself, handed to the harness as an argument. */
export interface SystemEvidence {
  readonly samples: readonly SampleSource[];
  /** What the shop did before the surge: leaves the state of an hour of the normal day (filled warm tiers). */
  open?(stage: Stage, ctx: RunContext): Promise<void>;
  /** Waits until the shop is idle: no open transactions, outbox and queues empty, replicas caught up. False at the deadline, with what was still busy. */
  quiesce(
    stage: Stage,
    ctx: RunContext,
    deadlineMs: number,
  ): Promise<{ readonly quiet: boolean; readonly detail: string }>;
  /**
   * The final truth, each part by name; read in two rounds, and the two must agree. What looking at it would change (the
   * shop's own pages) is read in the second round alone, five seconds after the first.
   */
  finalReads(stage: Stage, ctx: RunContext, round: 1 | 2): Promise<Readonly<Record<string, unknown>>>;
}
