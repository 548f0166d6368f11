import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { raiseRedis, toolbox, until } from "#system/testing/parts.ts";
import { CircuitBreaker } from "../breaker.ts";
import { connectRedis } from "../redis.ts";
import { type Link, openLink } from "../testing/link.ts";
import { RecordedLog } from "../testing/recorded-log.ts";
import { type CachedKind, keptStock, STOCK_FEED_KEY, warmEntry } from "./keys.ts";
import { TieredCache, type TieredCacheOptions } from "./tiered-cache.ts";
import { WarmTier } from "./warm-tier.ts";

const HOUR = 3_600_000;

let server: Awaited<ReturnType<typeof raiseRedis>>;
let link: Link;
let redis: Redis;
const log = new RecordedLog();

beforeAll(async () => {
  server = await raiseRedis(await toolbox());
  link = await openLink(server);
  redis = connectRedis({ address: link, password: server.password, name: "test" });
  await until(async () => redis.status === "ready");
}, 300_000);

afterAll(async () => {
  redis.disconnect();
  await link[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

beforeEach(async () => {
  link.mode = { kind: "through" };
  await until(async () => (await redis.flushall()) === "OK");
});

/** A cache whose database counts its loads, and whose clock a test can move. */
function cacheWith(options: Partial<TieredCacheOptions> = {}) {
  const state = { now: Date.now(), loads: 0, fails: false, waitMs: 0, reads: new Map<string, number>() };
  const cache = new TieredCache({
    hot: true,
    warm: new WarmTier(redis, new CircuitBreaker("cache-eu", log)),
    singleFlight: true,
    stale: true,
    jitter: false,
    stockFeed: false,
    load: async (kind: CachedKind, id: string) => {
      state.loads += 1;
      const load = state.loads;
      if (state.waitMs > 0) await sleep(state.waitMs);
      if (state.fails) throw new Error("the database is away");
      return id === "nothing" ? "null" : `"${kind} ${id} load ${load}"`;
    },
    counted: (_kind, tier) => state.reads.set(tier, (state.reads.get(tier) ?? 0) + 1),
    now: () => state.now,
    ...options,
  });
  return { cache, state, reads: () => Object.fromEntries(state.reads) };
}

describe("the tiered cache", () => {
  test("answers from the database, then from the process, and from the region's Redis in another process", async () => {
    const first = cacheWith();
    expect(await first.cache.get("product", "1")).toBe('"product 1 load 1"');
    expect(await first.cache.get("product", "1")).toBe('"product 1 load 1"');
    expect(first.reads()).toEqual({ database: 1, hot: 1 });
    await until(async () => (await redis.dbsize()) === 1);
    const second = cacheWith();
    expect(await second.cache.get("product", "1")).toBe('"product 1 load 1"');
    expect(second.reads()).toEqual({ warm: 1 });
  });

  test("asks the warm tier once for all that a page wants at one moment", async () => {
    const { cache, reads } = cacheWith();
    const wanted = () => Promise.all((["product", "stock", "reviews"] as const).map((kind) => cache.get(kind, "1")));
    await wanted();
    await until(async () => (await redis.dbsize()) === 3);
    await redis.config("RESETSTAT");
    const other = cacheWith();
    expect(await Promise.all((["product", "reviews"] as const).map((kind) => other.cache.get(kind, "1")))).toEqual([
      '"product 1 load 1"',
      '"reviews 1 load 3"',
    ]);
    expect(other.reads()).toEqual({ warm: 2 });
    expect(reads()).toEqual({ database: 3 });
    expect(await redis.info("commandstats")).toContain("cmdstat_mget:calls=1,");
  });

  test("fetches a missing value once for all who want it, and each by itself without single-flight", async () => {
    const shared = cacheWith({ warm: undefined });
    shared.state.waitMs = 10;
    await Promise.all(Array.from({ length: 20 }, () => shared.cache.get("search", "lamp")));
    expect(shared.state.loads).toBe(1);
    expect(shared.reads()).toEqual({ database: 1, hot: 19 });
    const alone = cacheWith({ warm: undefined, singleFlight: false });
    alone.state.waitMs = 10;
    await Promise.all(Array.from({ length: 20 }, () => alone.cache.get("search", "lamp")));
    expect(alone.state.loads).toBe(20);
  });

  test("serves the old value at once while a fresh one is fetched", async () => {
    const { cache, state } = cacheWith({ warm: undefined });
    await cache.get("product", "1");
    state.now += 61_000;
    state.waitMs = 20;
    expect(cache.get("product", "1")).toBe('"product 1 load 1"');
    expect(cache.get("product", "1")).toBe('"product 1 load 1"');
    await until(async () => (await cache.get("product", "1")) === '"product 1 load 2"');
    expect(state.loads).toBe(2);
  });

  test("lets readers wait for the fresh value without stale", async () => {
    const { cache, state } = cacheWith({ warm: undefined, stale: false });
    await cache.get("product", "1");
    state.now += 61_000;
    expect(await cache.get("product", "1")).toBe('"product 1 load 2"');
  });

  test("serves the old value when no fresh one can be had, for ten minutes", async () => {
    const { cache, state, reads } = cacheWith({ warm: undefined });
    await cache.get("product", "1");
    state.fails = true;
    state.now += 61_000;
    expect(await cache.get("product", "1")).toBe('"product 1 load 1"');
    await until(async () => reads().database === 2);
    expect(reads()).toEqual({ database: 2 });
    const loads = state.loads;
    expect(await cache.get("product", "1")).toBe('"product 1 load 1"');
    expect(state.loads).toBe(loads);
    state.now += 600_000;
    await expect(cache.get("product", "1")).rejects.toThrow("away");
  });

  test("counts a query that failed as one, whatever old value stood in for it", async () => {
    // The reader waits, and the process has the old value.
    const waiting = cacheWith({ warm: undefined });
    await waiting.cache.get("stock", "1");
    waiting.state.fails = true;
    waiting.state.now += 5_100;
    waiting.state.waitMs = 10;
    const both = [waiting.cache.get("stock", "1"), waiting.cache.get("stock", "1")];
    expect(await Promise.all(both)).toEqual(['"stock 1 load 1"', '"stock 1 load 1"']);
    expect(waiting.state.loads).toBe(2);
    // The second reader waited for the query of the first and sent none.
    expect(waiting.reads()).toEqual({ database: 2, stale: 1 });
    // The reader waits, and the region's Redis has the old value.
    const warm = cacheWith({ hot: false });
    const entry = warmEntry("product", "1", '"old"', warm.state.now, { jitter: false, stale: true });
    await redis.set(entry.key, entry.value, "PX", 2 * HOUR);
    warm.state.now = Math.ceil((warm.state.now + 1) / HOUR) * HOUR + 1;
    warm.state.fails = true;
    expect(await warm.cache.get("product", "1")).toBe('"old"');
    expect(warm.state.loads).toBe(1);
    expect(warm.reads()).toEqual({ database: 1 });
  });

  test("never shows stock older than five seconds while the database answers, and an old one while it does not", async () => {
    const { cache, state } = cacheWith();
    await cache.get("stock", "1");
    await until(async () => (await redis.dbsize()) === 1);
    state.now += 4_900;
    expect(await cache.get("stock", "1")).toBe('"stock 1 load 1"');
    state.now += 200;
    expect(await cache.get("stock", "1")).toBe('"stock 1 load 2"');
    state.fails = true;
    state.now += 5_100;
    expect(await cache.get("stock", "1")).toBe('"stock 1 load 2"');
  });

  test("keeps a value of the warm tier no longer than it is fresh there", async () => {
    const { cache, state } = cacheWith();
    const stored = state.now - 4_000;
    const entry = warmEntry("stock", "1", "9", stored, { jitter: false, stale: true });
    await redis.set(entry.key, entry.value, "PX", entry.ttlMs);
    expect(await cache.get("stock", "1")).toBe("9");
    state.now += 1_100;
    expect(await cache.get("stock", "1")).toBe('"stock 1 load 1"');
  });

  test("asks the database anew when the hour of a warm value is over, and shows the old one meanwhile", async () => {
    const { cache, state, reads } = cacheWith();
    const entry = warmEntry("product", "1", '"old"', state.now, { jitter: false, stale: true });
    await redis.set(entry.key, entry.value, "PX", 2 * HOUR);
    state.now = Math.ceil((state.now + 1) / HOUR) * HOUR + 1;
    expect(await cache.get("product", "1")).toBe('"old"');
    await until(async () => (await cache.get("product", "1")) === '"product 1 load 1"');
    expect(state.loads).toBe(1);
    expect(reads().database).toBe(1);
  });

  test("does not put back what was invalidated while it was loaded", async () => {
    const { cache, state } = cacheWith();
    state.waitMs = 30;
    const loading = cache.get("stock", "1");
    await sleep(5);
    cache.invalidate("stock", "1");
    expect(await loading).toBe('"stock 1 load 1"');
    expect(await cache.get("stock", "1")).toBe('"stock 1 load 2"');
    await until(async () => (await redis.get("v1:stock:1"))?.endsWith('load 2"') === true);
  });

  test("remembers for ten seconds that something does not exist, in the process only", async () => {
    const { cache, state } = cacheWith();
    expect(await cache.get("product", "nothing")).toBe("null");
    expect(await cache.get("product", "nothing")).toBe("null");
    expect(state.loads).toBe(1);
    expect(await redis.dbsize()).toBe(0);
  });

  test("spreads the expiry of values that were filled together", async () => {
    const { cache, state } = cacheWith({ warm: undefined, jitter: true, stale: false });
    for (let id = 1; id <= 200; id += 1) await cache.get("product", String(id));
    state.now += 60_000;
    for (let id = 1; id <= 200; id += 1) await cache.get("product", String(id));
    const again = state.loads - 200;
    // Half of them, within four standard deviations (7).
    expect(again).toBeGreaterThan(70);
    expect(again).toBeLessThan(130);
  });

  test("waits 50 ms for a warm tier that hangs, a few times, and then no more until it is back", async () => {
    const { cache, state, reads } = cacheWith();
    await cache.get("product", "1");
    link.mode = { kind: "swallow" };
    const tookMs: number[] = [];
    for (let id = 100; id < 130; id += 1) {
      const began = performance.now();
      expect(await cache.get("product", String(id))).toContain("load");
      tookMs.push(performance.now() - began);
    }
    // Five time-outs over 200 ms open the breaker; a loaded machine may add one.
    expect(tookMs.filter((ms) => ms > 25).length).toBeLessThanOrEqual(6);
    expect(Math.max(...tookMs)).toBeLessThan(500);
    expect(state.loads).toBe(31);
    expect(log.count("breaker-opened")).toBeGreaterThan(0);
    // What is in the process lasts longer meanwhile.
    state.now += 120_000;
    expect(await cache.get("product", "1")).toContain("load 1");
    expect(state.loads).toBe(31);
    expect(reads().stale).toBe(1);
    link.cut();
  });
});

describe("stock that the feed keeps", () => {
  test("is read from the warm tier for as long as the feed's mark is young, however long ago it was sold", async () => {
    const { cache, state, reads } = cacheWith({ stockFeed: true });
    const kept = keptStock("7", 42, state.now - HOUR);
    await redis.set(kept.key, kept.value);
    await redis.set(STOCK_FEED_KEY, state.now - 400);
    expect(await cache.get("stock", "7")).toBe("42");
    expect(reads()).toEqual({ warm: 1 });
    expect(state.loads).toBe(0);
  });

  test("is asked of the database when the feed has been silent for five seconds", async () => {
    const { cache, state, reads } = cacheWith({ stockFeed: true });
    const kept = keptStock("7", 42, state.now - HOUR);
    await redis.set(kept.key, kept.value);
    await redis.set(STOCK_FEED_KEY, state.now - 5_001);
    expect(await cache.get("stock", "7")).toBe('"stock 7 load 1"');
    expect(reads()).toEqual({ database: 1 });
  });

  test("is never replaced by what a reader found in the database meanwhile", async () => {
    const { cache, state } = cacheWith({ stockFeed: true, hot: false });
    state.waitMs = 50;
    const reading = cache.get("stock", "7");
    await sleep(20);
    const kept = keptStock("7", 41, state.now);
    await redis.set(kept.key, kept.value);
    await reading;
    await redis.set(STOCK_FEED_KEY, state.now);
    await sleep(20);
    expect(await cache.get("stock", "7")).toBe("41");
  });

  test("stays when a buyer found the product sold out: the replica may not know of it yet", async () => {
    const { cache, state } = cacheWith({ stockFeed: true });
    expect(await cache.get("stock", "7")).toContain("load 1");
    const kept = keptStock("7", 0, state.now);
    await redis.set(kept.key, kept.value);
    await redis.set(STOCK_FEED_KEY, state.now);
    cache.invalidate("stock", "7");
    expect(await cache.get("stock", "7")).toBe("0");
    expect(state.loads).toBe(1);
  });

  test("is no older than five seconds in the hot tier either, counted from the feed's mark", async () => {
    const { cache, state } = cacheWith({ stockFeed: true });
    const kept = keptStock("7", 42, state.now - HOUR);
    await redis.set(kept.key, kept.value);
    await redis.set(STOCK_FEED_KEY, state.now - 4_000);
    await cache.get("stock", "7");
    state.now += 1_001;
    await redis.set(STOCK_FEED_KEY, state.now);
    const sold = keptStock("7", 41, state.now);
    await redis.set(sold.key, sold.value);
    expect(await cache.get("stock", "7")).toBe("41");
  });

  test("with a planted bug is replaced by what a reader found in the database meanwhile, and that stays", async () => {
    const load = async () => {
      await sleep(50);
      return "42";
    };
    const { cache, state } = cacheWith({ stockFeed: true, hot: false, fillsAfterInvalidation: true, load });
    const reading = cache.get("stock", "7");
    await sleep(20);
    const kept = keptStock("7", 41, state.now);
    await redis.set(kept.key, kept.value);
    await reading;
    state.now += HOUR;
    await redis.set(STOCK_FEED_KEY, state.now);
    await sleep(20);
    expect(await cache.get("stock", "7")).toBe("42");
    expect(Object.fromEntries(state.reads)).toEqual({ database: 1, warm: 1 });
  });
});
