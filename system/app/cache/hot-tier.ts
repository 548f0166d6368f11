import { LRUCache } from "lru-cache";

/** The catalogue has 20,000 products; what is asked for rarely may go. */
const MOST_ENTRIES = 20_000;
/** Values have about 1 kB: a full tier stays near the size of a process that just started. */
const MOST_BYTES = 32 * 1_024 * 1_024;
/** Expiry is spread over this share of the time to live, both ways. */
const JITTER = 0.15;

export interface HotEntry {
  readonly json: string;
  /** Fresh until then, milliseconds since the epoch. */
  freshUntil: number;
  /** Worth serving until then, where stale values may be served. */
  readonly usableUntil: number;
}

/** Values in the process's own memory, bounded in number and bytes. */
export class HotTier {
  readonly #entries = new LRUCache<string, HotEntry>({
    max: MOST_ENTRIES,
    maxSize: MOST_BYTES,
    // Two bytes a character at worst, and what an entry costs around its text.
    sizeCalculation: (entry) => entry.json.length * 2 + 200,
  });

  get(key: string): HotEntry | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: HotEntry): void {
    this.#entries.set(key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  get size(): number {
    return this.#entries.size;
  }
}

/** A time to live, spread so that values that were filled together do not expire together. */
export function spread(ttlMs: number, chance: number): number {
  return ttlMs * (1 - JITTER + 2 * JITTER * chance);
}
