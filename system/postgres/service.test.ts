import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { topologyOf } from "#system/topology.ts";
import { Ground, prepared, type StandingNode, session } from "../testing/standing.ts";
import { SHOP } from "./dataset.ts";
import { primary, replica } from "./service.ts";

let ground: Ground;
let main: StandingNode;
let follower: StandingNode;
let pool: pg.Pool;

const DOOR_BUSTER_STOCK = 10; // ceil(20,000 / 2,000): the ground's scale

beforeAll(async () => {
  const data = await prepared(SHOP);
  ground = await Ground.open(topologyOf("scaled"), ["primary:sql", "replica-eu:sql"]);
  const began = performance.now();
  const starting = await Promise.all([
    ground.start("primary", primary, data),
    ground.start("replica-eu", replica, data),
  ]);
  console.info(`primary and replica ready after ${Math.round(performance.now() - began)} ms`);
  [main, follower] = starting;
  pool = new pg.Pool({ ...shop(main), max: 50 });
});

afterAll(async () => {
  await pool?.end();
  await ground?.[Symbol.asyncDispose]();
});

function shop(node: StandingNode): pg.ClientConfig {
  return { ...node.address("sql"), user: "shop", password: ground.secret("database"), database: "shop" };
}

interface Answer {
  readonly outcome: string;
  readonly order_id: string | null;
  readonly body: {
    readonly orderId?: string;
    readonly productId?: number;
    readonly totalCents?: number;
    readonly discountCents?: number;
  } | null;
}

async function buy(key: string, lines: unknown, hash = "h", coupon?: string): Promise<Answer> {
  const { rows } = await pool.query<Answer>("select * from place_order($1, $2, 'eu-1-s', 'eu', $3, $4)", [
    key,
    hash,
    JSON.stringify(lines),
    coupon,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error("place_order gave no row");
  return row;
}

test("an acknowledged order waits for one of the two replicas, and is on it", async () => {
  const answer = await buy("waits", [{ productId: 100, quantity: 1 }]);
  expect(answer.outcome).toBe("created");
  const state = await pool.query("show synchronous_standby_names");
  expect(state.rows[0]).toEqual({ synchronous_standby_names: "ANY 1 (replica_eu, replica_us)" });
  const sync = await session({ ...shop(main), user: "postgres", password: ground.secret("admin") }, (client) =>
    client.query("select application_name, sync_state from pg_stat_replication"),
  );
  expect(sync.rows).toEqual([{ application_name: "replica_eu", sync_state: "quorum" }]);
  const there = { ...shop(main), ...ground.address("replica-eu", "sql") };
  await expect
    .poll(() =>
      session(there, async (c) => (await c.query("select id from orders where id = $1", [answer.order_id])).rowCount),
    )
    .toBe(1);
});

test("the shop cannot change the price of anything: what it charges is compared with the catalogue", async () => {
  await expect(pool.query("update products set price_cents = price_cents + 1 where id = 100")).rejects.toThrow(
    "permission denied for table products",
  );
});

test("fifty buyers of the last ten pieces get exactly ten, and each key one order", async () => {
  const keys = Array.from({ length: 50 }, (_, i) => `door-${i}`);
  const answers = await Promise.all(keys.map((key) => buy(key, [{ productId: 1, quantity: 1 }])));
  expect(answers.filter((answer) => answer.outcome === "created")).toHaveLength(DOOR_BUSTER_STOCK);
  expect(answers.filter((answer) => answer.outcome === "sold-out")).toHaveLength(40);
  const again = await Promise.all(keys.map((key) => buy(key, [{ productId: 1, quantity: 1 }])));
  for (const [i, answer] of again.entries()) {
    const first = answers[i];
    expect(answer.outcome).toBe(first?.outcome === "created" ? "replayed" : "sold-out");
    expect(answer.body).toEqual(first?.body);
  }
  const { rows } = await pool.query(
    `select on_hand, (select sum(quantity) from order_lines where product_id = 1 and order_id > 200000) as sold
       from stock where product_id = 1`,
  );
  expect(rows).toEqual([{ on_hand: 0, sold: "10" }]);
});

test("carts in opposite order never wait for each other, and one short line buys nothing", async () => {
  const there = [2, 3, 200].map((productId) => ({ productId, quantity: 1 }));
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => buy(`cart-${i}`, i % 2 === 0 ? there : there.toReversed())),
  );
  expect(answers.filter((answer) => answer.outcome === "created")).toHaveLength(DOOR_BUSTER_STOCK);
  expect(answers.filter((answer) => answer.outcome === "sold-out")).toHaveLength(30);
  const { rows } = await pool.query("select on_hand from stock where product_id in (2, 3, 200) order by product_id");
  expect(rows.map((row) => row.on_hand)).toEqual([0, 0, 100_000 - DOOR_BUSTER_STOCK]);
});

