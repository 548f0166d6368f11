import { Histogram } from "#core/histogram.ts";
import { GOOD_OUTCOMES, type LoadAttempt, type LoadBatch, type Outcome } from "#core/history.ts";
import { TIMES } from "../plan/mix.ts";
import type { Cell } from "../plan/tally.ts";

/** Single records kept of each second: its slowest good answers. */
const SLOWEST_KEPT = 3;

/**
 * Failed reads that are kept one by one, of each second; the batches count all of them. A shop that fails everything at
 * 600 requests a second would otherwise fill the history with a hundred thousand records that say the same.
 */
const FAILURES_KEPT = 100;

interface CellCount {
  readonly cell: Cell;
  readonly outcomes: Partial<Record<Outcome, number>>;
  readonly latency: Histogram;
}

/** What is known of one second of the load and not yet in the history. */
export class Second {
  #cells = new Map<string, CellCount>();
  #slowest: LoadAttempt[] = [];
  #failures = 0;
  #drainedMs = Number.NEGATIVE_INFINITY;

  count(cell: Cell, outcome: Outcome, latencyMs: number, count = 1): void {
    const key = `${cell.lane}/${cell.page}/${cell.region}`;
    const entry = this.#cells.get(key) ?? { cell, outcomes: {}, latency: new Histogram() };
    entry.outcomes[outcome] = (entry.outcomes[outcome] ?? 0) + count;
    entry.latency.record(GOOD_OUTCOMES.includes(outcome) ? latencyMs : Math.max(latencyMs, TIMES.patienceMs), count);
    this.#cells.set(key, entry);
  }

  /** True when this attempt has to be in the history by itself and at once; otherwise it may be among the slowest. */
  singles(attempt: LoadAttempt): boolean {
    if (attempt.page === "add" || attempt.page === "checkout") return true;
    if (!GOOD_OUTCOMES.includes(attempt.outcome)) {
      this.#failures += 1;
      return this.#failures <= FAILURES_KEPT;
    }
    this.#slowest.push(attempt);
    this.#slowest.sort((a, b) => latencyOf(b) - latencyOf(a));
    this.#slowest.length = Math.min(this.#slowest.length, SLOWEST_KEPT);
    return false;
  }

  /** Something came since the last call, and that is a second ago: late answers are written by the second as well. */
  ripe(nowMs: number): boolean {
    return this.#cells.size > 0 && nowMs >= this.#drainedMs + 1_000;
  }

  /** Gives out what came since the last call. */
  drain(nowMs: number): { readonly batches: readonly LoadBatch[]; readonly slowest: readonly LoadAttempt[] } {
    const batches = [...this.#cells.values()].map(
      ({ cell, outcomes, latency }): LoadBatch => ({
        kind: "load.batch",
        ...cell,
        outcomes,
        latency: latency.toData(),
      }),
    );
    const slowest = this.#slowest;
    this.#cells = new Map();
    this.#slowest = [];
    this.#drainedMs = nowMs;
    return { batches, slowest };
  }
}

function latencyOf(attempt: LoadAttempt): number {
  return attempt.sentMs + attempt.durationMs - attempt.plannedMs;
}
