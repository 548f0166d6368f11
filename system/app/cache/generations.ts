import { hashKey } from "./keys.ts";

/** Two keys that share a counter cost at most one value that is not kept: 1,024 make that rare at no memory. */
const COUNTERS = 1_024;

/**
 * Guards against a load that was under way while its key was invalidated: it would put the old value back. The loader
 * notes the key's generation first and keeps its value only when that is still the same.
 */
export class Generations {
  readonly #counters = new Uint32Array(COUNTERS);

  of(key: string): number {
    return this.#counters[hashKey(key) % COUNTERS] ?? 0;
  }

  advance(key: string): void {
    const index = hashKey(key) % COUNTERS;
    this.#counters[index] = (this.#counters[index] ?? 0) + 1;
  }
}
