import { Histogram } from "#core/histogram.ts";
import { GOOD_OUTCOMES, type Lane, type LoadBatch, type Outcome } from "#core/history.ts";

/** One second of one lane. */
export interface LoadSecond {
  good: number;
  bad: number;
  readonly causes: Map<Outcome, number>;
  readonly latency: Histogram;
}

const GOOD: ReadonlySet<Outcome> = new Set(GOOD_OUTCOMES);

export function isGood(outcome: Outcome): boolean {
  return GOOD.has(outcome);
}

/** Sums the batches of a lane by second; a second without a batch stays undefined. */
export class LoadSeconds {
  readonly #seconds = new Map<number, LoadSecond>();
  #last = -1;

  add(batch: LoadBatch): void {
    const second = this.#open(batch.second);
    for (const [outcome, count] of Object.entries(batch.outcomes) as [Outcome, number][]) {
      if (isGood(outcome)) second.good += count;
      else {
        second.bad += count;
        second.causes.set(outcome, (second.causes.get(outcome) ?? 0) + count);
      }
    }
    second.latency.merge(batch.latency);
  }

  at(second: number): LoadSecond | undefined {
    return this.#seconds.get(second);
  }

  /** The last second that any batch told of, -1 without one. */
  get last(): number {
    return this.#last;
  }

  #open(at: number): LoadSecond {
    this.#last = Math.max(this.#last, at);
    const known = this.#seconds.get(at);
    if (known !== undefined) return known;
    const fresh: LoadSecond = { good: 0, bad: 0, causes: new Map(), latency: new Histogram() };
    this.#seconds.set(at, fresh);
    return fresh;
  }
}

export type LoadByLane = Readonly<Record<Lane, LoadSeconds>>;

export function newLoadByLane(): LoadByLane {
  return {
    shoppers: new LoadSeconds(),
    buyers: new LoadSeconds(),
    looks: new LoadSeconds(),
    clashes: new LoadSeconds(),
    bots: new LoadSeconds(),
  };
}
