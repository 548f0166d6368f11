/**
 * A mergeable histogram of milliseconds after Gil Tene's HdrHistogram: buckets grow with the value, so that the error
 * is a share of the value. With 128 steps a doubling it is below 0.8 %; values below 16 ms are exact to 1/16 ms.
 * Sparse, because a second of one page fills a dozen buckets.
 */
export type HistogramData = Readonly<Record<string, number>>;

const STEPS = 256;
const UNIT_MS = 1 / 16;

/** The bucket that holds a value. */
export function bucketOf(ms: number): number {
  const units = Math.max(0, ms) / UNIT_MS;
  if (units < STEPS) return Math.floor(units);
  const exponent = Math.floor(Math.log2(units / STEPS)) + 1;
  const scaled = Math.floor(units / 2 ** exponent);
  // scaled lies in [STEPS / 2, STEPS): each doubling beyond the linear part has STEPS / 2 buckets.
  return STEPS + (exponent - 1) * (STEPS / 2) + (scaled - STEPS / 2);
}

/** The upper edge of a bucket, milliseconds: what a quantile that falls into it is said to be. */
export function bucketUpperMs(bucket: number): number {
  if (bucket < STEPS) return (bucket + 1) * UNIT_MS;
  const exponent = Math.floor((bucket - STEPS) / (STEPS / 2)) + 1;
  const scaled = ((bucket - STEPS) % (STEPS / 2)) + STEPS / 2;
  return (scaled + 1) * 2 ** exponent * UNIT_MS;
}

export class Histogram {
  readonly #counts = new Map<number, number>();
  #total = 0;

  static from(data: HistogramData): Histogram {
    const histogram = new Histogram();
    histogram.merge(data);
    return histogram;
  }

  record(ms: number, count = 1): void {
    const bucket = bucketOf(ms);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
    this.#total += count;
  }

  merge(data: HistogramData): void {
    for (const [bucket, count] of Object.entries(data)) {
      this.#counts.set(Number(bucket), (this.#counts.get(Number(bucket)) ?? 0) + count);
      this.#total += count;
    }
  }

  get total(): number {
    return this.#total;
  }

  /** The smallest bucket edge that at least this share of the values does not exceed; undefined without values. */
  quantile(share: number): number | undefined {
    if (this.#total === 0) return undefined;
    const rank = Math.max(1, Math.ceil(share * this.#total));
    let seen = 0;
    for (const [bucket, count] of this.sorted()) {
      seen += count;
      if (seen >= rank) return bucketUpperMs(bucket);
    }
    return undefined;
  }

  sorted(): readonly (readonly [number, number])[] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  toData(): HistogramData {
    return Object.fromEntries(this.sorted().map(([bucket, count]) => [String(bucket), count]));
  }
}
