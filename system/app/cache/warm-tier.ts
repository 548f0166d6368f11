import type { Redis } from "ioredis";
import type { Breaker } from "../breaker.ts";
import { isRedisTimeout } from "../redis.ts";
import type { WarmEntry } from "./keys.ts";

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
      const text = await this.#redis.get(key);
      this.#breaker.succeeded();
      return text ?? undefined;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  /** Nobody waits for it: the value is already on its way to whoever asked. */
  put(entry: WarmEntry): void {
    // A write is no probe: whether the tier is back is found out by a read, which somebody needs.
    if (this.#breaker.status().open) return;
    this.#redis.set(entry.key, entry.value, "PX", entry.ttlMs).catch((error: unknown) => this.#failed(error));
  }

  remove(key: string): void {
    if (this.#breaker.status().open) return;
    this.#redis.unlink(key).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#breaker.failed(isRedisTimeout(error) ? "timeout" : "error");
  }
}
