import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { until } from "#system/testing/parts.ts";
import type { Shop } from "./shop.ts";
import { ALL, ask, raiseStand, type Stand, startShop, without } from "./testing/stand.ts";

let stand: Stand;
beforeAll(async () => {
  stand = await raiseStand();
}, 300_000);
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

/** Without `queue` a checkout needs a payment provider, which fulfilment.test.ts has; nothing else is left on. */
const HARDLY_ANY = ["queue"] as const;

async function pagesOf(shop: Shop): Promise<Record<string, unknown>> {
  const paths = ["/", "/search?q=product", "/category/1", "/product/1", "/product/9", "/orders/1", "/category/77"];
  const pages: Record<string, unknown> = {};
  for (const path of [...paths, "/product/77", "/product/x", "/search?q=%25", "/orders/77"]) {
    const { status, body } = await ask(shop, path);
    pages[path] = { status, body };
  }
  return pages;
}

describe("the shop's pages", () => {
  test("are the same with every protection and with hardly any", async () => {
    await using protectedShop = await startShop(stand.config(ALL));
    await using bareShop = await startShop(stand.config(HARDLY_ANY));
    const pages = await pagesOf(protectedShop.shop);
    expect(await pagesOf(bareShop.shop)).toEqual(pages);
    expect(pages["/product/1"]).toEqual({
      status: 200,
      body: {
        id: 1,
        name: "product 1",
        priceCents: 100,
        categoryId: 1,
        description: "described",
        stock: 1_000,
        reviews: {
          count: 5,
          average: 3,
          latest: [5, 4, 3].map((n) => ({ author: `Ada ${n}`, rating: n, body: `body ${n}` })),
        },
      },
    });
    const first = Array.from({ length: 20 }, (_, i) => ({
      id: i + 1,
      name: `product ${i + 1}`,
      priceCents: 100 * (i + 1),
    }));
    expect(pages["/"]).toEqual({ status: 200, body: { bestSellers: first } });
    expect(pages["/search?q=product"]).toEqual({ status: 200, body: { query: "product", products: first } });
    expect(pages["/category/1"]).toEqual({ status: 200, body: { categoryId: 1, products: first } });
    expect(pages["/orders/1"]).toEqual({ status: 200, body: { orderId: "1", status: "confirmed", totalCents: 100 } });
    for (const path of ["/product/77", "/product/x", "/category/77", "/orders/77"]) {
      expect(pages[path]).toEqual({ status: 404, body: { code: "not-found" } });
    }
    expect(pages["/search?q=%25"]).toEqual({ status: 422, body: { code: "invalid" } });
  });

  test("count each logical read once, by who answered it", async () => {
    await using started = await startShop(stand.config(without("jitter", "warm-tier")));
    const { shop } = started;
    const reads = async () => {
      const text = (await shop.http.inject("/metrics")).body;
      return [...text.matchAll(/^shop_reads_total\{kind="(.*)",tier="(.*)"\} ([1-9]\d*)$/gm)].map(
        ([, kind, tier, n]) => `${kind} ${tier} ${n}`,
      );
    };
    expect(await reads()).toEqual(["best-sellers database 1", "product database 1"]);
    await ask(shop, "/product/1");
    await ask(shop, "/product/1");
    await ask(shop, "/cart");
    expect(await reads()).toEqual([
      "best-sellers database 1",
      "product hot 2",
      "product database 1",
      "reviews hot 1",
      "reviews database 1",
      "stock hot 1",
      "stock database 1",
      "cart carts 1",
    ]);
  });

  test("of the back office add up the whole history", async () => {
    await using started = await startShop(stand.config(without("warehouse")));
    const sales = await ask(started.shop, "/reports/sales");
    expect(sales.status).toBe(200);
    const revenue = await ask(started.shop, "/analytics/revenue");
    expect(revenue).toMatchObject({ status: 200, body: { rows: [{ region: "eu", orders: 3 }] } });
  });

  test("refuse a body that is no JSON", async () => {
    await using started = await startShop(stand.config(ALL));
    const response = await started.shop.http.inject({
      method: "POST",
      url: "/checkout",
      headers: { "content-type": "application/json" },
      payload: "{",
    });
    expect(response.statusCode).toBe(400);
    expect(started.log.problems).toEqual([]);
  });
});

describe("each protection can be left out alone", () => {
  test.each(ALL)("%s", async (name) => {
    // Nobody listens there: what is asked of the payment provider, or not, is another test's matter.
    const payment = { address: { host: "127.0.0.1", port: 1 }, token: "none" };
    await using started = await startShop(stand.config(without(name), (settings) => ({ ...settings, payment })));
    const { shop, log } = started;
    for (const path of ["/", "/search?q=product", "/category/1", "/product/2", "/cart", "/functionalz", "/metrics"]) {
      expect((await ask(shop, path)).status).toBe(200);
    }
    const body = { lines: [{ productId: 2, quantity: 1 }] };
    const { status } = await ask(shop, "/checkout", { body, key: `without-${name}` });
    expect(status).toBe(name === "queue" ? 504 : 201);
    expect(log.problems).toEqual([]);
  });
});

describe.each([
  { name: "in Redis", protections: ALL },
  { name: "in the database", protections: without("carts") },
])("carts $name", ({ protections }) => {
  test("add up, are bought once, and are empty afterwards", async () => {
    await using started = await startShop(stand.config(protections));
    const { shop } = started;
    const session = `eu-7-${protections.length}`;
    const add = (productId: number, quantity: number) =>
      ask(shop, "/cart/items", { body: { productId, quantity } }, session);
    await add(9, 1);
    await add(4, 2);
    const added = await add(9, 2);
    const lines = [
      { productId: 4, quantity: 2 },
      { productId: 9, quantity: 3 },
    ];
    expect(added.body).toEqual({ lines });
    expect((await ask(shop, "/cart", undefined, session)).body).toEqual({ lines });
    const key = `cart-${protections.length}`;
    const first = await ask(shop, "/checkout", { body: {}, key }, session);
    expect(first).toMatchObject({ status: 201, body: { totalCents: 3_500, status: "accepted" } });
    await until(async () => JSON.stringify((await ask(shop, "/cart", undefined, session)).body) === '{"lines":[]}');
    // The cart is empty now, and the resend is the same request all the same.
    const again = await ask(shop, "/checkout", { body: {}, key }, session);
    expect(again).toMatchObject({ status: 200, body: first.body });
    expect(await ask(shop, "/checkout", { body: {}, key: `${key}-2` }, session)).toMatchObject({ status: 422 });
  });
});
