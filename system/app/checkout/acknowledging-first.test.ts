import { expect, test } from "vitest";
import { acknowledgingFirst } from "./acknowledging-first.ts";
import type { OrderRequest, PlaceOrder } from "./order.ts";

const request: OrderRequest = {
  key: "key-1",
  hash: "h",
  session: "eu-1-s",
  region: "eu",
  lines: [
    { productId: 7, quantity: 2 },
    { productId: 9, quantity: 1 },
  ],
  coupon: undefined,
};

const product = (id: string): string => JSON.stringify({ id: Number(id), priceCents: Number(id) * 100 });
const failing: PlaceOrder = () => Promise.reject(new Error("the database is away"));
const waitedFor: PlaceOrder = async () => ({ outcome: "replayed", orderId: "1", body: "{}" });

test("a shop with the bug tells of an order that nobody has written, in the form of one that is there", async () => {
  const placed = await acknowledgingFirst(failing, product)(request);
  expect(placed.outcome).toBe("created");
  expect(JSON.parse(placed.body ?? "")).toEqual({
    orderId: placed.orderId,
    totalCents: 2_300,
    lines: [
      { productId: 7, quantity: 2, priceCents: 700 },
      { productId: 9, quantity: 1, priceCents: 900 },
    ],
    status: "accepted",
  });
});

test("a key has one number, whoever is asked", async () => {
  const numbers = await Promise.all(
    [1, 2].map(async () => (await acknowledgingFirst(failing, product)(request)).orderId),
  );
  expect(new Set(numbers)).toEqual(new Set(["816740275881"]));
});

test("what the database alone can know is waited for: a coupon's worth, and the cart of a resend", async () => {
  for (const change of [{ coupon: "TEN" }, { lines: [] }]) {
    expect(await acknowledgingFirst(waitedFor, product)({ ...request, ...change })).toMatchObject({
      outcome: "replayed",
    });
  }
});
