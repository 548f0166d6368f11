import { expect, test } from "vitest";
import { KeysInHand } from "./keys-in-hand.ts";

const SECOND = { sentMs: 9_000, endedMs: 9_010 };

test("a key is kept while a retry of it can come, and forgotten afterwards", () => {
  const keys = new KeysInHand();
  keys.announced("k", 1, 100);
  keys.ended("k", 1, { sentMs: 101, endedMs: 8_101 }, true);
  keys.forget(8_101 + 1_000 + 8_000);
  expect(keys.hasTwin("k", 2, SECOND)).toBe(true);
  keys.forget(8_101 + 60_000);
  expect(keys.hasTwin("k", 2, SECOND)).toBe(false);
});

test("an attempt without an end is never forgotten", () => {
  const keys = new KeysInHand();
  keys.announced("k", 1, 100);
  keys.forget(1e9);
  expect(keys.underWay()).toMatchObject([{ key: "k", attempt: 1 }]);
  expect(keys.hasTwin("k", 2, SECOND)).toBe(true);
});

test("an attempt is no twin of itself, nor of another key", () => {
  const keys = new KeysInHand();
  keys.announced("k", 2, 8_999);
  expect(keys.hasTwin("k", 2, SECOND)).toBe(false);
  expect(keys.hasTwin("other", 1, SECOND)).toBe(false);
});
