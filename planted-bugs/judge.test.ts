import { expect, test } from "vitest";
import type { LeftResult } from "#proving/result.ts";
import { BUGS } from "#system/bugs.ts";
import { alarmsOf, judgeBug } from "./judge.ts";

const [bug] = BUGS;
const expected = [
  { count: 100, of: "orders" },
  { count: 0.2, of: "with two lines" },
];

function left(state: "held" | "broken" | "unknown", observed: string, planted?: string): LeftResult {
  return {
    verdict: state,
    sentence: "So it went.",
    objectives: [{ id: bug.caughtBy, group: "orders", state, observed, reason: "compared", samples: 90 }],
    topology: planted === undefined ? {} : { plantedBug: { name: planted, does: "is wrong" } },
  };
}

const healthy = left("held", "0 in 90 orders");
const ran = (result: LeftResult | undefined, exitCode = 1) => ({ exitCode, result, lastWords: "a defect" });
const found = left("broken", "18 in 90 orders", bug.name);

test("a bug is caught when its invariant is broken often enough, and held without it", () => {
  expect(judgeBug(bug, expected, ran(found), healthy)).toEqual({
    name: bug.name,
    isCaught: true,
    verdict: "broken",
    reason: `${bug.caughtBy} found 18 of some 20 expected: compared`,
  });
});

test.each([
  ["the invariant held", ran(left("held", "0 in 90 orders", bug.name), 0), "is held"],
  ["the invariant could not be judged", ran(left("unknown", "nothing compared", bug.name), 2), "is unknown"],
  ["it was found four times", ran(left("broken", "4 in 90 orders", bug.name)), "fewer than 5"],
  ["the run ended otherwise", ran(found, 70), "exit code 70"],
  ["the run left no result", ran(undefined, 69), "no result: a defect"],
  ["the shop had no bug", ran(left("broken", "18 in 90 orders")), "no bug"],
  ["the shop had another bug", ran(left("broken", "18 in 90 orders", "other")), "other"],
])("a bug is not caught when %s", (_, run, reason) => {
  const finding = judgeBug(bug, expected, run, healthy);
  expect(finding).toMatchObject({ isCaught: false, reason: expect.stringContaining(reason) });
});

test("a finding that the run without the bug has too, or could not look for, proves nothing", () => {
  for (const control of [left("broken", "18 in 90 orders"), left("unknown", "nothing compared"), undefined]) {
    const finding = judgeBug(bug, expected, ran(found), control);
    expect(finding).toMatchObject({ isCaught: false, reason: expect.stringContaining("proves nothing") });
  }
});

test("a run without a bug raises no alarm only when every invariant of the bugs held in it", () => {
  const bugs = [bug, { ...bug, name: "another" }];
  expect(alarmsOf(healthy, bugs)).toEqual([]);
  expect(alarmsOf(left("broken", "1 in 90 orders"), bugs)).toEqual([`${bug.caughtBy} is broken: compared`]);
  expect(alarmsOf({ ...healthy, objectives: [] }, bugs)).toEqual([`${bug.caughtBy} is not judged: no finding`]);
});
