import { expect, test } from "vitest";
import type { LeftResult } from "./result.ts";
import { rowLine, rowOf, summaryLines, summaryOf } from "./series.ts";

type Objective = LeftResult["objectives"][number];

const compared: Objective = {
  id: "no-order-lost",
  group: "orders",
  state: "held",
  observed: "0 in 900 acknowledged orders",
  reason: "",
  samples: 900,
};

function left(verdict: LeftResult["verdict"], objectives: readonly Objective[]): LeftResult {
  return { verdict, sentence: `it is ${verdict}`, objectives };
}

const held = rowOf("s-1", 0, left("held", [compared]), "");
const unknown = rowOf("s-2", 2, left("unknown", [compared, { ...compared, id: "x", state: "unknown" }]), "");
const broken = rowOf("s-3", 1, left("broken", [{ ...compared, state: "broken" }]), "");
const leaking = rowOf("s-6", 70, left("held", [compared]), "");
const none = rowOf("s-4", 70, undefined, "it went wrong");

test("a series is clean when nothing is broken and no more is unknown than is allowed", () => {
  expect(summaryOf([held, held], 0)).toMatchObject({ held: 2, orders: 1_800, violations: 0, isClean: true });
  expect(summaryOf([held, unknown], 0).isClean).toBe(false);
  expect(summaryOf([held, unknown], 1).isClean).toBe(true);
  expect(summaryOf([held, broken], 9)).toMatchObject({ broken: 1, violations: 1, isClean: false });
});

test("a run without a result is unknown, and a series without a run proves nothing", () => {
  expect(summaryOf([none], 0)).toMatchObject({ unknown: 1, isClean: false });
  expect(rowLine(none)).toContain("it went wrong");
  expect(summaryOf([], 30).isClean).toBe(false);
});

test("a violation counts also in a run that is unknown for another reason", () => {
  const both = rowOf("s-5", 2, left("unknown", [{ ...compared, state: "broken" }]), "");
  expect(summaryOf([both], 1)).toMatchObject({ unknown: 1, violations: 1, isClean: false });
});

test("the summary names every run that was not held, with its reason", () => {
  const text = summaryLines([held, unknown, none], summaryOf([held, unknown, none], 1)).join("\n");
  expect(text).toContain("3 runs: 1 held, 0 broken, 2 unknown");
  expect(text).toContain("unknown, exit code 2, s-2: it is unknown");
  expect(text).toContain("none, exit code 70, s-4: no result");
  expect(text).toContain("1,800 acknowledged orders");
});

test("a run that was held and left something behind is not clean", () => {
  const summary = summaryOf([held, leaking], 1);
  expect(summary).toMatchObject({ held: 2, unclean: 1, isClean: false });
  expect(rowLine(leaking)).toContain("exit code 70");
  expect(summaryLines([held, leaking], summary).join("\n")).toContain("held, exit code 70, s-6");
});
