import type { Journal } from "#core/journal.ts";
import type { NodeSpec } from "#core/topology.ts";
import type { SizesKind } from "./parts.ts";

/** Enforces how much of the processor each part may use, and tells how much it has used. */
export interface MachineSizes extends AsyncDisposable {
  readonly kind: SizesKind;
  /** For the report, in words. */
  readonly detail: string;
  /** Puts a process, and with it all that it will start, into its part's place. No limit yet. */
  admit(part: string, pids: readonly number[]): void;
  /**
   * Puts the size in force. Resolves when it is. A quota stays in force when a part starts anew: a machine that boots
   * takes nothing from its neighbours. Affinity does not, so this is asked again at each readiness.
   */
  limit(node: NodeSpec, pids: readonly number[]): Promise<void>;
  /** Control groups of a part: they know its processes better than any other record. */
  cgroups(part: string): readonly string[];
  /** CPU seconds since the run began, of all processes that the part ever had; undefined where nobody counts. */
  cpuSeconds(part: string): number | undefined;
}

export interface SizesPlan {
  readonly runId: string;
  readonly parts: readonly string[];
  readonly journal: Journal;
}

/** A period of 10 ms: at the default of 100 ms a quota of a quarter core makes requests wait for up to 75 ms. */
export const PERIOD_US = 10_000;

/** The kernel refuses a quota below a millisecond. */
const SMALLEST_QUOTA_US = 1_000;

export function quotaUs(cpu: number): number {
  return Math.max(SMALLEST_QUOTA_US, Math.round(cpu * PERIOD_US));
}
