import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { randomStream } from "#core/random.ts";
import { cacheKey, readWarm } from "#system/app/cache/keys.ts";
import { QUERIES } from "#system/app/catalogue/queries.ts";
import { raisePostgres, raiseRedis, toolbox } from "#system/testing/parts.ts";
import { fill } from "./fill.ts";
import { warmEntries } from "./index.ts";
import { type CatalogueValue, readValues } from "./values.ts";

const POLICY = { jitter: true, stale: true };
const NOW = Date.UTC(2026, 10, 27, 8, 12);

let postgres: Awaited<ReturnType<typeof raisePostgres>>;
let redis: Awaited<ReturnType<typeof raiseRedis>>;
let database: pg.Pool;

beforeAll(async () => {
  const tools = await toolbox();
  [postgres, redis] = await Promise.all([raisePostgres(tools), raiseRedis(tools)]);
  database = new pg.Pool({ host: postgres.host, port: postgres.port, user: "postgres", database: "shop" });
  // The server's end reaches connections that are only just being closed.
  database.on("error", () => {});
  await database.query(
    "update products set name = case when id % 2 = 0 then 'Babobu Deda' else 'Deda Bagubi Deda' end",
  );
  await database.query(
    `insert into reviews (product_id, author, rating, body)
       select 1 + n % 40, 'author ' || n, 1 + n % 5, 'said "' || n || '"' from generate_series(1, 200) as n`,
  );
  await database.query(
    "insert into review_summaries select product_id, count(*), avg(rating) from reviews where product_id < 30 group by 1",
  );
  await database.query("insert into best_sellers select 0, id, id, 100 - id from products where id <= 24");
});

afterAll(async () => {
  await database.end();
  await Promise.all([postgres[Symbol.asyncDispose](), redis[Symbol.asyncDispose]()]);
});

test("values read in bulk are those that the application's statements give, to the letter", async () => {
  const values = await readValues(database);
  const found = new Map(values.map(({ kind, id, json }) => [`${kind}/${id}`, json]));
  for (const kind of ["best-sellers", "category", "product", "reviews"] as const) {
    const ids = kind === "best-sellers" ? [0] : Array.from({ length: 60 }, (_, i) => i + 1);
    const { rows } = await database.query<{ id: string; value: string }>(QUERIES[kind], [ids]);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      if (kind === "reviews" && Number(row.id) > 50) continue; // no such product
      expect([row.id, found.get(`${kind}/${row.id}`)]).toEqual([row.id, row.value]);
    }
  }
  // The words of the tiny catalogue are not in the list of the large one: ask for one that is, and for one that is not.
  const { rows } = await database.query<{ value: string }>(QUERIES.search, [["zzzzzz"]]);
  expect(rows[0]?.value).toBe("[]");
  expect(values.filter((value) => value.kind === "search")).toHaveLength(5_000);
});

test("searches in bulk find what the application's search finds", async () => {
  const words = (await readValues(database)).filter((value) => value.kind === "search").map((value) => value.id);
  const [one = "", two = ""] = words;
  await database.query("update products set name = initcap($1 || ' deda ' || $2) where id % 2 = 1", [one, two]);
  const values = await readValues(database);
  const { rows } = await database.query<{ id: string; value: string }>(QUERIES.search, [[one, two]]);
  expect(rows).toHaveLength(2);
  for (const row of rows) {
    expect(values.find((value) => value.kind === "search" && value.id === row.id)?.json).toBe(row.value);
  }
});

function catalogue(): readonly CatalogueValue[] {
  return Array.from({ length: 20_000 }, (_, i) => ({
    kind: "product" as const,
    id: String(i + 1),
    json: `{"id":${i + 1}}`,
  }));
}

test("an hour of the normal day leaves what is popular, of all ages, and not all of what is not", () => {
  const entries = warmEntries(catalogue(), 0.4, NOW, POLICY, randomStream("seed", "opening"));
  const here = new Set(entries.map((entry) => entry.key));
  const share = (from: number, to: number): number =>
    Array.from({ length: to - from }, (_, i) => here.has(cacheKey("product", String(from + i)))).filter(Boolean)
      .length /
    (to - from);
  expect(share(1, 500)).toBeGreaterThan(0.98);
  expect(share(15_000, 20_000)).toBeGreaterThan(0.3);
  expect(share(15_000, 20_000)).toBeLessThan(0.8);
  const lives = entries.map((entry) => entry.ttlMs).sort((a, b) => a - b);
  // An hour and ten minutes of grace at most, spread evenly: no two tenths of the keys end together.
  expect(lives.at(-1)).toBeLessThanOrEqual(4_200_000);
  for (let i = 1; i < 10; i += 1) {
    const step =
      (lives[Math.floor((i * lives.length) / 10)] ?? 0) - (lives[Math.floor(((i - 1) * lives.length) / 10)] ?? 0);
    expect(step).toBeGreaterThan(100_000);
  }
});

test("the same seed fills the same values, another seed others", () => {
  const keys = (seed: string): string =>
    warmEntries(catalogue(), 0.4, NOW, POLICY, randomStream(seed, "opening"))
      .map((entry) => entry.key)
      .join();
  expect(keys("a")).toBe(keys("a"));
  expect(keys("a")).not.toBe(keys("b"));
});

test("forty thousand values are stored in a moment, and the application reads them as fresh", async () => {
  const values = catalogue().flatMap((value) => [
    value,
    { ...value, kind: "reviews" as const, json: `["é", ${value.id}]` },
  ]);
  const now = Date.now();
  const entries = warmEntries(values, 0.6, now, POLICY, randomStream("seed", "opening"));
  const began = performance.now();
  await fill(redis, redis.password, entries);
  expect(performance.now() - began).toBeLessThan(3_000);
  const client = new Redis({ host: redis.host, port: redis.port, password: redis.password });
  expect(await client.dbsize()).toBe(entries.length);
  const text = await client.get(cacheKey("reviews", "1"));
  const found = readWarm("reviews", cacheKey("reviews", "1"), text ?? "", POLICY);
  expect(found?.json).toBe('["é", 1]');
  expect(found?.freshUntil).toBeGreaterThan(now);
  client.disconnect();
});

test("a refusal of the warm tier is told, not swallowed", async () => {
  await expect(fill(redis, "wrong", [{ key: "k", value: "v", ttlMs: 1 }])).rejects.toThrow(/refused/);
});
