import type { Redis } from "ioredis";
import type { Breaker } from "../breaker.ts";
import { withDeadline } from "../deadline.ts";
import { isRedisTimeout } from "../redis.ts";
import { KEPT_PREFIX, STOCK_FEED_KEY, type WarmEntry } from "./keys.ts";

/** The warm tier saves a query of some milliseconds: it is not worth waiting longer for. */
const WAIT_MS = 50;

const REMOVE_UNKEPT = `
  local text = redis.call("get", KEYS[1])
  if text and string.sub(text, 1, #ARGV[1]) ~= ARGV[1] then redis.call("unlink", KEYS[1]) end`;

/** Keys that go out together, and the values that come back for them, in their order. */
interface Batch {
  readonly keys: string[];
  readonly values: Promise<readonly (string | null)[]>;
}

/** Values that all processes of a region share. It never fails: what cannot be had in time is a miss. */
export class WarmTier {
  readonly #redis: Redis;
  readonly #breaker: Breaker;
  /** Still taking keys. */
  #gathering: Batch | undefined;

  constructor(redis: Redis, breaker: Breaker) {
    this.#redis = redis;
    this.#breaker = breaker;
  }

  async get(key: string): Promise<string | undefined> {
    const [text] = await this.#values([key]);
    return text ?? undefined;
  }

  /** A stock figure, and up to which moment the feed has told all sales here; both in one round trip. */
  async getFed(key: string): Promise<{ readonly text: string | undefined; readonly toldUntil: number | undefined }> {
    const [text, mark] = await this.#values([key, STOCK_FEED_KEY]);
    return { text: text ?? undefined, toldUntil: mark == null ? undefined : Number(mark) };
  }

  /** A page asks for its parts one after the other in one turn: they go out as one command, not three. */
  async #values(keys: readonly string[]): Promise<readonly (string | null)[]> {
    this.#gathering ??= this.#gather();
    const { keys: together, values } = this.#gathering;
    const from = together.length;
    together.push(...keys);
    return (await values).slice(from, from + keys.length);
  }

  #gather(): Batch {
    const keys: string[] = [];
    const values = Promise.resolve().then(() => {
      this.#gathering = undefined;
      return this.#ask(keys);
    });
    return { keys, values };
  }

  async #ask(keys: readonly string[]): Promise<readonly (string | null)[]> {
    if (!this.#breaker.allows()) return [];
    try {
      const texts = await withDeadline(this.#redis.mget(...keys), WAIT_MS);
      this.#breaker.succeeded();
      return texts;
    } catch (error) {
      this.#breaker.failed(isRedisTimeout(error) ? "timeout" : "error");
      return [];
    }
  }

  /** Nobody waits for it: the value is already on its way to whoever asked. */
  put(entry: WarmEntry): void {
    // A write is no probe, nor is its failure counted: whether the tier is well is found out by reads, which somebody needs.
    if (this.unavailable) return;
    this.#redis.set(entry.key, entry.value, "PX", entry.ttlMs).catch(() => undefined);
  }

  /** Where the feed may have told something newer meanwhile: what is there stays. */
  putAbsent(entry: WarmEntry): void {
    if (this.unavailable) return;
    this.#redis.set(entry.key, entry.value, "PX", entry.ttlMs, "NX").catch(() => undefined);
  }

  /** Unless the feed left it there. */
  removeUnkept(key: string): void {
    if (this.unavailable) return;
    this.#redis.eval(REMOVE_UNKEPT, 1, key, KEPT_PREFIX).catch(() => undefined);
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
