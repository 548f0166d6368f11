import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Clock, RunContext } from "#core/context.ts";
import type { Journal } from "#core/journal.ts";
import { randomStream } from "#core/random.ts";
import { type Recorder, recorder } from "./recorder.ts";

export { systemClock } from "./clock.ts";

/** A run's name: the instant, so that folders sort, and four bytes, so that two runs of a second differ. */
export function newRunId(clock: Clock): string {
  const stamp = new Date(clock.wall()).toISOString().replace(/[-:]/g, "").replace(/\..*/, "");
  return `${stamp}-${randomBytes(4).toString("hex")}`;
}

/** A seed for a run that names none: eight hexadecimal digits. */
export function newSeed(): string {
  return randomBytes(4).toString("hex");
}

export interface ContextParts {
  readonly runId: string;
  readonly seed: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly journal: Journal;
  /** Exists; the history is written there as `history.jsonl`. */
  readonly folder: string;
}

export interface OwnedContext extends RunContext, AsyncDisposable {
  readonly history: Recorder;
}

/** The context of a run; disposing it closes the history. */
export function createContext(parts: ContextParts): OwnedContext {
  const history = recorder(join(parts.folder, "history.jsonl"), parts.clock);
  return {
    ...parts,
    history,
    random: (stream) => randomStream(parts.seed, stream),
    [Symbol.asyncDispose]: () => history[Symbol.asyncDispose](),
  };
}
