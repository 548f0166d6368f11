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
