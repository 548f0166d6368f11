import { type HistoryRecord, type LoadHealth, loadZero } from "#core/history.ts";
import { Figures } from "./figures.ts";
import type { RunFigures } from "./verdict-block.ts";

/** Seconds of the load that are kept for the view; older ones are in the totals. */
const KEPT_SECONDS = 240;

/** The running totals of a run, and its last seconds, from the records as they come. */
export class Watching implements RunFigures {
  readonly shoppers = new Figures();
  readonly buyers = new Figures();
  readonly #seconds = new Map<number, { readonly shoppers: Figures; readonly buyers: Figures }>();
  readonly #accepted = new Set<string>();
  #zeroMs: number | undefined;
  #last = -1;
  health: LoadHealth | undefined;

  add(record: HistoryRecord): void {
    if (record.kind === "run" && record.state === "load-begun") this.#zeroMs = loadZero([record]);
    else if (record.kind === "load.health") this.health = record;
    else if (record.kind === "write.result") {
      if (record.result === "ok" && record.soldOutProductId === undefined) this.#accepted.add(record.key);
    } else if (record.kind === "load.batch" && (record.lane === "shoppers" || record.lane === "buyers")) {
      this[record.lane].add(record);
      this.#open(record.second)[record.lane].add(record);
    }
  }

  get ordersAccepted(): number {
    return this.#accepted.size;
  }

  /** Run clock at the first planned request. */
  get zeroMs(): number | undefined {
    return this.#zeroMs;
  }

  /** The newest second that is surely whole: the one before the newest that was told of. */
  get newest(): number {
    return this.#last - 1;
  }

  at(second: number): { readonly shoppers: Figures; readonly buyers: Figures } | undefined {
    return this.#seconds.get(second);
  }

  #open(second: number): { readonly shoppers: Figures; readonly buyers: Figures } {
    const known = this.#seconds.get(second);
    if (known !== undefined) return known;
    const fresh = { shoppers: new Figures(), buyers: new Figures() };
    this.#seconds.set(second, fresh);
    this.#last = Math.max(this.#last, second);
    for (const old of this.#seconds.keys()) if (old < this.#last - KEPT_SECONDS) this.#seconds.delete(old);
    return fresh;
  }
}
