import type pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { topologyOf } from "#system/topology.ts";
import { BUG_NAMES, type BugName } from "../bugs.ts";
import { Ground, prepared, type StandingNode, session } from "../testing/standing.ts";
import { SHOP } from "./dataset.ts";
import { plantedStatements } from "./planted-sql.ts";
import { primary } from "./service.ts";

let ground: Ground;
let main: StandingNode;

beforeAll(async () => {
  ground = await Ground.open(topologyOf("scaled", ["quorum"], "wrong-ledger-sign"), ["primary:sql"]);
  main = await ground.start("primary", primary, await prepared(SHOP));
});

afterAll(async () => {
  await ground?.[Symbol.asyncDispose]();
});

function asAdministrator<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const login = { ...main.address("sql"), user: "postgres", password: ground.secret("admin"), database: "shop" };
  return session(login, work);
}

const LINES = [
  { productId: 100, quantity: 1 },
  { productId: 200, quantity: 2 },
];

/**
 * Places an order of so many lines in a shop with this bug besides its own, tells the value of the last of the statements
 * behind it, and takes everything back.
 */
async function soldWith(bug: BugName | undefined, lines: number, ...statements: readonly string[]): Promise<unknown> {
  return asAdministrator(async (client) => {
    await client.query("begin");
    for (const statement of plantedStatements(bug)) await client.query(statement);
    await client.query("select place_order('k', 'h', 's', 'eu', $1)", [JSON.stringify(LINES.slice(0, lines))]);
    let value: unknown;
    for (const statement of statements) value = (await client.query<{ value: unknown }>(statement)).rows[0]?.value;
    await client.query("rollback");
    return value;
  });
}

test("a primary is given the bug of its topology at its first start", async () => {
  const balance = "select sum(amount_cents)::int as value from ledger";
  expect(await soldWith(undefined, 1, balance)).toBe(0);
  expect(await soldWith(undefined, 2, balance)).toBeGreaterThan(0);
});

test("an order of two lines is announced twice by the bug of that name, and one of a single line once", async () => {
  const rows = "select count(*)::int as value from outbox";
  expect(await soldWith("outbox-row-twice", 2, rows)).toBe(2);
  expect(await soldWith("outbox-row-twice", 1, rows)).toBe(1);
});

test("a second request with the same key buys again by no-idempotency", async () => {
  const twice = `select outcome as value from place_order('k', 'h', 's', 'eu', '[{"productId": 100, "quantity": 1}]')`;
  expect(await soldWith(undefined, 1, twice)).toBe("replayed");
  expect(await soldWith("no-idempotency", 1, twice)).toBe("created");
});

test("what is not there is sold by decrement-without-condition, alone and with something else", async () => {
  for (const more of ["", ', {"productId": 200, "quantity": 1}']) {
    const much = `select outcome as value from place_order('k2', 'h', 's', 'eu', '[{"productId": 1, "quantity": 99}${more}]')`;
    expect(await soldWith(undefined, 1, much)).toBe("sold-out");
    expect(await soldWith("decrement-without-condition", 1, much)).toBe("created");
  }
});

test("a shelf that was oversold and filled again keeps how low it was, whatever bug the shop has", async () => {
  const tooMuch = `select place_order('k2', 'h', 's', 'eu', '[{"productId": 1, "quantity": 99}]')`;
  const back = "select cancel_order(id, 'c', 'declined') from orders where idempotency_key = 'k2'";
  const shelf = "select array[on_hand, lowest] as value from stock where product_id = 1";
  expect(await soldWith(undefined, 1, tooMuch, back, shelf)).toEqual([10, 10]);
  expect(await soldWith("decrement-without-condition", 1, tooMuch, back, shelf)).toEqual([10, -89]);
});

test("acknowledge-before-commit makes an order's number from its key, as the application does", async () => {
  const number = "select id::text as value from orders where idempotency_key = 'k'";
  expect(await soldWith("acknowledge-before-commit", 1, number)).toBe("559768824809");
});

test("no job is written with the order by job-outside-transaction", async () => {
  expect(await soldWith("job-outside-transaction", 2, "select count(*)::int as value from outbox")).toBe(0);
});

test("every step of fulfilment takes effect again by no-job-dedupe", async () => {
  const again = `
    select sum(a + b)::int as value
      from orders, generate_series(1, 2) as time,
           lateral (select capture_payment(orders.id, 'p', 'r')::int as a, book_stock(orders.id, 's')::int as b
                     where time > 0) as done
     where idempotency_key = 'k'`;
  expect(await soldWith("no-job-dedupe", 1, again)).toBe(4);
});

test("a cancelled order's goods go back again by stock-returned-twice, and nothing else happens twice", async () => {
  const cancelTwice = `
    select count(cancel_order(id, 'c', 'declined')) from orders, generate_series(1, 2) where idempotency_key = 'k'`;
  const seen = async (bug: BugName | undefined, what: string): Promise<unknown> => soldWith(bug, 2, cancelTwice, what);
  const moved = "select sum(quantity)::int as value from stock_movements";
  const entries = "select count(*)::int as value from ledger";
  expect(await seen(undefined, moved)).toBe(-3);
  expect(await seen("stock-returned-twice", moved)).toBe(-6);
  expect(await seen("stock-returned-twice", entries)).toBe(4);
  expect(await seen("no-job-dedupe", entries)).toBe(6);
});

test("a coupon without uses left takes something off by coupon-limit-unchecked", async () => {
  const spent = "update coupons set used = most_uses";
  const asked = `select (body ->> 'discountCents')::int > 0 as value
                   from place_order('k3', 'h', 's', 'eu', '[{"productId": 100, "quantity": 1}]', 'EARLYBIRD')`;
  expect(await soldWith(undefined, 1, spent, asked)).toBe(false);
  expect(await soldWith("coupon-limit-unchecked", 1, spent, asked)).toBe(true);
  const back = "select cancel_order(id, 'c', 'declined') from orders where idempotency_key = 'k3'";
  const beyond = "select array[used - most_uses, highest - most_uses] as value from coupons";
  expect(await soldWith(undefined, 1, spent, asked, back, beyond)).toEqual([0, 0]);
  expect(await soldWith("coupon-limit-unchecked", 1, spent, asked, back, beyond)).toEqual([0, 1]);
});

test.each(BUG_NAMES)("the database takes every statement of %s, and still sells", async (bug) => {
  expect(await soldWith(bug, 2, "select count(*)::int as value from orders where idempotency_key = 'k'")).toBe(1);
});
