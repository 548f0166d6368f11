import { expect, test } from "vitest";
import { answerDelayMs } from "./delay.ts";

test("answer times have the median and the 99th percentile of the brief", () => {
  const delays = Array.from({ length: 40_000 }, (_, i) => answerDelayMs("seed", `order-${i}`)).sort((a, b) => a - b);
  const median = delays[20_000] ?? 0;
  const p99 = delays[39_600] ?? 0;
  expect(median).toBeGreaterThan(295);
  expect(median).toBeLessThan(305);
  expect(p99).toBeGreaterThan(1_140);
  expect(p99).toBeLessThan(1_260);
  expect(delays.at(-1)).toBeLessThan(3_300);
});

test("the answer time is a function of seed and order", () => {
  expect(answerDelayMs("a", "order-1")).toBe(answerDelayMs("a", "order-1"));
  expect(answerDelayMs("a", "order-1")).not.toBe(answerDelayMs("b", "order-1"));
  expect(answerDelayMs("a", "order-1")).not.toBe(answerDelayMs("a", "order-2"));
});

test("the same purchase waits the same time in both arms of a pair", () => {
  expect(answerDelayMs("a", "20261127T080000-1f2e3d4c-u17-5")).toBe(
    answerDelayMs("a", "20261127T093000-5a6b7c8d-u17-5"),
  );
  expect(answerDelayMs("a", "20261127T080000-1f2e3d4c-u17-5")).not.toBe(
    answerDelayMs("a", "20261127T080000-1f2e3d4c-u17-6"),
  );
});
