import type { Redis } from "ioredis";
import type { Breaker } from "../breaker.ts";
import type { Region } from "../config.ts";
import { InDoubtError, NotExecutedError } from "../database/failures.ts";
import { withDeadline } from "../deadline.ts";
import { isRedisTimeout, wasNeverSent } from "../redis.ts";
import { type Carts, type Line, MOST_LINES } from "./carts.ts";

/** A cart may lie in the other region, 30 ms away, and there is nothing to fall back to. */
const WAIT_MS = 250;
/** A cart that nobody touched for a day is given up. */
const TTL_SECONDS = 86_400;

export interface CartShard {
  readonly redis: Redis;
  readonly breaker: Breaker;
}

/** Carts in the Redis of their user's home region: a hash a session, product to quantity. */
export class RedisCarts implements Carts {
  readonly tier = "carts";
  readonly #shards: ReadonlyMap<string, CartShard>;
  readonly #own: CartShard;

  constructor(shards: ReadonlyMap<Region, CartShard>, ownRegion: Region) {
    const own = shards.get(ownRegion);
    if (own === undefined) throw new Error(`no Redis for carts in ${ownRegion}`);
    this.#shards = shards;
    this.#own = own;
  }

  async lines(session: string): Promise<readonly Line[]> {
    const fields = await this.#ask(session, "read", (redis) => redis.hgetall(keyOf(session)));
    return linesOf(fields);
  }

  async add(session: string, line: Line): Promise<readonly Line[]> {
    const replies = await this.#ask(session, "write", (redis) =>
      redis
        .multi()
        .hincrby(keyOf(session), String(line.productId), line.quantity)
        .expire(keyOf(session), TTL_SECONDS)
        .hgetall(keyOf(session))
        .exec(),
    );
    const last = replies?.at(-1);
    if (last === undefined || last[0] !== null) throw new InDoubtError("the cart's transaction was not carried out");
    return linesOf(last[1]);
  }

  async clear(session: string): Promise<void> {
    await this.#ask(session, "write", (redis) => redis.unlink(keyOf(session)));
  }

  async probe(canary: string): Promise<void> {
    const key = keyOf(canary);
    const token = String(Date.now());
    const replies = await run(this.#own, "read", (redis) =>
      redis.multi().hset(key, "1", token).expire(key, TTL_SECONDS).hget(key, "1").exec(),
    );
    if (replies?.at(-1)?.[1] !== token) throw new Error("the canary's cart was not read back as it was written");
  }

  async #ask<T>(session: string, sort: "read" | "write", command: (redis: Redis) => Promise<T>): Promise<T> {
    const home = session.slice(0, Math.max(0, session.indexOf("-")));
    return run(this.#shards.get(home) ?? this.#own, sort, command);
  }
}

async function run<T>(shard: CartShard, sort: "read" | "write", command: (redis: Redis) => Promise<T>): Promise<T> {
  if (!shard.breaker.allows()) throw new NotExecutedError("carts are not asked at the moment");
  try {
    const reply = await withDeadline(command(shard.redis), WAIT_MS);
    shard.breaker.succeeded();
    return reply;
  } catch (error) {
    shard.breaker.failed(isRedisTimeout(error) ? "timeout" : "error");
    if (sort === "read" || wasNeverSent(error)) throw new NotExecutedError("carts do not answer", { cause: error });
    throw new InDoubtError("the cart's change was sent, its answer did not come", { cause: error });
  }
}

function keyOf(session: string): string {
  return `cart:${session}`;
}

/** Reads a hash, as an object or as the flat list that a transaction's reply holds. */
function linesOf(fields: unknown): readonly Line[] {
  const pairs: (readonly [unknown, unknown])[] = [];
  if (Array.isArray(fields)) {
    for (let i = 0; i + 1 < fields.length; i += 2) pairs.push([fields[i], fields[i + 1]]);
  } else if (typeof fields === "object" && fields !== null) {
    pairs.push(...Object.entries(fields));
  }
  return pairs
    .map(([product, quantity]) => ({ productId: Number(product), quantity: Number(quantity) }))
    .filter((line) => line.productId > 0 && line.quantity > 0)
    .sort((a, b) => a.productId - b.productId)
    .slice(0, MOST_LINES);
}
