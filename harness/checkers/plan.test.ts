import { expect, test } from "vitest";
import type { Objective, Scenario } from "#core/scenario.ts";
import { plannedSamples, refusals } from "./plan.ts";
import { hang, scenarioWith } from "./testing/history.ts";

const availability = (atLeast: number, subject: "all" | "buyers" | "checkout", window: "whole" | "during-faults") =>
  ({ kind: "availability", subject, atLeast, window }) as const satisfies Objective;

test("what each objective will have to go by is told from the plan alone", () => {
  const scenario = scenarioWith([
    availability(0.99, "buyers", "during-faults"),
    availability(0.99, "all", "whole"),
    { kind: "recovery", subject: "all", withinMs: 10_000 },
    { kind: "sometimes", property: "the surge reached its peak" },
  ]);
  const rows = plannedSamples(scenario);
  expect(rows).toHaveLength(5);
  // Ten users for ten seconds, then up to a thousand and stay, a page every seven seconds each.
  const shoppers = Math.floor((10 * 10 + 20 * 505 + 60 * 1_000) / 7);
  expect(rows[3]).toMatchObject({
    title: "availability of all pages >= 99%",
    samples: shoppers,
    minimum: 299,
    enough: true,
  });
  expect(rows[2]).toMatchObject({ samples: 200, minimum: 299, enough: false, window: "during faults" });
  // Forty to the end, less three for the proofs.
  expect(rows[4]).toMatchObject({ samples: 37, minimum: 15, enough: true });
});

test("what is judged fault by fault is planned so, and refused only where no fault leaves enough", () => {
  const short = { ...hang, id: "short", afterMs: 40_000, forMs: 1_000 };
  const objective = availability(0.99, "all", "during-faults");
  const scenario = scenarioWith([objective], { timeline: [hang, short] });
  // A thousand users, a page every seven seconds each, for ten seconds and for one.
  expect(plannedSamples(scenario).slice(2)).toMatchObject([
    { window: "during cache-hangs", samples: 1_428, minimum: 299, enough: true },
    // The short one is judged with the other.
    { window: "during faults", samples: 1_571, minimum: 299, enough: true },
  ]);
  expect(refusals(scenario)).toEqual([]);
  const none = scenarioWith([objective], { timeline: [short] });
  expect(plannedSamples(none).slice(2)).toMatchObject([{ window: "during faults", samples: 142, enough: false }]);
  expect(refusals(none)).toMatchObject([expect.stringContaining("(during faults)")]);
});

test("an objective that its window can never decide is refused with the number", () => {
  expect(refusals(scenarioWith([availability(0.99, "all", "whole")]))).toEqual([]);
  const [refusal, ...others] = refusals(scenarioWith([availability(0.999, "checkout", "whole")]));
  expect(others).toEqual([]);
  expect(refusal).toMatch(/availability of page checkout >= 99.9% \(whole run\).* about 80 attempts.* takes 2,995/);
});

test("more draws take more samples, and the gate the same", () => {
  const scenario = scenarioWith([availability(0.99, "buyers", "during-faults"), availability(0.99, "all", "whole")], {
    timeline: [{ ...hang, forMs: 20_000 }],
  });
  expect(refusals(scenario)).toEqual([]);
  expect(refusals(scenario, 2)).toEqual([]);
  expect(refusals(scenario, 10)).toMatchObject([
    expect.stringMatching(/buyers' lane.* about 400 attempts.* takes 528/),
  ]);
  expect(plannedSamples(scenario, 10).map(({ minimum }) => minimum)).toEqual([299, 299, 528, 528]);
});

test("a percentile of a few seconds can never be told, but a gate goes by what is observed", () => {
  const p99: Objective = { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "during-faults" };
  const scenario = scenarioWith([p99], { timeline: [{ ...hang, forMs: 5_000 }] });
  expect(refusals(scenario)).toMatchObject([expect.stringMatching(/p99 of all pages.* about 5 seconds.* takes 8/)]);
  const { load } = scenario;
  const phases = load.phases.map((phase) => (phase.name === "plateau" ? { ...phase, forMs: 6_000 } : phase));
  expect(refusals(scenarioWith([{ ...p99, window: "whole" }], { load: { ...load, phases } }))).toEqual([]);
});

test("a gate that could never open and a scenario that judges no load are refused", () => {
  const tight: Scenario = scenarioWith([availability(0.99, "all", "whole")], {
    steady: [{ kind: "availability", subject: "all", atLeast: 0.999, window: { phase: "normal" } }],
  });
  expect(refusals(tight)[0]).toMatch(/steady state/);
  expect(refusals(scenarioWith([{ kind: "recovery", subject: "all", withinMs: 1 }]))[0]).toMatch(/neither latency nor/);
});

test("caches are judged by a minute at least, and a scenario that leaves them less is refused", () => {
  const avoided = (phase: string) => ({ kind: "reads-avoided", atLeast: 0.87, window: { phase } }) as const;
  const page = availability(0.99, "all", "whole");
  expect(refusals(scenarioWith([page, avoided("peak")]))).toEqual([]);
  expect(refusals(scenarioWith([page, avoided("plateau")]))).toMatchObject([
    expect.stringMatching(/reads avoided >= 87% \(phase plateau\).* about 20 seconds.* takes 60/),
  ]);
});

test("a quick run is for trying out: what it cannot decide is left unjudged instead of refused", () => {
  const scenario = scenarioWith([availability(0.99, "all", "whole"), availability(0.999, "checkout", "whole")]);
  expect(refusals(scenario)).toHaveLength(1);
  expect(refusals({ ...scenario, load: { ...scenario.load, pace: "quick" } })).toEqual([]);
});

test("a recovery for which too little calm, or too few attempts, are left is refused, and left in a quick run", () => {
  const page = availability(0.99, "all", "whole");
  const recovery = (subject: "all" | "checkout" | "buyers"): Objective => ({
    kind: "recovery",
    subject,
    withinMs: 10_000,
  });
  expect(refusals(scenarioWith([page, recovery("all"), recovery("buyers")]))).toEqual([]);
  // A thousand users open 1.1 checkouts a second.
  const few = scenarioWith([page, recovery("checkout")]);
  expect(refusals(few)).toMatchObject([
    expect.stringMatching(/recovery of page checkout within 10s .*5 seconds.* about 5 attempts, and it takes 75/),
  ]);
  expect(refusals({ ...few, load: { ...few.load, pace: "quick" } })).toEqual([]);
  const late = scenarioWith([page, recovery("all")], { timeline: [{ ...hang, afterMs: 35_000 }] });
  expect(refusals(late)).toMatchObject([
    expect.stringMatching(/recovery of all pages within 10s .* about 12 seconds, and it takes 15/),
  ]);
  expect(refusals({ ...late, timeline: [] })).toEqual([]);
});
