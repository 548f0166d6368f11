import type { History } from "./history.ts";
import type { Journal } from "./journal.ts";
import type { Random } from "./random.ts";

/** The only source of time. Monotonic; a simulator brings its own. */
export interface Clock {
  /** Milliseconds since the run began (setup included). `loadZero` says where in it the first planned request lies. */
  now(): number;
  /** Milliseconds since the epoch, for people; never for durations. */
  wall(): number;
  /** Resolves after the duration, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** What everything in a run is given: time, chance, cancellation, and where to write what happened. */
export interface RunContext {
  readonly runId: string;
  readonly seed: string;
  readonly clock: Clock;
  /** An independent stream for each name, the same for the same seed. */
  random(stream: string): Random;
  /** Aborted by an interrupt or by the run's own end. */
  readonly signal: AbortSignal;
  readonly history: History;
  readonly journal: Journal;
  /** A folder of this run for files that belong into the result (logs, the generator's records). */
  readonly folder: string;
}
