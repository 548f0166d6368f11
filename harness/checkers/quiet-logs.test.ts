import { expect, test } from "vitest";
import type { TimelineEntry } from "#core/fault.ts";
import type { HistoryEvent } from "#core/history.ts";
import { CRASH_LOGGED, LOGS_READ, type LogsRead } from "#core/part-logs.ts";
import { judge } from "./index.ts";
import { quietLogsChecker } from "./quiet-logs.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

const kill: TimelineEntry = { ...hang, fault: { kind: "kill", node: { role: "replica" } } };
const PANIC = '2026-11-24 18:19:05.491 UTC [7]  PANIC:  could not write to file "pg_wal/xlogtemp.29"';

const crash = (atMs: number, node: string) => ({
  atMs,
  event: { kind: "system", node, event: CRASH_LOGGED, detail: PANIC } as const,
});

function judged(story: Story, timeline: readonly TimelineEntry[] = [kill]) {
  return quietLogsChecker.check(inputOf(scenarioWith([], { timeline }), story))[0];
}

test("a part that tells of a crash is broken with its line, though nobody saw it end", () => {
  expect(judged({})).toMatchObject({ id: "quiet-logs", state: "held", samples: 4 });
  expect(judged({ also: [crash(35_200, "replica-eu")] })).toMatchObject({
    state: "broken",
    observed: "1 line",
    reason: expect.stringContaining(`replica-eu at 35.2s: "${PANIC}"`),
    decidedAt: { fromMs: 40_200 },
  });
  const expected = scenarioWith([
    { kind: "availability", subject: "all", atLeast: 0.99, window: "whole" },
    { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "whole" },
  ]);
  expect(judge(inputOf(expected), []).verdict).toBe("held");
  expect(judge(inputOf(expected, { also: [crash(35_200, "replica-eu")] }), []).verdict).toBe("broken");
});

const killed = {
  atMs: 40_010,
  event: { kind: "node", node: "replica-eu", state: "killed", detail: "SIGKILL; held back until its release" } as const,
};

test("what a killed part says while it is held down is explained; another part, another time or another fault is not", () => {
  const held = (...crashes: readonly ReturnType<typeof crash>[]) => judged({ also: [killed, ...crashes] });
  expect(held(crash(40_100, "replica-eu"), crash(52_900, "replica-eu"))).toMatchObject({ state: "held" });
  expect(held(crash(41_000, "cache-eu"))).toMatchObject({ state: "broken" });
  expect(held(crash(40_005, "replica-eu"))).toMatchObject({ state: "broken" });
  expect(held(crash(60_000, "replica-eu"))).toMatchObject({ state: "broken" });
  const pause = { ...kill, fault: { kind: "pause", node: { role: "replica" } } } as const;
  expect(judged({ also: [killed, crash(45_000, "replica-eu")] }, [pause])).toMatchObject({ state: "broken" });
});

test("the warm-up and the drain count, the taking down of the shop does not", () => {
  for (const atMs of [-2_000, 95_000, 101_000]) {
    expect(judged({ also: [crash(atMs, "replica-eu")] }), `at ${atMs}`).toMatchObject({ state: "broken" });
  }
  expect(judged({ also: [crash(120_000, "replica-eu")] })).toMatchObject({ state: "held" });
});

test("logs that nobody read, or not to the end, or of a part without one, are not known to be quiet", () => {
  const isTold = (event: HistoryEvent): boolean => event.kind === "evidence" && event.name === LOGS_READ;
  expect(judged({ without: isTold })).toMatchObject({ state: "unknown", observed: "not read", samples: 0 });
  const told = (change: Partial<LogsRead["logs"][number]>) => {
    const logs = ["app-eu-1", "app-eu-2", "cache-eu", "replica-eu"].map((node) => ({
      node,
      found: true,
      bytes: 900,
      unread: 0,
      ...(node === "cache-eu" ? change : {}),
    }));
    const data: LogsRead = { logs };
    const input = inputOf(scenarioWith([], { timeline: [kill] }), { without: isTold });
    const last = { kind: "evidence", name: LOGS_READ, data } as const;
    const records = [...input.records, { ...last, seq: input.records.length, at: 110_000, source: "harness" }];
    return quietLogsChecker.check({ ...input, records })[0];
  };
  expect(told({})).toMatchObject({ state: "held" });
  expect(told({ unread: 40 })).toMatchObject({ state: "unknown", reason: expect.stringContaining("cache-eu") });
  expect(told({ found: false, bytes: 0 })).toMatchObject({ state: "unknown", samples: 3 });
  expect(told({ node: "somebody-else" })).toMatchObject({ state: "unknown", samples: 3 });
});
