import { expect, test } from "vitest";
import type { Objective, Scenario } from "#core/scenario.ts";
import { recoveryChecker } from "./recovery.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

const objective: Objective = { kind: "recovery", subject: "all", withinMs: 10_000 };

function judged(story: Story, change: Partial<Scenario> = {}) {
  return recoveryChecker.check(inputOf(scenarioWith([objective], change), story));
}

/** Slow from the act at second 40 until before this second; healed at 52.3. */
const slowUntil = (end: number): Story => ({
  attempts: (second, lane) => (lane === "shoppers" && second >= 40 && second < end ? [["ok", 700, 100]] : undefined),
});

test("a shop that coped with the fault had recovered before it was healed", () => {
  expect(judged({})).toMatchObject([
    { id: "recovery-all-cache-hangs", group: "faults", state: "held", observed: "before healing", scale: { value: 0 } },
  ]);
});

test("recovery counts from the healing to the first of five steady seconds", () => {
  expect(judged(slowUntil(58))).toMatchObject([{ state: "held", observed: "5.7s", scale: { value: 5.7, target: 10 } }]);
});

test("one slow second among good ones starts the count again", () => {
  const [result] = judged({
    attempts: (second, lane) =>
      lane === "shoppers" && ((second >= 40 && second < 54) || second === 57) ? [["ok", 700, 100]] : undefined,
  });
  expect(result).toMatchObject({ state: "held", observed: "5.7s" });
});

test("later than the limit, or never, is broken", () => {
  expect(judged(slowUntil(70))).toMatchObject([{ state: "broken", observed: "17.7s" }]);
  expect(judged(slowUntil(1_000))).toMatchObject([{ state: "broken", observed: "never" }]);
});

test("errors keep a shop from having recovered as slowness does", () => {
  const [result] = judged({
    attempts: (second, lane) =>
      lane === "shoppers" && second >= 40 && second < 60
        ? [
            ["ok", 10, 90],
            ["error", 8_000, 10],
          ]
        : undefined,
  });
  expect(result).toMatchObject({ state: "held", observed: "7.7s" });
});

test("a single slow attempt in a second of a hundred is no relapse", () => {
  const [result] = judged({
    attempts: (second, lane) =>
      lane === "shoppers" && second === 50
        ? [
            ["ok", 10, 99],
            ["ok", 900, 1],
          ]
        : undefined,
  });
  expect(result).toMatchObject({ state: "held", observed: "before healing" });
});

test("where the load ends too early to tell, nobody knows; only a quick run's plan may leave too little time", () => {
  const short = { ...scenarioWith([objective]).load };
  const phases = short.phases.map((phase) => (phase.name === "peak" ? { ...phase, forMs: 25_000 } : phase));
  const lacking = "samples";
  expect(judged(slowUntil(1_000), { load: { ...short, phases } })).toMatchObject([{ state: "unknown", lacking }]);
  expect(judged(slowUntil(1_000), { load: { ...short, phases, pace: "quick" } })).toMatchObject([
    { state: "not-judged", lacking },
  ]);
  // Planned long enough, but nothing came after second 56.
  const [cut] = judged({
    ...slowUntil(1_000),
    without: (event) => event.kind === "load.batch" && event.second > 56,
  });
  expect(cut).toMatchObject({ state: "unknown", observed: "not yet" });
});

test("a second without attempts is no good second", () => {
  const [result] = judged({
    ...slowUntil(54),
    without: (event) => event.kind === "load.batch" && event.second >= 55 && event.second < 60,
  });
  expect(result).toMatchObject({ state: "held", observed: "7.7s" });
});

test("without a fault that was proven and healed there is nothing to recover from", () => {
  for (const fault of [["planned", "injecting", "unproven"], ["skipped"], []] as const) {
    expect(judged({ fault })).toMatchObject([{ state: "not-judged" }]);
  }
  expect(judged({}, { timeline: [] })).toMatchObject([{ state: "not-judged" }]);
});

test("another fault that begins before the first can be judged makes its recovery undecidable", () => {
  const second = { ...hang, id: "second", afterMs: 45_000 };
  const also = (["injecting", "in-force"] as const).map((state, index) => ({
    atMs: 56_000 + index,
    event: { kind: "fault", id: "second", fault: "latency", state, title: "another", detail: "" } as const,
  }));
  const [result] = judged({ ...slowUntil(75), also }, { timeline: [hang, second] });
  expect(result).toMatchObject({ state: "unknown", reason: expect.stringContaining("second was in force") });
});

test("a handful of attempts, of which one is always forgiven, is no steady state", () => {
  // Three a second: one that fails each second would be forgiven, so a third of all.
  const few: Story = {
    attempts: (second, lane) =>
      lane === "shoppers" && second >= 35
        ? [
            ["ok", 10, 1],
            ["error", 8_000, second % 5 === 0 ? 1 : 0],
          ]
        : undefined,
  };
  const lacking = { lacking: "samples", samples: 10, reason: expect.stringContaining("it takes 75") } as const;
  expect(judged(few)).toMatchObject([{ state: "unknown", ...lacking, samples: 11 }]);
  const { load } = scenarioWith([objective]);
  expect(judged(few, { load: { ...load, pace: "quick" } })).toMatchObject([{ state: "not-judged" }]);
  // Enough of them later do not make up for the five seconds that looked steady.
  const late: Story = {
    attempts: (second, lane) =>
      lane !== "shoppers" || second < 40 ? undefined : [["ok", second < 53 ? 700 : 10, second < 62 ? 14 : 100]],
  };
  expect(judged(late)).toMatchObject([{ state: "held" }]);
  const later: Story = {
    attempts: (second, lane) =>
      lane !== "shoppers" || second < 40 ? undefined : [["ok", second < 53 ? 700 : 10, second < 62 ? 13 : 100]],
  };
  expect(judged(later)).toMatchObject([{ state: "unknown", lacking: "samples", samples: 70 }]);
});

test("a shop that answers hardly anybody has not recovered, however few came", () => {
  // Two a second from the fault on, and both fail.
  const failing = (until: number): Story => ({
    attempts: (second, lane) =>
      lane === "shoppers" && second >= 40
        ? [[second < until ? "error" : "ok", second < until ? 8_000 : 10, 1]]
        : undefined,
  });
  expect(judged(failing(90))).toMatchObject([{ state: "broken", observed: "not in time" }]);
  const { load } = scenarioWith([objective]);
  const quick = { load: { ...load, pace: "quick" as const } };
  expect(judged(failing(90), quick)).toMatchObject([{ state: "broken" }]);
  // Well again in time, as far as so few can tell.
  expect(judged(failing(58), quick)).toMatchObject([{ state: "not-judged", lacking: "samples" }]);
  expect(judged(failing(58))).toMatchObject([{ state: "unknown", lacking: "samples" }]);
});

test("a scenario that says nowhere what is steady cannot be judged", () => {
  expect(judged({}, { steady: [] })).toMatchObject([{ state: "unknown" }]);
});

test("who had coped before the healing, and is hurt by it, recovers from the healing on", () => {
  const hurt = (end: number): Story => ({
    attempts: (second, lane) => (lane === "shoppers" && second >= 54 && second < end ? [["ok", 700, 100]] : undefined),
  });
  expect(judged(hurt(58))).toMatchObject([{ state: "held", observed: "5.7s" }]);
  expect(judged(hurt(80))).toMatchObject([{ state: "broken", observed: "27.7s" }]);
});
