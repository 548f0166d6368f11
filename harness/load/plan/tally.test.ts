import { expect, test } from "vitest";
import type { Timetable } from "./step.ts";
import { Tally } from "./tally.ts";

const USER: Timetable = {
  lane: "shoppers",
  arriveMs: 500,
  leaveMs: 2_500,
  steps: [
    { atMs: 500, region: "eu", visit: 0, retryAfterMs: 300, ask: { page: "home" } },
    { atMs: 1_700, region: "eu", visit: 0, retryAfterMs: 300, ask: { page: "home" } },
  ],
};

test("a tally knows what is planned for each second and what of it is still open", () => {
  const tally = new Tally(3_000);
  tally.add(USER);
  expect(tally.planned).toBe(2);
  expect(tally.second(0)).toEqual({ planned: 1, open: 1, users: 1 });
  expect(tally.second(2)).toEqual({ planned: 0, open: 0, users: 0 });
  const cell = { second: 1, lane: "shoppers", page: "home", region: "eu" } as const;
  expect(tally.account(cell)).toBe(true);
  expect(tally.accounted).toBe(1);
  expect(tally.open()).toEqual([{ ...cell, second: 0, count: 1 }]);
});

test("a tally counts the purchases whose key is to come back with another body, and plans no request for that", () => {
  const tally = new Tally(3_000);
  const lines = [{ productId: 9, quantity: 1 }];
  const buys = (submission: "once" | "clash") =>
    ({ ...USER.steps[0], ask: { page: "checkout", lines, submission } }) as Timetable["steps"][number];
  tally.add({ ...USER, lane: "buyers", steps: [buys("once"), buys("clash"), buys("clash")] });
  expect([tally.planned, tally.clashes]).toEqual([3, 2]);
});

test("a tally refuses what was not planned, or was planned once and came twice", () => {
  const tally = new Tally(3_000);
  tally.add(USER);
  const cell = { second: 1, lane: "shoppers", page: "home", region: "eu" } as const;
  expect(tally.account({ ...cell, page: "cart" })).toBe(false);
  expect(tally.account(cell)).toBe(true);
  expect(tally.account(cell)).toBe(false);
  expect(tally.accounted).toBe(1);
});