test("forty carts with a coupon that is good for thirteen: thirteen discounts, forty orders, nobody waits for ever", async () => {
  const there = [300, 301].map((productId) => ({ productId, quantity: 1 }));
  const send = (i: number) => buy(`coupon-${i}`, i % 2 === 0 ? there : there.toReversed(), "h", "EARLYBIRD");
  const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => send(i)));
  expect(answers.every((answer) => answer.outcome === "created")).toBe(true);
  const { rows: prices } = await pool.query<{ full: number }>(
    "select sum(price_cents)::int as full from products where id in (300, 301)",
  );
  const full = prices[0]?.full ?? 0;
  const off = Math.floor(full / 5);
  const discounted = answers.filter((answer) => answer.body?.discountCents === off);
  expect(discounted).toHaveLength(13);
  for (const answer of discounted) expect(answer.body?.totalCents).toBe(full - off);
  const others = answers.filter((answer) => answer.body?.discountCents === 0);
  expect(others).toHaveLength(27);
  for (const answer of others) expect(answer.body?.totalCents).toBe(full);
  expect((await pool.query("select used from coupons")).rows).toEqual([{ used: 13 }]);
  const again = await Promise.all(answers.map((_, i) => send(i)));
  expect(again.map((answer) => answer.body)).toEqual(answers.map((answer) => answer.body));
  expect((await pool.query("select used from coupons")).rows).toEqual([{ used: 13 }]);
  const { rows } = await pool.query(
    `select count(*)::int as orders, sum((select sum(amount_cents) from ledger where order_id = orders.id))::int as ledger,
            sum((select sum(quantity * price_cents) from order_lines where order_id = orders.id)
                - amount_cents - total_cents)::int as apart
       from orders join discounts on order_id = id where coupon = 'EARLYBIRD'`,
  );
  expect(rows).toEqual([{ orders: 13, ledger: 0, apart: 0 }]);
});

test("a sold-out order leaves the coupon alone, and an unknown code is worth nothing", async () => {
  const before = await pool.query("select used from coupons");
  expect((await buy("coupon-late", [{ productId: 1, quantity: 1 }], "h", "EARLYBIRD")).outcome).toBe("sold-out");
  const odd = await buy("coupon-odd", [{ productId: 302, quantity: 1 }], "h", "NOSUCHCODE");
  expect(odd).toMatchObject({ outcome: "created", body: { discountCents: 0 } });
  expect((await buy("coupon-none", [{ productId: 302, quantity: 1 }])).body).not.toHaveProperty("discountCents");
  expect((await pool.query("select used from coupons")).rows).toEqual(before.rows);
});

test("a twin in flight is told so, and learns the answer afterwards", async () => {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const [first] = (
      await client.query<Answer>(
        "select * from place_order('twin', 'h', 's', 'eu', '[{\"productId\": 50, \"quantity\": 2}]')",
      )
    ).rows;
    expect(first?.outcome).toBe("created");
    expect((await buy("twin", [{ productId: 50, quantity: 2 }])).outcome).toBe("in-flight");
    await client.query("commit");
    expect(await buy("twin", [{ productId: 50, quantity: 2 }])).toEqual({ ...first, outcome: "replayed" });
  } finally {
    client.release();
  }
});

test("twenty submits of one key at once make one order", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => buy("same", [{ productId: 60, quantity: 1 }])));
  expect(answers.filter((answer) => answer.outcome === "created")).toHaveLength(1);
  const others = answers.filter((answer) => answer.outcome !== "created");
  expect(others.every((answer) => ["in-flight", "replayed"].includes(answer.outcome))).toBe(true);
});

