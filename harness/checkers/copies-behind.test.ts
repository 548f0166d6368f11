import { expect, test } from "vitest";
import type { HistoryRecord } from "#core/history.ts";
import type { Topology } from "#core/topology.ts";
import type { CheckInput } from "#core/verdict.ts";
import { copiesBehindChecker } from "./copies-behind.ts";
import { judge } from "./index.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";

const LAG = "shop_warehouse_lag_seconds";
const LATENESS = "shop_warehouse_lateness_seconds";

/** A run whose replica's readings are changed, by the second of the load; undefined takes one out. The fault lasts from 40 s to 52.3 s. */
function runWith(
  change: (second: number) => Readonly<Record<string, number>> | undefined,
  scenario = scenarioWith([]),
): CheckInput {
  const input = inputOf(scenario);
  const records = input.records.flatMap((record): readonly HistoryRecord[] => {
    if (record.kind !== "sample" || record.node !== "replica-eu") return [record];
    const values = change((record.at - 5_000) / 1_000);
    return values === undefined ? [] : [{ ...record, values: { ...record.values, ...values } }];
  });
  return { ...input, records };
}

const replica = (change: (second: number) => Readonly<Record<string, number>> | undefined) =>
  copiesBehindChecker.check(runWith(change))[0];

test("a replica that stays behind while nothing is done to the shop is broken, with its age and instant", () => {
  expect(replica(() => ({}))).toMatchObject({ id: "replicas-behind", state: "held", observed: "0.03s at most" });
  const behind = (second: number) => (second >= 20 && second < 26 ? { replay_seconds: 7.4 } : {});
  expect(replica(behind)).toMatchObject({
    state: "broken",
    observed: "7.40s at most",
    reason: expect.stringContaining("replica-eu was 7.4s behind at 20s"),
    decidedAt: { fromMs: 25_000 },
  });
  const expected = scenarioWith([{ kind: "availability", subject: "all", atLeast: 0.99, window: "whole" }]);
  expect(
    judge(
      runWith(() => ({}), expected),
      [],
    ).verdict,
  ).toBe("held");
  expect(judge(runWith(behind, expected), []).verdict).toBe("broken");
});

test("one old reading alone, or old ones in a fault and while it is caught up with, or before the load, are none", () => {
  const old = { replay_seconds: 60 };
  expect(replica((second) => (second === 20 ? old : {}))).toMatchObject({ state: "held", observed: "60.00s at most" });
  expect(replica((second) => (second > 40 && second < 62 ? old : {}))).toMatchObject({ state: "held" });
  expect(replica((second) => (second < 0 ? old : {}))).toMatchObject({ state: "held" });
  expect(replica((second) => (second > 63 && second < 66 ? old : {}))).toMatchObject({ state: "broken" });
  // What stands on either side of a fault is not in a row.
  expect(replica((second) => (second === 40 || second === 63 ? old : {}))).toMatchObject({ state: "held" });
});

test("a replica that was not read, or too seldom, or not for its age, is not known to keep up", () => {
  expect(replica(() => undefined)).toMatchObject({ state: "unknown", observed: "not measured", samples: 0 });
  expect(replica((second) => (second < 6 ? {} : undefined))).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("replica-eu"),
  });
  expect(replica(() => ({ replay_seconds: Number.NaN }))).toMatchObject({ state: "unknown", samples: 0 });
});

test("a load that leaves no time outside faults is unknown, and only in a quick run not judged", () => {
  const long = scenarioWith([]);
  const [entry] = long.timeline;
  if (entry === undefined) throw new Error("the scenario has no fault");
  const within = (pace: "quick" | "compressed") => {
    const input = inputOf({ ...long, load: { ...long.load, pace } });
    const records = input.records.map((record) =>
      record.kind === "fault" && record.state === "injecting" ? { ...record, at: 5_000 } : record,
    );
    const unhealed = records.filter((record) => record.kind !== "fault" || record.state !== "healed");
    return copiesBehindChecker.check({ ...input, records: unhealed })[0];
  };
  expect(within("compressed")).toMatchObject({ state: "unknown", samples: 0 });
  expect(within("quick")).toMatchObject({ state: "not-judged", lacking: "samples" });
});

function warehouse(valuesAt: (second: number) => Readonly<Record<string, number>>) {
  const also = Array.from({ length: 44 }, (_, i) => ({
    atMs: 2_000 * i + 500,
    event: { kind: "sample", node: "warehouse", values: valuesAt(2 * i) } as const,
  }));
  const input = inputOf(scenarioWith([]), { also });
  const node = { id: "warehouse", role: "warehouse", region: "eu", index: 1, cpu: 1 } as const;
  const topology: Topology = { ...input.topology, nodes: [...input.topology.nodes, node] };
  return copiesBehindChecker.check({ ...input, topology })[1];
}

test("a warehouse that stops loading, or loads what is long past, is broken; without one there is nothing to judge", () => {
  expect(warehouse(() => ({ [LAG]: 0.5, [LATENESS]: 1.1 }))).toMatchObject({ id: "warehouse-behind", state: "held" });
  const stopped = warehouse((second) => ({ [LAG]: second < 30 ? 0.5 : second < 38 ? 33 : 1, [LATENESS]: 1.1 }));
  expect(stopped).toMatchObject({ state: "broken", observed: "33.00s at most" });
  const late = warehouse((second) => ({ [LAG]: 0.5, [LATENESS]: second < 20 ? 45 : 1 }));
  expect(late).toMatchObject({ state: "broken" });
  expect(warehouse(() => ({ [LAG]: 0.5 }))).toMatchObject({ state: "unknown", samples: 0 });
  expect(copiesBehindChecker.check(inputOf(scenarioWith([])))[1]).toMatchObject({ state: "not-applicable" });
});
