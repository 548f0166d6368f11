import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { topologyOf } from "#system/topology.ts";
import { Ground, prepared, session } from "../testing/standing.ts";
import { SHOP, SHOP_BARE } from "./dataset.ts";
import { primary } from "./service.ts";
import { WORDS } from "./words.ts";

let ground: Ground;
let folder: string;

beforeAll(async () => {
  folder = await prepared(SHOP);
  ground = await Ground.open(topologyOf("monolith", []), ["primary:sql"]);
  await ground.start("primary", primary, folder);
});

afterAll(() => ground?.[Symbol.asyncDispose]());

async function rows(sql: string): Promise<readonly pg.QueryResultRow[]> {
  const admin = {
    ...ground.address("primary", "sql"),
    user: "postgres",
    password: ground.secret("admin"),
    database: "shop",
  };
  return session(admin, async (client) => (await client.query(sql)).rows);
}

test("catalogue and history have the agreed size, and every row belongs to another", async () => {
  expect(
    await rows(`select (select count(*)::int from products) as products, (select count(*)::int from reviews) as reviews,
                       (select count(*)::int from orders) as orders, (select count(*)::int from order_lines) as lines`),
  ).toEqual([{ products: 20_000, reviews: 200_000, orders: 200_000, lines: 400_000 }]);
  expect(
    await rows(`select (select count(*)::int from order_lines left join orders on id = order_id where id is null)
                     + (select count(*)::int from order_lines left join products on id = product_id where id is null)
                     + (select count(*)::int from reviews left join products as p on p.id = product_id where p.id is null)
                     + (select count(*)::int from products left join stock on product_id = id where product_id is null)
                     + (select count(*)::int from orders where total_cents <>
                         (select sum(quantity * price_cents) from order_lines where order_id = orders.id)) as odd`),
  ).toEqual([{ odd: 0 }]);
});

test("product n is bought and reviewed in proportion to 1/n", async () => {
  // The sum of 1/n up to 20,000 is 10.48; twenty thousand times that share of the lines is exact to some per cent.
  const harmonic = Array.from({ length: 20_000 }, (_, i) => 1 / (i + 1)).reduce((sum, each) => sum + each, 0);
  const counted = await rows(
    `select product_id, count(*)::int as lines, (select count(*)::int from reviews where reviews.product_id = line.product_id) as reviews
       from order_lines as line where product_id in (1, 10, 100) group by product_id order by product_id`,
  );
  for (const row of counted) {
    expect(row.lines / (400_000 / harmonic / row.product_id)).toBeCloseTo(1, 0.9);
    expect(row.reviews / (200_000 / harmonic / row.product_id)).toBeCloseTo(1, 0.9);
  }
});

test("every search term finds some products, and no other word's", async () => {
  expect(new Set(WORDS).size).toBe(5_000);
  const terms = [WORDS[0], WORDS[1], WORDS[2_500], WORDS[4_999]];
  for (const term of terms) {
    const found = await rows(`select lower(name) as name from products where name ilike '%${term}%'`);
    expect(found.length).toBeGreaterThan(0);
    expect(found.length).toBeLessThan(40);
    for (const { name } of found) expect(name.split(" ")).toContain(term);
  }
});

test("the five door-busters and the coupon have the scale's numbers, and a server without quorum waits for nobody", async () => {
  expect(await rows("select product_id, initial, on_hand, lowest from stock where door_buster order by 1")).toEqual(
    [1, 2, 3, 4, 5].map((product_id) => ({ product_id, initial: 10, on_hand: 10, lowest: 10 })),
  );
  expect(await rows("select percent, most_uses, used, highest from coupons")).toEqual([
    { percent: 20, most_uses: 13, used: 0, highest: 0 },
  ]);
  expect(await rows("select distinct initial, on_hand, lowest from stock where not door_buster")).toEqual([
    { initial: 100_000, on_hand: 100_000, lowest: 100_000 },
  ]);
  expect(await rows("show synchronous_standby_names")).toEqual([{ synchronous_standby_names: "" }]);
});

test("the data is small enough to be copied four times at each start", async () => {
  const { stdout } = await promisify(execFile)("du", ["-sm", folder]);
  expect(Number.parseInt(stdout, 10)).toBeLessThanOrEqual(150);
});

test("the two datasets differ in name and key", () => {
  expect(SHOP.key).toMatch(/^[0-9a-f]{16}$/);
  expect(SHOP_BARE.key).not.toBe(SHOP.key);
});
