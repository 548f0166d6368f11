import type { HistoryEvent } from "#core/history.ts";

/** Something that is told at an instant, counted from the first planned request. */
export interface Told {
  readonly atMs: number;
  readonly source: string;
  readonly event: HistoryEvent;
  /** Where the source dates what it says: when it happened, on the same count. */
  readonly happenedMs?: number;
}
