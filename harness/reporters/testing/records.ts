import { Histogram } from "#core/histogram.ts";
import type { HistoryEvent, HistoryRecord } from "#core/history.ts";
import type { RunResult } from "#core/result.ts";

const ZERO_MS = 5_000;

/** Ten seconds of a small run: a fault, a killed replica, a breaker, some load. */
export function exampleRecords(): readonly HistoryRecord[] {
  const told: { at: number; source: string; event: HistoryEvent }[] = [];
  const tell = (atMs: number, source: string, event: HistoryEvent): void => {
    told.push({ at: ZERO_MS + atMs, source, event });
  };
  const fault = { kind: "fault", id: "cache-late", fault: "latency", title: "latency app > cache (eu) +2s" } as const;
  tell(-900, "harness", { kind: "run", state: "raised", detail: "27 nodes ready", facts: { readyMs: 4_100 } });
  tell(-10, "harness", { kind: "run", state: "load-begun", detail: "", facts: { zeroAt: ZERO_MS } });
  for (let second = 0; second < 10; second += 1) {
    const histogram = new Histogram();
    histogram.record(second > 4 ? 800 : 12, 50);
    tell(second * 1_000 + 1_100, "generator", {
      kind: "load.batch",
      second,
      lane: "shoppers",
      page: "home",
      region: "eu",
      outcomes: second > 4 ? { ok: 45, timeout: 5 } : { ok: 50 },
      latency: histogram.toData(),
    });
    tell(second * 1_000 + 1_110, "generator", {
      kind: "load.health",
      second,
      usersPlanned: 120,
      usersPresent: 119,
      planned: 50,
      sent: 50,
      lateness: { "3": 50 },
      exceptions: 0,
    });
  }
  tell(4_000, "harness", { ...fault, state: "injecting", detail: "" });
  tell(4_200, "harness", { ...fault, state: "in-force", detail: "", asked: "2s", measured: "2.003s" });
  tell(4_500, "app-eu-2", { kind: "node", node: "app-eu-2", state: "killed", detail: "SIGKILL" });
  tell(5_000, "app-eu-1", {
    kind: "system",
    node: "app-eu-1",
    event: "breaker-opened",
    detail: "cache after 5 failures",
  });
  tell(9_500, "harness", { ...fault, state: "healed", detail: "", measured: "0.4ms" });
  return told
    .sort((a, b) => a.at - b.at)
    .map(({ at, source, event }, seq): HistoryRecord => ({ ...event, seq, at, source }));
}

export function exampleResult(): RunResult {
  const node = { role: "app", region: "eu", cpu: 0.25 } as const;
  return {
    schema: "doorbuster/result/1",
    runId: "run",
    scenarioName: "black-friday",
    scenario: {
      title: "t",
      question: "q",
      background: "b",
      system: { name: "scaled", without: [] },
      load: {
        kind: "black-friday",
        scale: 500,
        pace: "compressed",
        startUsers: 5_000,
        phases: [{ name: "peak", forMs: 10_000, users: 60_000 }],
        buyersPerSecond: 0,
        steadyPhase: "peak",
        peakPhase: "peak",
      },
      steady: [],
      timeline: [],
      expect: [{ kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "whole" }],
    },
    topology: {
      system: "scaled",
      regions: ["eu", "us"],
      nodes: [
        { ...node, id: "app-eu-1", index: 1 },
        { ...node, id: "app-eu-2", index: 2 },
      ],
      links: [],
      protections: [],
    },
    substrate: "local",
    seed: "7f3a",
    commit: "52ad1be",
    startedAt: "2026-11-27T04:00:00.000Z",
    verdict: "broken",
    sentence: "It did not hold.",
    objectives: [
      {
        id: "latency-all",
        group: "load",
        title: "p99 of all pages",
        state: "broken",
        target: "< 200 ms",
        observed: "800 ms",
        samples: 500,
        window: "whole run",
        reason: "too slow",
        evidence: [],
      },
    ],
    repeat: "npm run scenario black-friday -- --seed 7f3a",
    facts: {},
    timings: {},
  };
}
