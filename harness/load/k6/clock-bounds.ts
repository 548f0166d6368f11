import type { JoinedWitnesses } from "#core/witnesses.ts";

/**
 * The edge dates what it reads in one turn of its loop alike, up to some 10 ms before the last of it was sent, and a
 * hypervisor corrects its guest's date by a tenth of a second now and then (both seen). Nothing that is judged hangs on
 * the date to that measure; beyond this, somebody set one of the clocks.
 */
const CLOCKS_AGREE_MS = 1_000;

interface Bounds {
  atLeastMs: number;
  atMostMs: number;
}

const OPEN: Bounds = { atLeastMs: Number.NEGATIVE_INFINITY, atMostMs: Number.POSITIVE_INFINITY };

/**
 * What the edge's clock shows more than the run's. A request begins at the edge after it was sent and ends there before
 * its answer was received: however slow either side is, the difference lies between the two. A step of a clock makes
 * bounds that contradict each other.
 */
export class ClockBounds {
  readonly #seconds = new Map<number, Bounds>();
  #samples = 0;

  /** Times of one request by both clocks, milliseconds. */
  take(sentMs: number, endedMs: number, doorBeganMs: number, doorEndedMs: number): void {
    const second = Math.floor(sentMs / 1_000);
    const bounds = this.#seconds.get(second) ?? { ...OPEN };
    bounds.atLeastMs = Math.max(bounds.atLeastMs, doorEndedMs - endedMs);
    bounds.atMostMs = Math.min(bounds.atMostMs, doorBeganMs - sentMs);
    this.#seconds.set(second, bounds);
    this.#samples += 1;
  }

  result(): JoinedWitnesses["clock"] {
    const so = { ...OPEN };
    let steppedAtSecond: number | undefined;
    for (const [second, { atLeastMs, atMostMs }] of [...this.#seconds].sort(([a], [b]) => a - b)) {
      so.atLeastMs = Math.max(so.atLeastMs, atLeastMs);
      so.atMostMs = Math.min(so.atMostMs, atMostMs);
      if (so.atLeastMs - so.atMostMs > CLOCKS_AGREE_MS) steppedAtSecond ??= second;
    }
    if (this.#samples === 0) return { samples: 0, atLeastMs: 0, atMostMs: 0 };
    return {
      samples: this.#samples,
      atLeastMs: rounded(so.atLeastMs),
      atMostMs: rounded(so.atMostMs),
      ...(steppedAtSecond === undefined ? {} : { steppedAtSecond }),
    };
  }
}

/** To a tenth: the edge tells whole milliseconds. */
function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
