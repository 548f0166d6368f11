import { expect, test } from "vitest";
import { z } from "zod";
import type { Fault } from "./fault.ts";
import type { Objective, Scenario } from "./scenario.ts";
import { scenarioSchema } from "./scenario-schema.ts";

const schema = scenarioSchema({
  fault: z.custom<Fault>(),
  protections: ["queue"],
  invariants: ["no-order-lost", "money-conserved"],
});

function problemsOf(...expected: readonly Objective[]): readonly string[] {
  const scenario: Scenario = {
    title: "A small surge",
    question: "Does it hold?",
    background: "It may not.",
    system: { name: "scaled", without: [] },
    load: {
      kind: "black-friday",
      scale: 500,
      pace: "compressed",
      startUsers: 5_000,
      phases: [{ name: "peak", forMs: 60_000, users: 500_000 }],
      buyersPerSecond: 20,
      steadyPhase: "peak",
      peakPhase: "peak",
    },
    steady: [{ kind: "availability", subject: "all", atLeast: 0.99, window: "whole" }],
    timeline: [],
    expect: expected,
  };
  const parsed = schema.safeParse(scenario);
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

test("an invariant is known by its whole name, and the nearest is offered for one that is not", () => {
  expect(
    problemsOf({ kind: "invariant", name: "no-order-lost" }, { kind: "invariant", name: "money-conserved" }),
  ).toEqual([]);
  const known = "known are no-order-lost, money-conserved";
  expect(problemsOf({ kind: "invariant", name: "no-order" }, { kind: "invariant", name: "money-conserve" })).toEqual([
    `expect.0.name: no invariant "no-order": ${known}`,
    `expect.1.name: no invariant "money-conserve": ${known}, did you mean "money-conserved"?`,
  ]);
});
