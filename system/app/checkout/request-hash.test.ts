import { expect, test } from "vitest";
import { requestHash } from "./request-hash.ts";

const lamp = { productId: 7, quantity: 1 };
const chair = { productId: 12, quantity: 2 };

test("lines in another order are the same request", () => {
  expect(requestHash({ lines: [lamp, chair] })).toBe(requestHash({ lines: [chair, lamp] }));
});

test("a product named twice counts as the sum", () => {
  expect(requestHash({ lines: [chair] })).toBe(
    requestHash({
      lines: [
        { productId: 12, quantity: 1 },
        { productId: 12, quantity: 1 },
      ],
    }),
  );
});

test("another quantity, product, session or coupon is another request", () => {
  const hashes = [
    requestHash({ lines: [lamp] }),
    requestHash({ lines: [{ ...lamp, quantity: 2 }] }),
    requestHash({ lines: [chair] }),
    requestHash({ cartOf: "eu-1-a" }),
    requestHash({ cartOf: "eu-2-a" }),
    requestHash({ cartOf: "eu-2-a" }, "EARLYBIRD"),
    requestHash({ lines: [lamp] }, "EARLYBIRD"),
    requestHash({ lines: [lamp] }, "OTHER"),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
});
