import { expect, test } from "vitest";
import type { TimelineEntry } from "#core/fault.ts";
import type { HistoryEvent, NodeEvent } from "#core/history.ts";
import { exitsChecker } from "./exits.ts";
import { judge } from "./index.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

const kill: TimelineEntry = { ...hang, fault: { kind: "kill", node: { role: "app", region: "eu", index: 2 } } };

const says = (atMs: number, node: string, state: NodeEvent["state"], detail = "it ended with code 1") => ({
  atMs,
  event: { kind: "node", node, state, detail } as const,
});

function judged(also: NonNullable<Story["also"]>, story: Story = {}, timeline: readonly TimelineEntry[] = [kill]) {
  const input = inputOf(scenarioWith([], { timeline }), { ...story, also });
  const [shop, testbed] = exitsChecker.check(input);
  return { shop, testbed };
}

test("a part that crashes while nobody does anything to it is broken, with its name and instant", () => {
  const { shop, testbed } = judged([says(35_200, "app-eu-1", "exited"), says(35_700, "app-eu-1", "restarting")]);
  expect(shop).toMatchObject({
    id: "unplanned-exits",
    state: "broken",
    observed: "1 exit",
    reason: expect.stringContaining("app-eu-1 at 35.2s (it ended with code 1)"),
    decidedAt: { fromMs: 40_200 },
  });
  expect(shop?.evidence).toHaveLength(1);
  expect(testbed).toMatchObject({ state: "held" });
});

test("a run that is well but for a part in a crash loop has not held", () => {
  const expected = scenarioWith([
    { kind: "availability", subject: "all", atLeast: 0.99, window: "whole" },
    { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "whole" },
  ]);
  expect(judge(inputOf(expected), []).verdict).toBe("held");
  const loop = Array.from({ length: 40 }, (_, i) => says(20_000 + i * 1_000, "replica-eu", "exited"));
  const { verdict, sentence } = judge(inputOf(expected, { also: loop }), []);
  expect(verdict).toBe("broken");
  expect(sentence).toContain("no part ended that nobody ended was 40 exits");
});

test("the end of a part that a kill fault ended is planned; that of another, or after it was healed, is not", () => {
  const killed = says(40_010, "app-eu-2", "killed", "SIGKILL; held back until its release");
  expect(judged([killed]).shop).toMatchObject({ state: "held", observed: "0 exits" });
  const slowToRefuse = says(40_300, "app-eu-2", "exited", "its links do not refuse");
  expect(judged([killed, slowToRefuse]).shop).toMatchObject({ state: "held" });
  expect(judged([killed, says(41_000, "app-eu-1", "exited")]).shop).toMatchObject({ state: "broken" });
  expect(judged([killed, says(60_000, "app-eu-2", "exited")]).shop).toMatchObject({ state: "broken" });
  // Before the testbed killed it, it ended by itself; and so it did once it had been let go of, healed or not.
  expect(judged([says(40_005, "app-eu-2", "exited"), killed]).shop).toMatchObject({ state: "broken" });
  expect(judged([killed, says(52_200, "app-eu-2", "exited")]).shop).toMatchObject({ state: "broken" });
  const unproven: Story = { fault: ["planned", "injecting", "unproven"] };
  expect(judged([killed, says(44_000, "app-eu-2", "exited")], unproven).shop).toMatchObject({ state: "held" });
  expect(judged([killed, says(46_000, "app-eu-2", "exited")], unproven).shop).toMatchObject({ state: "broken" });
  // A fault of another kind excuses nobody, were it on this very part.
  const pause = { ...kill, fault: { kind: "pause", node: { role: "app" } } } as const;
  expect(judged([says(45_000, "app-eu-2", "exited")], {}, [pause]).shop).toMatchObject({ state: "broken" });
});

test("what ends once it stood is seen: before the first request, in the drain, and while the books are read", () => {
  for (const atMs of [-3_900, -2_000, 91_500, 95_000, 97_000, 101_000]) {
    expect(judged([says(atMs, "app-eu-1", "exited")]).shop, `at ${atMs}`).toMatchObject({ state: "broken" });
    expect(judged([says(atMs, "network", "exited")]).testbed, `at ${atMs}`).toMatchObject({ state: "unknown" });
  }
});

test("what ends before it ever stood, when the run takes the shop down, or in a shop kept for hands is no failure", () => {
  // The raise itself fails of it, or is tried again on other ports.
  const before = [says(-4_900, "app-eu-1", "exited"), says(-4_800, "cache-eu", "stopped", "SIGTERM")];
  const atTheEnd = [says(99_000, "app-eu-1", "stopped", "SIGTERM"), says(99_100, "app-eu-1", "exited")];
  expect(judged([...before, ...atTheEnd]).shop).toMatchObject({ state: "held" });
  expect(judged([says(120_000, "app-eu-1", "exited")]).shop).toMatchObject({ state: "held" });
});

test("a proxy server that ended, or a fault that could not be healed, is unknown and not the shop's failure", () => {
  const gone = judged([says(50_000, "network", "exited", "the proxy server has ended")]);
  expect(gone.shop).toMatchObject({ state: "held" });
  expect(gone.testbed).toMatchObject({ state: "unknown", reason: expect.stringContaining("network at 50s") });
  const event: HistoryEvent = { kind: "system", node: "harness", event: "healing-failed", detail: "toxiproxy: no" };
  const { testbed } = judged([{ atMs: 91_500, event }]);
  expect(testbed).toMatchObject({ state: "unknown", observed: "0 exits, 1 healings failed" });
});

test("where nobody told of any part, or of one of them, nobody knows whether it ended", () => {
  const { shop, testbed } = judged([], { without: (event) => event.kind === "node" });
  expect(shop).toMatchObject({ state: "unknown", observed: "not watched", samples: 0 });
  expect(testbed).toMatchObject({ state: "unknown", observed: "not watched", samples: 0 });
  const one = judged([], { without: (event) => event.kind === "node" && event.node === "cache-eu" });
  expect(one.shop).toMatchObject({ state: "unknown", reason: expect.stringContaining("cache-eu"), samples: 3 });
  expect(one.testbed).toMatchObject({ state: "held", samples: 1 });
  const unlinked = judged([], { without: (event) => event.kind === "node" && event.node === "network" });
  expect(unlinked.shop).toMatchObject({ state: "held" });
  expect(unlinked.testbed).toMatchObject({ state: "unknown", reason: expect.stringContaining("links") });
});

test("a spare part that nobody started is not missed", () => {
  expect(judged([]).shop).toMatchObject({ state: "held", samples: 4 });
});
