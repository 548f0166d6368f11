import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "#system/testing/parts.ts";
import { ALL, ask, raiseStand, type Stand, startShop, without } from "../testing/stand.ts";

let stand: Stand;
beforeAll(async () => {
  stand = await raiseStand();
}, 300_000);
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

async function rowsOf(key: string): Promise<unknown> {
  return stand.sql(
    `select (select count(*)::int from orders where idempotency_key = $1) as orders,
            (select coalesce(sum(amount_cents), 0)::int from ledger join orders on orders.id = order_id
              where idempotency_key = $1) as ledger,
            (select count(*)::int from outbox join orders on orders.id = order_id where idempotency_key = $1) as outbox`,
    [key],
  );
}

describe.each([
  { name: "in one round trip", protections: ALL },
  { name: "as a team in a hurry writes it", protections: without("queries") },
])("a checkout $name", ({ name, protections }) => {
  const key = (text: string) => `${text}-${name.length}`;
  // One for each block: the pages of both share a warm tier.
  const scarce = protections.includes("queries") ? 20 : 21;
  const lines = [
    { productId: 12, quantity: 1 },
    { productId: 11, quantity: 3 },
  ];

  test("sells once for a key, and answers its resend the same", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    const first = await ask(shop, "/checkout", { body: { lines }, key: key("a") });
    expect(first).toMatchObject({
      status: 201,
      body: {
        totalCents: 4_500,
        status: "accepted",
        lines: [
          { productId: 11, quantity: 3, priceCents: 1_100 },
          { productId: 12, quantity: 1, priceCents: 1_200 },
        ],
      },
    });
    const again = await ask(shop, "/checkout", { body: { lines: lines.toReversed() }, key: key("a") });
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await rowsOf(key("a"))).toEqual([{ orders: 1, ledger: 0, outbox: 1 }]);
    const other = await ask(shop, "/checkout", { body: { lines: [{ productId: 12, quantity: 9 }] }, key: key("a") });
    expect(other.status).toBe(422);
    const stock = await stand.sql(
      "select initial - on_hand as sold from stock where product_id in (11, 12) order by 1",
    );
    // Stock went down by what was sold, in both blocks: three of the one for each of the other.
    expect(Number(stock[1]?.sold) / Number(stock[0]?.sold)).toBe(3);
  });

  test("says sold out, takes nothing of the other lines, and tells it again", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    await stand.sql("update stock set on_hand = 1 where product_id = $1", [scarce]);
    expect((await ask(shop, `/product/${scarce}`)).body).toMatchObject({ stock: 1 });
    await stand.sql("update stock set on_hand = 0 where product_id = $1", [scarce]);
    const before = await stand.sql("select on_hand from stock where product_id = 13");
    const body = {
      lines: [
        { productId: 13, quantity: 1 },
        { productId: scarce, quantity: 2 },
      ],
    };
    const soldOut = { status: 410, body: { code: "sold-out", productId: scarce } };
    expect(await ask(shop, "/checkout", { body, key: key("b") })).toMatchObject(soldOut);
    expect(await ask(shop, "/checkout", { body, key: key("b") })).toMatchObject(soldOut);
    expect(await stand.sql("select on_hand from stock where product_id = 13")).toEqual(before);
    // Its page does not wait for five seconds to say so.
    expect((await ask(shop, `/product/${scarce}`)).body).toMatchObject({ stock: 0 });
  });

  test("takes the coupon's share off while it has uses, says so, and counts a resend once", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    await stand.sql("update coupons set used = 0, most_uses = 1");
    const body = { lines: [{ productId: 16, quantity: 1 }], coupon: "EARLYBIRD" };
    const first = await ask(shop, "/checkout", { body, key: key("coupon-1") });
    expect(first).toMatchObject({ status: 201, body: { totalCents: 1_280, discountCents: 320 } });
    expect(await ask(shop, "/checkout", { body, key: key("coupon-1") })).toMatchObject({
      status: 200,
      body: first.body,
    });
    const { lines: same } = body;
    expect((await ask(shop, "/checkout", { body: { lines: same }, key: key("coupon-1") })).status).toBe(422);
    const late = await ask(shop, "/checkout", { body, key: key("coupon-2") });
    expect(late).toMatchObject({ status: 201, body: { totalCents: 1_600, discountCents: 0 } });
    expect(await stand.sql("select used from coupons")).toEqual([{ used: 1 }]);
    expect(await rowsOf(key("coupon-1"))).toEqual([{ orders: 1, ledger: 0, outbox: 1 }]);
    const orders = await stand.sql(
      "select coupon, amount_cents as off from orders left join discounts on order_id = id where idempotency_key = any ($1) order by id",
      [[key("coupon-1"), key("coupon-2")]],
    );
    expect(orders).toEqual([
      { coupon: "EARLYBIRD", off: 320 },
      { coupon: null, off: null },
    ]);
    expect((await ask(shop, "/checkout", { body: { ...body, coupon: "';--" }, key: key("coupon-3") })).status).toBe(
      422,
    );
  });

  test("refuses what is no order", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    const bodies = [
      { lines: [] },
      { lines: [{ productId: 77, quantity: 1 }] },
      { lines: [{ productId: 1, quantity: 0 }] },
      { lines: [{ productId: 1, quantity: 101 }] },
      { line: [] },
      {},
    ];
    for (const body of bodies) {
      expect(await ask(shop, "/checkout", { body, key: key("c") })).toMatchObject({ status: 422 });
    }
    expect((await ask(shop, "/checkout", { body: { lines } })).status).toBe(422);
  });

  test("tells a twin that the first is under way, and both sell once", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    await stand.sql("begin");
    await stand.sql("select 1 from stock where product_id = 14 for update");
    const body = { lines: [{ productId: 14, quantity: 1 }] };
    const first = ask(shop, "/checkout", { body, key: key("d") });
    await until(
      async () => (await stand.sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0,
    );
    expect(await ask(shop, "/checkout", { body, key: key("d") })).toMatchObject({ status: 409 });
    await stand.sql("commit");
    expect((await first).status).toBe(201);
    expect((await ask(shop, "/checkout", { body, key: key("d") })).status).toBe(200);
    expect(await rowsOf(key("d"))).toEqual([{ orders: 1, ledger: 0, outbox: 1 }]);
  });

  test("is in doubt when the connection breaks while it is under way, and its resend finds out", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    await stand.sql("begin");
    await stand.sql("select 1 from stock where product_id = 15 for update");
    const body = { lines: [{ productId: 15, quantity: 1 }] };
    const first = ask(shop, "/checkout", { body, key: key("e") });
    await until(
      async () => (await stand.sql("select 1 from pg_stat_activity where wait_event_type = 'Lock'")).length > 0,
    );
    stand.links.primary.cut();
    // The hurried transaction has not sent its commit yet, and so it is sure: with its connection it is rolled back.
    const sure = !protections.includes("queries");
    expect(await first).toMatchObject({ status: sure ? 503 : 504, notExecuted: sure });
    await stand.sql("commit");
    const settled = await until(async () => {
      const again = await ask(shop, "/checkout", { body, key: key("e") });
      return again.status < 300 && again;
    });
    expect(settled.status).toBe(sure ? 201 : 200);
    expect(await rowsOf(key("e"))).toEqual([{ orders: 1, ledger: 0, outbox: 1 }]);
  });
});
