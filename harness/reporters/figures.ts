import { formatMs } from "#core/duration.ts";
import { Histogram } from "#core/histogram.ts";
import { GOOD_OUTCOMES, type LoadBatch, type Outcome } from "#core/history.ts";

const GOOD: ReadonlySet<Outcome> = new Set(GOOD_OUTCOMES);

/** Attempts of one second, or of a whole run. */
export class Figures {
  good = 0;
  bad = 0;
  readonly causes = new Map<Outcome, number>();
  readonly latency = new Histogram();

  add(batch: LoadBatch): void {
    for (const [outcome, count] of Object.entries(batch.outcomes) as [Outcome, number][]) {
      if (GOOD.has(outcome)) this.good += count;
      else {
        this.bad += count;
        this.causes.set(outcome, (this.causes.get(outcome) ?? 0) + count);
      }
    }
    this.latency.merge(batch.latency);
  }

  get attempts(): number {
    return this.good + this.bad;
  }
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** `14ms`, `2.05s`; a dash when nothing was measured. */
export function latency(ms: number | undefined): string {
  if (ms === undefined) return "–";
  return ms >= 10 && ms < 1_000 ? `${Math.round(ms)}ms` : formatMs(ms);
}

export function errorShare({ bad, attempts }: Figures): string {
  return attempts === 0 ? "–" : `${((100 * bad) / attempts).toFixed(2)}%`;
}

/** Words of the causes, largest first: `timeout 310, unavailable 12`. */
export function causeWords(causes: ReadonlyMap<Outcome, number>): string {
  return [...causes]
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, times]) => `${outcome} ${count(times)}`)
    .join(", ");
}
