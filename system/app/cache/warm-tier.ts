import type { Redis } from "ioredis";
import type { Breaker } from "../breaker.ts";
import { withDeadline } from "../deadline.ts";
import { isRedisTimeout } from "../redis.ts";
import type { WarmEntry } from "./keys.ts";

/** The warm tier saves a query of some milliseconds: it is not worth waiting longer for. */
const WAIT_MS = 50;

/** Values that all processes of a region share. It never fails: what cannot be had in time is a miss. */
export class WarmTier {
  readonly #redis: Redis;
  readonly #breaker: Breaker;

  constructor(redis: Redis, breaker: Breaker) {
    this.#redis = redis;
    this.#breaker = breaker;
  }

  async get(key: string): Promise<string | undefined> {
    if (!this.#breaker.allows()) return undefined;
    try {
      const text = await withDeadline(this.#redis.get(key), WAIT_MS);
      this.#breaker.succeeded();
      return text ?? undefined;
    } catch (error) {
      this.#breaker.failed(isRedisTimeout(error) ? "timeout" : "error");
      return undefined;
    }
  }

  /** Nobody waits for it: the value is already on its way to whoever asked. */
  put(entry: WarmEntry): void {
    // A write is no probe, nor is its failure counted: whether the tier is well is found out by reads, which somebody needs.
    if (this.unavailable) return;
    this.#redis.set(entry.key, entry.value, "PX", entry.ttlMs).catch(() => undefined);
  }

  remove(key: string): void {
    if (this.unavailable) return;
    this.#redis.unlink(key).catch(() => undefined);
  }

  /** Not asked at the moment. */
  get unavailable(): boolean {
    return this.#breaker.status().open;
  }
}
