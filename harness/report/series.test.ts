import { expect, test } from "vitest";
import type { RunRecord } from "#core/result.ts";
import { parseMetricKey } from "./series/metric-key.ts";
import { SampleTrack } from "./series/sample-track.ts";
import { deriveSeries, type RunSeries } from "./series.ts";
import { storyOf } from "./story.ts";
import { exampleRun } from "./testing/history.ts";

function values(series: RunSeries, id: string): readonly (number | undefined)[] {
  const track = series.panels.flatMap((panel) => panel.tracks).find((candidate) => candidate.id === id);
  if (track === undefined) throw new Error(`no track ${id}`);
  return track.values;
}

test("a metric's key is taken apart, escapes included", () => {
  expect(parseMetricKey('shop_reads_total{kind="product",tier="h\\"o,t"}')).toEqual({
    name: "shop_reads_total",
    labels: { kind: "product", tier: 'h"o,t' },
  });
  expect(parseMetricKey("shop_inflight")).toEqual({ name: "shop_inflight", labels: {} });
});

test("a counter becomes a rate over the time between its samples, a restart included", () => {
  const track = new SampleTrack("counter", "sum", 6);
  const line = track.line();
  line.add(-500, 100);
  line.add(1_500, 300);
  line.add(2_500, 40);
  expect(track.values()).toEqual([100, 40, 40, undefined, undefined, undefined]);
});

test("a silence is shown as one: neither smeared rates nor held states across it", () => {
  const rate = new SampleTrack("counter", "sum", 10);
  const counter = rate.line();
  counter.add(500, 0);
  counter.add(8_500, 800);
  expect(rate.values()).toEqual(new Array(10).fill(undefined));
  const state = new SampleTrack("state", "sum", 10);
  const held = state.line();
  held.add(500, 7);
  held.add(2_500, 9);
  held.add(8_900, 1);
  expect(state.values()).toEqual([7, 7, 9, undefined, undefined, undefined, undefined, undefined, 1, undefined]);
});

test("nodes are summed, and a node that is silent is no zero", () => {
  const track = new SampleTrack("state", "sum", 2);
  track.line().add(100, 3);
  const other = track.line();
  other.add(200, 4);
  other.add(1_200, 5);
  expect(track.values()).toEqual([7, 5]);
});

test("the series of a run show its users, replicas, tiers and what was never sampled", () => {
  const series = deriveSeries(exampleRun("held"));
  expect(series.seconds).toBe(210);
  expect(values(series, "users-planned")[120]).toBe(4_000);
  expect(values(series, "replicas-eu")[60]).toBe(2);
  expect(values(series, "replicas-eu")[100]).toBe(1);
  expect(values(series, "reads-avoided")[150] ?? 0).toBeGreaterThan(85);
  const monolith = deriveSeries(exampleRun("broken"));
  expect(values(monolith, "reads-avoided")[150]).toBe(0);
  expect(monolith.panels.find((panel) => panel.id === "queue")?.tracks).toEqual([]);
});

test("a run whose load never began has no seconds", () => {
  const run = exampleRun("held");
  const record: RunRecord = { ...run, records: run.records.filter((candidate) => candidate.kind === "phase") };
  expect(deriveSeries(record).seconds).toBe(0);
});

test("the story knows each fault's window, when users felt it, and which alarm would have rung", () => {
  const held = storyOf(exampleRun("held"));
  expect(held.faults.map((fault) => [fault.letter, fault.state])).toEqual([
    ["A", "healed"],
    ["B", "healed"],
    ["C", "healed"],
  ]);
  expect(held.faults[0]?.window).toEqual({ fromMs: 95_000, toMs: 115_300 });
  expect(held.pains[0]?.firstMs).toBeGreaterThanOrEqual(95_000);
  const broken = storyOf(exampleRun("broken"));
  expect(broken.faults.map((fault) => fault.state)).toEqual(["skipped", "not-applicable", "not-applicable"]);
  expect(broken.alarms[0]?.name).toContain("fast burn");
  expect(broken.impact.orders.unknown).toBeGreaterThan(1_000);
  expect(storyOf(exampleRun("unknown")).faults[1]?.state).toBe("unproven");
});

test("the timeline merges what several replicas say into one line with a record to look up", () => {
  const { timeline, record } = storyOf(exampleRun("held"));
  const breaker = timeline.find((line) => line.text.startsWith("breaker-opened: cache"));
  expect(breaker?.text).toContain("on 2 nodes");
  expect(record.records[breaker?.seq ?? -1]?.kind).toBe("system");
  expect([...timeline].sort((a, b) => a.atMs - b.atMs)).toEqual(timeline);
});
