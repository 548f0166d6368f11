import { expect, test } from "vitest";
import { judge } from "#harness/checkers/index.ts";
import { inputOf, scenarioWith } from "#harness/checkers/testing/history.ts";
import { TRAPS } from "./catalogue.ts";
import { judgeTrap } from "./judge.ts";
import { judgeChanged } from "./tamper.ts";

const clean = inputOf(
  scenarioWith([{ kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "whole" }]),
);

/** This history is of a load alone: traps that take its books away need those of a real run. */
const NEED_BOOKS = ["final-reads-missing", "orders-missing"];

test("every change catches its trap in a history that holds without it", () => {
  const control = judge(clean, []);
  expect(control.verdict).toBe("held");
  const { verdict, sentence, results: objectives } = control;
  let sprung = 0;
  for (const trap of TRAPS) {
    if (trap.sabotage.kind !== "history" || NEED_BOOKS.includes(trap.sabotage.change)) continue;
    const outcome = judgeChanged(clean, trap.sabotage.change);
    expect(judgeTrap(trap, outcome, { verdict, sentence, objectives }), trap.name).toMatchObject({ isCaught: true });
    sprung += 1;
  }
  expect(sprung).toBe(6);
});

test("names of traps are kebab-case and nobody's twice, and what they expect can be read", () => {
  const names = TRAPS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, expects } of TRAPS) {
    expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(() => new RegExp(expects.says)).not.toThrow();
  }
});
