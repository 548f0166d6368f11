import { expect, test } from "vitest";
import { DECLINED_SHARE, isDeclined } from "./decline.ts";

const keys = Array.from({ length: 40_000 }, (_, i) => `run-b-${i}`);

test("a tenth of the cards is declined", () => {
  const declined = keys.filter((key) => isDeclined("seed", key, DECLINED_SHARE)).length;
  expect(declined / keys.length).toBeGreaterThan(0.095);
  expect(declined / keys.length).toBeLessThan(0.105);
});

test("the same purchase is declined in both arms of a pair, and another seed declines others", () => {
  const names = (seed: string, run: string): string =>
    keys
      .slice(0, 500)
      .filter((key) => isDeclined(seed, key.replace("run", run), DECLINED_SHARE))
      .join();
  expect(names("a", "20261127T080000-1f2e3d4c")).toBe(names("a", "20261127T093000-5a6b7c8d"));
  expect(names("a", "run")).not.toBe(names("b", "run"));
});

test("a share of nothing declines nobody, one of everything everybody", () => {
  expect(keys.some((key) => isDeclined("seed", key, 0))).toBe(false);
  expect(keys.every((key) => isDeclined("seed", key, 1))).toBe(true);
});
