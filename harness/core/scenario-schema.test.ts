import { expect, test } from "vitest";
import { z } from "zod";
import type { Fault } from "./fault.ts";
import type { Objective, Scenario } from "./scenario.ts";
import { scenarioProblems, scenarioSchema } from "./scenario-schema.ts";

const vocabulary = {
  fault: z.custom<Fault>(),
  protections: ["queue"],
  invariants: ["no-order-lost", "money-conserved"],
  sometimes: ["a card was declined"],
};
const schema = scenarioSchema(vocabulary);

function small(expected: readonly Objective[]): Scenario {
  return {
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
}

function problemsOf(...expected: readonly Objective[]): readonly string[] {
  const parsed = schema.safeParse(small(expected));
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

test("a condition that nobody can look for is refused with everything else, and the nearest is offered", () => {
  expect(problemsOf({ kind: "sometimes", property: "a card was declined" })).toEqual([]);
  expect(
    problemsOf({ kind: "sometimes", property: "a card was decline" }, { kind: "invariant", name: "no-order-lots" }),
  ).toEqual([
    'expect.0.property: no condition "a card was decline": known are a card was declined, did you mean "a card was declined"?',
    'expect.1.name: no invariant "no-order-lots": known are no-order-lost, money-conserved, did you mean "no-order-lost"?',
  ]);
});

test("a gate that asks for what it cannot judge, or in a phase that there is not, is refused", () => {
  expect(told(LATE, [["steady", 0], { kind: "invariant", name: "no-order-lost" }])).toEqual([
    'steady.0.kind: the gate is judged by latency and availability alone; "invariant" belongs into expect',
  ]);
  expect(told(LATE, [["steady", 0, "window"], { phase: "plateua" }])).toEqual([
    'steady.0.window.phase: no phase "plateua": the phases are peak, late',
  ]);
});

/** What a person is told of a scenario that was changed at these places. */
function told(...changes: readonly (readonly [readonly (string | number)[], unknown])[]): readonly string[] {
  const scenario: unknown = structuredClone({
    ...small([{ kind: "invariant", name: "no-order-lost" }]),
    timeline: [entryAt("a-first", 0, { kind: "kill", node: { role: "app" } })],
  });
  for (const [path, value] of changes) {
    let holder = scenario as Record<string | number, unknown>;
    for (const name of path.slice(0, -1)) holder = holder[name] as Record<string | number, unknown>;
    holder[path.at(-1) ?? ""] = value;
  }
  const parsed = schema.safeParse(scenario);
  return parsed.success ? [] : scenarioProblems(parsed.error, scenario, vocabulary);
}

function entryAt(id: string, afterMs: number, fault: unknown): unknown {
  return { id, phase: "late", afterMs, forMs: 10_000, fault, reason: "to see" };
}

const LATE = [["load", "phases", 1], { name: "late", forMs: 60_000, users: 5 }] as const;

test("all problems are told at once, each with its place, what was found, and what was probably meant", () => {
  expect(
    told(
      [["titel"], "x"],
      [["title"], "x".repeat(400)],
      [["question"], undefined],
      [["system", "name"], "scald"],
      [["load", "scale"], Number.NaN],
      [["load", "buyersPerSecond"], 1e9],
      [["load", "phases", 0, "users"], Number.POSITIVE_INFINITY],
      [["load", "phases", 0, "forMs"], "5 minutes"],
      [["expect", 0, "kind"], "invariants"],
      [["steady", 0, "atLeast"], 101],
      [["steady", 0, "window"], "during"],
    ),
  ).toEqual([
    `title: it has to be <=300 characters, not "${"x".repeat(59)}…"`,
    "question: it is missing",
    'system.name: "scald" is none of scaled, monolith, did you mean "scaled"?',
    "load.scale: it has to be a number, not NaN",
    'load.phases.0.forMs: it has to be a number, not "5 minutes"',
    "load.phases.0.users: it has to be a number, not Infinity",
    "load.buyersPerSecond: it has to be <=1000, not 1000000000",
    "steady.0.atLeast: it has to be <=1, not 101",
    'steady.0.window: a window is whole, outside-faults, during-faults or { phase: <name> }, not "during"',
    'expect.0.kind: "invariants" is none of latency, availability, recovery, reads-avoided, invariant, sometimes, did you mean "invariant"?',
    '(whole): there is no field "titel" here, did you mean "title"?',
  ]);
});

test("how the parts fit is told too: phases twice, faults outside their phase, two on one part at once", () => {
  const kill = { kind: "kill", node: { role: "app" } };
  expect(told(LATE)).toEqual([]);
  expect(told(LATE, [["timeline", 1], entryAt("b-second", 12_000, kill)])).toEqual([]);
  expect(told(LATE, [["timeline", 1], entryAt("b-second", 9_000, kill)])).toEqual([
    'timeline.1: it is on the same part as "a-first" at the same time: one of them after the other',
  ]);
  expect(told(LATE, [["timeline", 1], entryAt("a-first", 55_000, kill)])).toEqual([
    'timeline.1.forMs: the fault does not end within its phase "late"',
    'timeline.1.id: the id "a-first" is used twice',
  ]);
  expect(told(LATE, [["load", "phases", 2], { name: "late", forMs: 1, users: 1 }])).toEqual([
    'load.phases.2.name: the name "late" is used twice',
  ]);
});

test("faults on one part are found however they name it", () => {
  const kill = (node: object) => ({ kind: "kill", node });
  const slow = (link: object) => ({ kind: "latency", link, addedMs: 100 });
  const both = (first: unknown, second: unknown) =>
    told(LATE, [["timeline", 0], entryAt("a-first", 0, first)], [["timeline", 1], entryAt("b-second", 5_000, second)]);
  const same = ['timeline.1: it is on the same part as "a-first" at the same time: one of them after the other'];
  expect(both(kill({ role: "app", region: "eu" }), kill({ region: "eu", role: "app" }))).toEqual(same);
  expect(both(kill({ role: "app", region: "eu" }), kill({ role: "app", index: 2 }))).toEqual(same);
  expect(both(slow({ from: "app", to: "cache" }), slow({ to: "cache", region: "us", from: "app" }))).toEqual(same);
  expect(both(kill({ role: "app", region: "eu" }), kill({ role: "app", region: "us" }))).toEqual([]);
  expect(both(slow({ from: "app", to: "cache" }), kill({ role: "app" }))).toEqual([]);
});

test("phases that are short enough one by one are too long together", () => {
  const long = (name: string) => ({ name, forMs: 13_000_000, users: 5 });
  expect(told([["load", "phases", 1], long("late")], [["load", "phases", 2], long("later")])).toEqual([
    expect.stringMatching(/^load.phases: they last .* together: a load lasts .* at most$/),
  ]);
});

test("a thousand mistakes are told as fifty and a number, a megabyte as a line", () => {
  const problems = told([["expect"], Array.from({ length: 900 }, () => ({ kind: "x".repeat(100_000) }))]);
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toBe("and 850 more problems");
  expect(Math.max(...problems.map((problem) => problem.length))).toBeLessThan(300);
});

test("only a load that is over in a minute may call itself quick, and leave unjudged what it has too little of", () => {
  const scenario = small([{ kind: "availability", subject: "all", atLeast: 0.99, window: "whole" }]);
  const lasting = (forMs: number, pace: Scenario["load"]["pace"]) => {
    const load = { ...scenario.load, pace, phases: [{ name: "peak", forMs, users: 500_000 }] };
    const parsed = schema.safeParse({ ...scenario, load });
    return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  };
  expect(lasting(60_000, "quick")).toEqual([]);
  expect(lasting(60_001, "quick")).toEqual([
    expect.stringMatching(
      /^load\.pace: a quick load lasts 1m 00s at most, because .* these phases last 1m 00s together/,
    ),
  ]);
  expect(lasting(240_000, "quick")).toEqual([expect.stringContaining("these phases last 4m 00s together")]);
  for (const pace of ["compressed", "full"] as const) expect(lasting(240_000, pace)).toEqual([]);
});
