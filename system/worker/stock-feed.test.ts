import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cacheKey, STOCK_FEED_KEY } from "#system/app/cache/keys.ts";
import { raisePostgres, raiseRedis, toolbox } from "#system/testing/parts.ts";
import { Database } from "./database.ts";
import { StockFeed } from "./stock-feed.ts";

const parts = new AsyncDisposableStack();
let database: Database;
let tiers: { readonly host: string; readonly port: number; readonly password: string; readonly region: string }[];
let clients: Redis[];

beforeAll(async () => {
  const tools = await toolbox();
  const postgres = parts.use(await raisePostgres(tools, 3));
  const { host, port, user, password, database: name } = postgres;
  database = parts.use(new Database({ host, port, user, password, database: name }, "test", 3));
  const redises = [parts.use(await raiseRedis(tools)), parts.use(await raiseRedis(tools))];
  tiers = redises.map((redis, i) => ({
    host: redis.host,
    port: redis.port,
    password: redis.password,
    region: i === 0 ? "eu" : "us",
  }));
  clients = tiers.map(({ host, port, password }) => new Redis({ host, port, password }));
}, 300_000);

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await parts.disposeAsync();
});

async function told(region: number, product: number): Promise<string | undefined> {
  return (await clients[region]?.get(cacheKey("stock", String(product))))?.split("~")[2];
}

/** The feed dials as it is made; its first looks may come before the connections stand. */
async function look(feed: StockFeed): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await feed.turn();
      return;
    } catch (failure) {
      if (tries === 50) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test("every region is told the whole stock once, then each sale, also one that was committed late", async () => {
  using feed = new StockFeed(database, tiers);
  await look(feed);
  for (const region of [0, 1]) expect([await told(region, 1), await told(region, 3)]).toEqual(["1000", "1000"]);
  const late = Promise.withResolvers<void>();
  const sale = database.transaction(async (session) => {
    await session.query("update stock set on_hand = 9 where product_id = 1");
    await late.promise;
  });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await database.query("update stock set on_hand = 8 where product_id = 2");
  await look(feed);
  expect([await told(0, 1), await told(0, 2)]).toEqual(["1000", "8"]);
  late.resolve();
  await sale;
  await look(feed);
  for (const region of [0, 1]) expect(await told(region, 1)).toBe("9");
});

test("a tier that lost everything is told everything again before it gets its mark", async () => {
  using feed = new StockFeed(database, tiers);
  await look(feed);
  await clients[1]?.flushall();
  await look(feed);
  expect([await told(1, 1), await told(1, 2), await told(1, 3)]).toEqual(["9", "8", "1000"]);
  expect(Number(await clients[1]?.get(STOCK_FEED_KEY))).toBeGreaterThan(Date.now() - 5_000);
});

test("a tier that is away does not keep the others waiting, and gets no mark for what it missed", async () => {
  const [first] = tiers;
  if (first === undefined) throw new Error("no tier");
  // Nobody listens on port 1.
  using feed = new StockFeed(database, [first, { ...first, port: 1, region: "us" }]);
  await database.query("update stock set on_hand = 7 where product_id = 2");
  await expect(
    (async () => {
      for (let tries = 0; tries < 20; tries += 1) await feed.turn().catch(() => undefined);
      await feed.turn();
    })(),
  ).rejects.toThrow();
  expect(await told(0, 2)).toBe("7");
});

test("with a planted bug a sale is not told, or is deleted instead of told; the mark moves all the same", async () => {
  for (const [bug, after] of [
    ["no-invalidation", "1000"],
    ["fill-after-invalidation", undefined],
  ] as const) {
    await database.query("update stock set on_hand = 1000");
    for (const client of clients) await client.flushall();
    using healthy = new StockFeed(database, tiers);
    await look(healthy);
    using feed = new StockFeed(database, tiers, bug);
    await database.query("update stock set on_hand = 6 where product_id = 2");
    const before = Date.now();
    await look(feed);
    expect(await told(1, 2), bug).toBe(after);
    expect(Number(await clients[1]?.get(STOCK_FEED_KEY))).toBeGreaterThanOrEqual(before);
  }
});
