import { expect, test } from "vitest";
import { randomStream } from "#core/random.ts";
import { dueOf } from "./due.ts";
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
  // What was not dealt fell into no phase.
  expect(tableOf(outcomes)).toMatch(/\| hit +\| 2 +\| 1 +\| report 1 /);
});

test("a row of random blows takes the phases in turn, at other moments for another seed", () => {
  const due = (seed: string) =>
    Array.from({ length: 7 }, (_, number) =>
      dueOf({ kind: "random" }, number, randomStream(`${seed}-${number}`, "moment")),
    );
  const phases = due("a").map(({ phase }) => phase);
  expect(new Set(phases)).toEqual(new Set(["start", "steady", "inject", "fault", "heal", "drain", "report"]));
  expect(due("a")).toEqual(due("a"));
  expect(due("b").map(({ phase }) => phase)).toEqual(phases);
  expect(due("b").map(({ afterMs }) => afterMs)).not.toEqual(due("a").map(({ afterMs }) => afterMs));
  const times = Array.from({ length: 50 }, (_, i) => dueOf({ kind: "random" }, 1, randomStream(`${i}`, "moment")).time);
  expect(new Set(times)).toEqual(new Set([1, 2, 3]));
});