test("what cannot be an order is refused and leaves nothing behind", async () => {
  expect((await buy("odd-1", [])).outcome).toBe("invalid");
  expect((await buy("odd-2", [{ productId: 20_001, quantity: 1 }])).outcome).toBe("invalid");
  expect((await buy("odd-3", [{ productId: 7, quantity: 0 }])).outcome).toBe("invalid");
  expect((await buy("odd-4", [{ productId: 7, quantity: 2_000_000_000 }])).outcome).toBe("invalid");
  expect((await pool.query("select from idempotency where key like 'odd-%'")).rowCount).toBe(0);
  await buy("odd-5", [{ productId: 7, quantity: 1 }]);
  expect((await buy("odd-5", [{ productId: 7, quantity: 1 }], "another")).outcome).toBe("mismatch");
});

test("an order is cancelled once: its goods are back, its entries reversed, its coupon free", async () => {
  const lines = [310, 311].map((productId) => ({ productId, quantity: 2 }));
  await pool.query("update coupons set most_uses = most_uses + 1");
  const shelves = "select on_hand from stock where product_id in (310, 311)";
  const before = [(await pool.query(shelves)).rows, (await pool.query("select used from coupons")).rows];
  const { order_id: order, body } = await buy("cancel", lines, "h", "EARLYBIRD");
  expect(body?.discountCents).toBeGreaterThan(0);
  const cancel = async (key: string): Promise<unknown> =>
    (await pool.query("select cancel_order($1, $2, 'declined') as first", [order, key])).rows[0]?.first;
  const twice = await Promise.all([cancel("cancel-1"), cancel("cancel-1")]);
  expect(twice.toSorted()).toEqual([false, true]);
  await expect(cancel("cancel-2")).rejects.toThrow(/not in the state "accepted"/);
  await expect(pool.query("select capture_payment($1, 'pay-cancelled', 'ref')", [order])).rejects.toThrow(/accepted/);
  expect([(await pool.query(shelves)).rows, (await pool.query("select used from coupons")).rows]).toEqual(before);
  const { rows } = await pool.query(
    `select status, (select json_agg(quantity) from stock_movements where order_id = orders.id) as moved,
            (select json_agg(sum order by account) from (select account, sum(amount_cents)::int from ledger
              where order_id = orders.id group by account) as entry(account, sum)) as sums,
            (select count(*)::int from effects where order_id = orders.id) as effects
       from orders where id = $1`,
    [order],
  );
  expect(rows).toEqual([{ status: "cancelled", moved: [-2, -2], sums: [0, 0], effects: 1 }]);
});

test("returns and sales of the same products never wait for each other", async () => {
  await pool.query("update coupons set most_uses = 100000");
  const there = [2, 320, 321].map((productId) => ({ productId, quantity: 1 }));
  await pool.query("update stock set on_hand = 1000 where product_id = 2");
  const held = await Promise.all(Array.from({ length: 30 }, (_, i) => buy(`return-${i}`, there, "h", "EARLYBIRD")));
  const busy = await Promise.all([
    ...held.map(({ order_id: id }) => pool.query("select cancel_order($1, $2, 'declined')", [id, `return-${id}`])),
    ...held.map((_, i) => buy(`return-again-${i}`, there.toReversed(), "h", "EARLYBIRD")),
  ]);
  expect(busy).toHaveLength(60);
  const { rows } = await pool.query("select on_hand from stock where product_id in (2, 320, 321) order by product_id");
  expect(rows.map((row) => row.on_hand)).toEqual([970, 99_970, 99_970]);
});

