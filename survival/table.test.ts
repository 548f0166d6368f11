import { expect, test } from "vitest";
import type { Outcome } from "./ordeal.ts";
import { lineOf, neverDealt, tableOf } from "./table.ts";

function outcome(name: string, dealt: boolean): Outcome {
  return {
    blow: {
      name,
      moment: { kind: "random" },
      strike: { kind: "signal", to: "harness", signal: "SIGKILL" },
      ending: "killed",
    },
    seed: "s",
    dealt,
    struckAt: 80,
    phase: "report",
    goneAfter: 0,
    exit: 0,
    problems: [],
  };
}

test("a blow that came too late each time shows nothing, and one that was dealt once does", () => {
  const outcomes = [outcome("late", false), outcome("late", false), outcome("hit", false), outcome("hit", true)];
  expect(neverDealt(outcomes)).toEqual(["late"]);
  expect(lineOf(outcome("late", false))).toMatch(/missed$/);
  expect(tableOf(outcomes)).toMatch(/\| late +\| 2 +\| 0 /);
});
