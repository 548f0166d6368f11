import type { RunContext } from "./context.ts";
import type { LoadShape } from "./scenario.ts";
import type { Address } from "./service.ts";
import type { Region } from "./topology.ts";

export interface LoadTarget {
  readonly edge: Address;
  readonly regions: readonly Region[];
}

/** A load under way. It writes `load.*` and `write.*` records to the history by itself. */
export interface RunningLoad extends AsyncDisposable {
  /** Resolves after every user has said its last word and the history holds it; never rejects for what the shop did. */
  readonly ended: Promise<void>;
  /** Ends the load early; `ended` resolves. */
  stop(): Promise<void>;
}

/** Brings users to the shop. What could not be sent is counted, never hidden. */
export interface LoadDriver {
  readonly name: string;
  /** Resolves when the generator is ready to send; nothing is sent before `begin`. May run while the stage is being raised: `target.edge` is known by then. */
  prepare(shape: LoadShape, target: LoadTarget, ctx: RunContext): Promise<PreparedLoad>;
}

export interface PreparedLoad extends AsyncDisposable {
  /** Fixes the instant of the first planned request and lets the users go. */
  begin(): Promise<{ readonly firstRequestInMs: number; readonly running: RunningLoad }>;
}
