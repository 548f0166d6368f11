import { expect, test } from "vitest";
import type { FaultEvent } from "#core/history.ts";
import { faultsChecker } from "./faults.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";

const after = (fault: readonly FaultEvent["state"][], also: Parameters<typeof inputOf>[1] = {}) =>
  faultsChecker.check(inputOf(scenarioWith([]), { fault, ...also }))[0];

test("a fault that was proven, stayed and was observed gone is held, with its dose", () => {
  expect(after(["planned", "injecting", "in-force", "healing", "healed"])).toMatchObject({
    id: "fault-cache-hangs",
    group: "faults",
    state: "held",
    target: "+2s a round trip",
    observed: "+2.003s on new connections",
    reason: expect.stringContaining("in force for 10.2s"),
    decidedAt: { fromMs: 47_100, toMs: 57_300 },
  });
});

test("not proven, gone too early, never healed or never heard of is unknown", () => {
  for (const states of [
    ["planned", "injecting", "unproven"],
    ["planned", "injecting", "in-force", "unproven", "healed"],
    ["planned", "injecting", "in-force", "healing", "not-healed"],
    ["planned", "injecting", "in-force"],
    ["planned", "injecting"],
    ["planned"],
    ["gap"],
    [],
  ] as const) {
    expect(after(states), states.join()).toMatchObject({ state: "unknown" });
  }
});

test("one without a beginning, without a reading, without a look at its end, or cut short is unknown", () => {
  for (const states of [
    ["planned", "in-force", "healing", "healed"],
    ["planned", "injecting", "in-force", "healed"],
  ] as const) {
    expect(after(states), states.join()).toMatchObject({ state: "unknown" });
  }
  const course = inputOf(scenarioWith([]));
  const changed = (state: FaultEvent["state"], change: object) =>
    faultsChecker.check({
      ...course,
      records: course.records.map((record) =>
        record.kind === "fault" && record.state === state ? { ...record, ...change } : record,
      ),
    });
  expect(changed("in-force", { readings: [] })).toMatchObject([{ state: "unknown" }]);
  expect(changed("healing", { at: 50_000 })).toMatchObject([
    { state: "unknown", reason: "it was in force for 2.9s of the 10s that were planned" },
  ]);
});

test("a fault that was proven while nobody was there has tried nothing", () => {
  const isDuring = (second: number): boolean => second >= 41 && second <= 53;
  const deserted = (few: number) =>
    after(["planned", "injecting", "in-force", "healing", "healed"], {
      attempts: (second, lane) => (isDuring(second) && lane !== "bots" ? [["ok", 10, few]] : undefined),
    });
  // Two pages of shoppers and a lane of buyers, of which the second page always has one.
  expect(deserted(1)).toMatchObject({ state: "held" });
  const unsent = after(["planned", "injecting", "in-force", "healing", "healed"], {
    attempts: (second, lane) => (isDuring(second) && lane !== "bots" ? [["unsent", 8_000, 100]] : undefined),
  });
  expect(unsent).toMatchObject({
    state: "unknown",
    reason: "it was in force and nobody was there: 10 attempts meanwhile, and fewer than 29 may all have missed it",
  });
  const behind = after(["planned", "injecting", "in-force", "healing", "healed"], {
    without: (event) => event.kind === "load.batch" && event.second > 40 && event.second < 60,
  });
  expect(behind).toMatchObject({ state: "unknown", reason: expect.stringContaining("nobody was there: 0 attempts") });
});

test("what this system lacks stays out, and a sick shop gets no faults", () => {
  expect(after(["not-applicable"])).toMatchObject({ state: "not-applicable", observed: "not injected" });
  // Skipped without a sick shop: nobody knows what the fault would have done.
  expect(after(["planned", "skipped"])).toMatchObject({ state: "unknown" });
  const sick = { kind: "run", state: "not-steady", detail: "" } as const;
  expect(after(["planned", "skipped"], { also: [{ atMs: 32_000, event: sick }] })).toMatchObject({
    state: "not-judged",
  });
  expect(after(["planned"], { also: [{ atMs: 32_000, event: sick }] })).toMatchObject({ state: "not-judged" });
});
