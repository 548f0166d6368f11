import { expect, test } from "vitest";
import type { CheckInput } from "#core/verdict.ts";
import { machineClockChecker } from "./machine-clock.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";

/** A healthy history whose harness reads another date from a moment of the run on. */
function datedBy(date: (at: number) => number | undefined): CheckInput {
  const input = inputOf(scenarioWith([]));
  const records = input.records.map((record) => {
    if (record.kind !== "sample" || record.node !== "harness") return record;
    const { wall_ms: _, ...values } = record.values;
    const wall = date(record.at);
    return { ...record, values: wall === undefined ? values : { ...values, wall_ms: wall } };
  });
  return { ...input, records };
}

const BEGAN = 1_795_000_000_000;

test("a date that keeps step is believed, also when it is slewed", () => {
  expect(machineClockChecker.check(inputOf(scenarioWith([])))).toMatchObject([{ state: "held" }]);
  expect(machineClockChecker.check(datedBy((at) => BEGAN + at * 1.0005))).toMatchObject([{ state: "held" }]);
});

test.each([
  ["forward by five minutes", (at: number) => BEGAN + at + (at > 50_000 ? 300_000 : 0), "300.0s away"],
  ["back by five minutes", (at: number) => BEGAN + at - (at > 50_000 ? 300_000 : 0), "-300.0s away"],
  ["forward by a little at each look", (at: number) => BEGAN + at * 1.02, "away"],
  ["forward and back again", (at: number) => BEGAN + at + (at > 50_000 && at < 60_000 ? 90_000 : 0), "90.0s away"],
])("a clock that was put %s makes the run unknown", (_, date, words) => {
  expect(machineClockChecker.check(datedBy(date))).toMatchObject([
    { state: "unknown", reason: expect.stringContaining(words) },
  ]);
});

test("a clock that nobody looked at, or hardly, is not said to have kept step", () => {
  expect(machineClockChecker.check(datedBy(() => undefined))).toMatchObject([
    { state: "unknown", observed: "not looked at" },
  ]);
  const rarely = datedBy((at) => (at % 10_000 === 0 ? BEGAN + at : undefined));
  expect(machineClockChecker.check(rarely)).toMatchObject([
    { state: "unknown", reason: expect.stringContaining("are needed") },
  ]);
});