test("how low a shelf and how high a coupon's use ever was stays, and the application's role cannot say otherwise", async () => {
  const rows = async (): Promise<unknown> =>
    (
      await pool.query(
        `select on_hand, lowest, used, highest from stock, coupons where product_id = 330 and code = 'EARLYBIRD'`,
      )
    ).rows;
  await pool.query("update coupons set used = 0");
  const [{ highest }] = (await pool.query<{ highest: number }>("select highest from coupons")).rows as [
    { readonly highest: number },
  ];
  await pool.query("update coupons set most_uses = $1, used = $1", [highest + 3]);
  await pool.query("update stock set on_hand = on_hand - 7 where product_id = 330");
  await pool.query("update stock set on_hand = on_hand + 7, lowest = 100000 where product_id = 330");
  await pool.query("update stock set lowest = 5 where product_id = 330");
  await pool.query("update coupons set used = 0, highest = 0");
  expect(await rows()).toEqual([{ on_hand: 100_000, lowest: 99_993, used: 0, highest: highest + 3 }]);
  for (const [table, trigger] of [
    ["stock", "keep_lowest"],
    ["coupons", "keep_highest"],
  ] as const) {
    await expect(pool.query(`alter table ${table} disable trigger ${trigger}`)).rejects.toThrow(/must be owner/);
  }
  const forgetting = [
    "delete from stock where product_id = 330",
    "truncate stock",
    "insert into stock (product_id, initial, on_hand) values (330, 1, 1)",
    "insert into stock select * from stock where product_id = 330 on conflict (product_id) do update set lowest = 1",
    "delete from coupons",
    "truncate coupons",
    "insert into coupons (code, percent, most_uses) values ('LATEBIRD', 20, 5)",
  ];
  for (const sql of forgetting) await expect(pool.query(sql), sql).rejects.toThrow(/permission denied for table/);
  await expect(pool.query("set session_replication_role = replica")).rejects.toThrow(/permission denied/);
});

test("each step of fulfilment takes effect once, in its order, and the ledger balances", async () => {
  const { order_id: order } = await buy("fulfil", [
    { productId: 70, quantity: 3 },
    { productId: 71, quantity: 1 },
  ]);
  const call = async (sql: string, ...values: unknown[]): Promise<unknown> => {
    const [row] = (await pool.query({ text: sql, values, rowMode: "array" })).rows;
    return row?.[0];
  };
  await expect(call("select confirm_order($1, 'too-early')", order)).rejects.toThrow(/not in the state "paid"/);
  const twice = await Promise.all([1, 2].map(() => call("select capture_payment($1, 'pay', 'ref-1')", order)));
  expect(twice.toSorted()).toEqual([false, true]);
  expect(await call("select book_stock($1, 'stock')", order)).toBe(true);
  expect(await call("select book_stock($1, 'stock')", order)).toBe(false);
  expect(await call("select confirm_order($1, 'confirm')", order)).toBe(true);
  expect(await call("select confirm_order($1, 'confirm')", order)).toBe(false);
  expect(await call("select status from orders where id = $1", order)).toBe("confirmed");
  expect(await call("select sum(quantity) from stock_movements where order_id = $1", order)).toBe("4");
  expect(await call("select count(*) from ledger where order_id = $1", order)).toBe("4");
  expect(
    await call("select count(*) from (select from ledger group by order_id having sum(amount_cents) <> 0) as odd"),
  ).toBe("0");
});

test("a refreshed rollup says what its query over the whole history says", async () => {
  await pool.query("update orders set created_at = created_at - interval '1 minute' where id > 200000");
  await pool.query("select refresh_rollups()");
  const { rows } = await pool.query(
    `select count(*) as differing from
       (select product_id, sum(quantity) as sold from order_lines group by product_id) as lines
       join product_sales using (product_id) where lines.sold <> product_sales.sold`,
  );
  expect(rows).toEqual([{ differing: "0" }]);
  const top = await pool.query("select product_id from best_sellers where category_id = 0 order by rank limit 3");
  expect(top.rows.map((row) => row.product_id)).toEqual([1, 2, 3]);
});

test("the application's role has limits, and administration does not wait for replicas", async () => {
  const limits = await pool.query(
    `select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement,
            current_setting('synchronous_commit') as commit`,
  );
  expect(limits.rows).toEqual([{ lock: "1s", statement: "5s", commit: "on" }]);
});

test("no order is acknowledged while no replica has it, and all are when one is back", async () => {
  await follower[Symbol.asyncDispose]();
  const answer = buy("alone", [{ productId: 80, quantity: 1 }]);
  // Many times what an order takes: the replicas are what it waits for.
  expect(await Promise.race([answer, sleep(500, "waits")])).toBe("waits");
  follower = await ground.start("replica-eu", replica);
  expect((await answer).outcome).toBe("created");
});
