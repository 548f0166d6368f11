import { expect, test } from "vitest";
import { smoothed, weightOf } from "./weight.ts";

const IDLE = { load: 0, eventLoopP99Ms: 0, openBreakers: 0 };

test("a replica that is at most half full has its full weight", () => {
  expect(weightOf(IDLE)).toBe(100);
  expect(weightOf({ ...IDLE, load: 0.5, eventLoopP99Ms: 100 })).toBe(100);
});

test("weight falls with load and with a late event loop, and never to nothing", () => {
  expect(weightOf({ ...IDLE, load: 0.75 })).toBe(50);
  expect(weightOf({ ...IDLE, eventLoopP99Ms: 150 })).toBe(50);
  expect(weightOf({ ...IDLE, load: 2 })).toBe(10);
});

test("a replica that lost a part asks for a quarter less", () => {
  expect(weightOf({ ...IDLE, openBreakers: 2 })).toBe(75);
});

test("the weight follows in steps and arrives", () => {
  let weight = 100;
  const seen: number[] = [];
  for (let i = 0; i < 12; i += 1) {
    weight = smoothed(weight, 10);
    seen.push(weight);
  }
  expect(seen[0]).toBe(70);
  expect(weight).toBe(10);
});
