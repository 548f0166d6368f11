import { describeFault } from "#core/fault.ts";
import { Histogram } from "#core/histogram.ts";
import type { HistoryEvent, HistoryRecord, Lane, LoadBatch, Outcome, Page } from "#core/history.ts";
import { randomStream } from "#core/random.ts";
import type { RunRecord, RunResult } from "#core/result.ts";
import { phaseSpan, type Scenario, usersAt } from "#core/scenario.ts";
import type { Region, SystemName, Topology } from "#core/topology.ts";
import { exampleObjectives } from "./objectives.ts";
import { type ExampleKind, type Making, tellSamples } from "./samples.ts";
import { exampleScenario, exampleTopology } from "./scenario.ts";

export type { ExampleKind } from "./samples.ts";

const ZERO_MS = 6_400;
const MIX: readonly (readonly [Page, number, number])[] = [
  ["home", 0.16, 4],
  ["search", 0.2, 7],
  ["category", 0.14, 5],
  ["product", 0.36, 4],
  ["cart", 0.05, 5],
  ["add", 0.06, 6],
  ["checkout", 0.01, 14],
  ["order", 0.02, 5],
];

/** A believable run, made by hand and chance: held, broken as a collapsing monolith, or unknown for want of proof. */
export function exampleRun(kind: ExampleKind, seconds = 210): RunRecord {
  const system: SystemName = kind === "broken" ? "monolith" : "scaled";
  const scenario = exampleScenario(system, seconds);
  const topology = exampleTopology(system);
  const pending: { at: number; source: string; event: HistoryEvent }[] = [];
  const making: Making = {
    kind,
    random: randomStream("example", kind),
    append: (atMs, source, event) => pending.push({ at: ZERO_MS + atMs, source, event }),
    counters: new Map(),
  };
  const { append } = making;
  tellRun(making, scenario, topology.nodes.length);
  const windows = tellFaults(
    making,
    scenario.timeline.map((entry) => ({
      entry,
      fromMs: (phaseSpan(scenario.load, entry.phase)?.fromMs ?? 0) + entry.afterMs,
    })),
  );
  for (let second = 0; second < seconds; second += 1) {
    const users = Math.round(usersAt(scenario.load, second * 1_000) / scenario.load.scale);
    tellSecond(
      making,
      second,
      users,
      topology.regions,
      windows
        .filter((window) => second * 1_000 >= window.fromMs && second * 1_000 < window.toMs)
        .map((window) => window.id),
    );
  }
  append(seconds * 1_000 + 400, "generator", {
    kind: "load.ended",
    exitCode: 0,
    complete: true,
    planned: 71_204,
    accounted: 71_204,
    detail: "every user said its last word",
  });
  append(seconds * 1_000 + 500, "harness", { kind: "run", state: "drained", detail: "the load has ended" });
  append(seconds * 1_000 + 4_100, "harness", {
    kind: "run",
    state: "quiesced",
    detail: "no open transactions, queues empty, replicas caught up",
  });
  const records = pending
    .sort((a, b) => a.at - b.at)
    .map(({ at, source, event }, seq): HistoryRecord => ({ ...event, seq, at, source }));
  return { result: resultOf(kind, scenario, topology, seconds), records };
}

/** What the harness says of the run itself, from the plan to the steady state. */
function tellRun({ kind, append }: Making, scenario: Scenario, nodes: number): void {
  append(-6_300, "harness", { kind: "run", state: "planned", detail: scenario.title });
  append(-1_900, "harness", {
    kind: "run",
    state: "raised",
    detail: `${nodes} nodes ready`,
    facts: { machine: "2 cores, 24 GB" },
  });
  append(-20, "harness", {
    kind: "run",
    state: "load-begun",
    detail: "first request planned",
    facts: { zeroAt: ZERO_MS },
  });
  for (const phase of scenario.load.phases) {
    const span = phaseSpan(scenario.load, phase.name);
    if (span === undefined) continue;
    append(span.fromMs, "harness", { kind: "phase", name: phase.name, state: "begin" });
    append(span.toMs, "harness", { kind: "phase", name: phase.name, state: "end" });
  }
  const steadyMs = (phaseSpan(scenario.load, "plateau")?.toMs ?? 0) + 2_500;
  append(steadyMs, "harness", {
    kind: "run",
    state: kind === "broken" ? "not-steady" : "steady",
    detail: kind === "broken" ? "p99 8.0 s (< 200 ms, broken)" : "p99 9 ms (< 200 ms, held)",
  });
}

function resultOf(kind: ExampleKind, scenario: Scenario, topology: Topology, seconds: number): RunResult {
  return {
    schema: "doorbuster/result/1",
    runId: "20261127T040000Z-7f3a91c2",
    scenarioName: "black-friday",
    scenario,
    topology,
    substrate: "local",
    seed: "7f3a91c2",
    commit: "52ad1be",
    startedAt: "2026-11-27T04:00:00.000Z",
    verdict: kind,
    sentence: SENTENCES[kind],
    objectives: exampleObjectives(kind, ZERO_MS),
    repeat: `npm run scenario black-friday -- --seed 7f3a91c2${kind === "broken" ? " --system monolith" : ""}`,
    facts: {
      machine: { cores: 2, memory: "24 GB", kernel: "6.1" },
      versions: { k6: "2.2.0", haproxy: "2.6.12", postgres: "18.4" },
      sizes: "enforced by cgroup quota, period 10 ms",
    },
    timings: {
      readyMs: 4_100,
      firstRequestMs: ZERO_MS,
      loadEndedMs: seconds * 1_000 + ZERO_MS,
      goneMs: seconds * 1_000 + 20_000,
    },
  };
}

const SENTENCES: Readonly<Record<ExampleKind, string>> = {
  held: "It held: p99 stayed at 14 ms of the 200 ms allowed, through the surge and three failures at the peak, and no order was lost.",
  broken:
    "It did not hold: from 380 users on requests waited for one of ten database connections, and 62 % of all attempts failed.",
  unknown:
    "Not known: the shop answered well, but one of the three failures was never felt in the data path, so nothing is proven about it.",
};

type Placed = { readonly entry: ReturnType<typeof exampleScenario>["timeline"][number]; readonly fromMs: number };

function tellFaults(
  { kind, append }: Making,
  placed: readonly Placed[],
): readonly { readonly id: string; readonly fromMs: number; readonly toMs: number }[] {
  const windows: { id: string; fromMs: number; toMs: number }[] = [];
  for (const { entry, fromMs } of placed) {
    const base = { kind: "fault", id: entry.id, fault: entry.fault.kind, title: describeFault(entry.fault) } as const;
    if (kind === "broken") {
      const has = entry.fault.kind === "kill";
      append(-6_200, "harness", {
        ...base,
        state: has ? "planned" : "not-applicable",
        detail: has ? entry.reason : "this system has no such part",
      });
      if (has)
        append(fromMs - 1_000, "harness", {
          ...base,
          state: "skipped",
          detail: "the shop was not in its steady state",
        });
      continue;
    }
    const target = entry.fault.kind === "kill" ? "app-eu-1" : `app@eu>${entry.id}`;
    const doses = {
      kill: ["no answer", "refused"],
      latency: ["2,000 ms", kind === "unknown" ? "0.4 ms" : "2,003 ms"],
      blackhole: ["silence", "silent for 1,000 ms"],
      pause: ["", ""],
      refuse: ["", ""],
    }[entry.fault.kind];
    const told = { asked: doses[0] ?? "", measured: doses[1] ?? "" };
    const fine = { kind: "answered", ms: 0.4 } as const;
    const felt =
      entry.fault.kind === "latency"
        ? ({ kind: "answered", ms: kind === "unknown" ? 0.4 : 2_003 } as const)
        : ({
            kind: entry.fault.kind === "kill" ? "refused" : "silent",
            ms: entry.fault.kind === "kill" ? 0.2 : 1_000,
          } as const);
    append(-6_200, "harness", { ...base, state: "planned", detail: entry.reason, targets: [target] });
    append(fromMs, "harness", { ...base, state: "injecting", detail: entry.reason });
    const readings = [
      { when: "before", target, fresh: fine, held: fine },
      { when: "in-force", target, fresh: felt, held: felt },
    ] as const;
    if (kind === "unknown" && entry.fault.kind === "latency") {
      append(fromMs + 5_000, "harness", {
        ...base,
        state: "unproven",
        detail: "not observed in the data path",
        ...told,
        readings,
      });
      continue;
    }
    const toMs = fromMs + entry.forMs;
    append(fromMs + 240, "harness", { ...base, state: "in-force", detail: entry.reason, ...told, readings });
    append(toMs, "harness", {
      ...base,
      state: "healing",
      detail: "window over",
      ...told,
      readings: [{ when: "during", target, fresh: felt }],
    });
    append(toMs + 300, "harness", {
      ...base,
      state: "healed",
      detail: "observed gone",
      measured: "0.4 ms",
      readings: [{ when: "after", target, fresh: fine, held: fine }],
    });
    if (entry.fault.kind === "kill") {
      append(fromMs + 20, "app-eu-1", { kind: "node", node: "app-eu-1", state: "killed", detail: "SIGKILL" });
      append(toMs + 280, "app-eu-1", { kind: "node", node: "app-eu-1", state: "ready", detail: "after 0.9s" });
    } else if ("link" in entry.fault) {
      for (const node of ["app-eu-1", "app-eu-2"])
        append(fromMs + 1_900, node, {
          kind: "system",
          node,
          event: "breaker-opened",
          detail: `${entry.fault.link.to} after 5 failures`,
        });
    }
    windows.push({ id: entry.id, fromMs, toMs });
  }
  return windows;
}

function tellSecond(
  making: Making,
  second: number,
  users: number,
  regions: readonly Region[],
  faults: readonly string[],
): void {
  const { kind, random, append } = making;
  // The naive shop saturates at some 50 requests a second, which 380 users bring.
  const pressed = kind === "broken" ? Math.min(1, Math.max(0, (users - 300) / 500)) : 0;
  const sick = pressed > 0 && second > 20 ? pressed : 0;
  for (const region of regions) {
    for (const [page, share, medianMs] of MIX) {
      const count = Math.round((users / 7.1) * share * (region === "eu" ? 0.6 : 0.4) + random.next() * 0.9);
      if (count > 0)
        append(
          second * 1_000 + 1_300,
          "generator",
          batch(
            making,
            second,
            "shoppers",
            page,
            region,
            count,
            medianMs * (region === "us" && page === "checkout" ? 3 : 1),
            sick,
            faults,
          ),
        );
    }
    append(
      second * 1_000 + 1_310,
      "generator",
      batch(making, second, "buyers", "checkout", region, 10, region === "us" ? 48 : 16, sick, faults),
    );
  }
  append(second * 1_000 + 1_320, "generator", {
    kind: "load.health",
    second,
    usersPlanned: users,
    usersPresent: Math.max(0, users - (second % 3)),
    planned: Math.round(users / 7.1),
    sent: Math.round(users / 7.1),
    lateness: { "8": Math.max(1, Math.round(users / 8)), "40": 1 },
    exceptions: 0,
  });
  tellOrders(making, second, sick);
  tellSamples(making, second, users, sick, faults);
}

function batch(
  making: Making,
  second: number,
  lane: Lane,
  page: Page,
  region: Region,
  count: number,
  medianMs: number,
  sick: number,
  faults: readonly string[],
): LoadBatch {
  const { random, append } = making;
  const outcomes: Partial<Record<Outcome, number>> = {};
  const histogram = new Histogram();
  for (let i = 0; i < count; i += 1) {
    const slow = random.exponential(1);
    let ms = medianMs * (0.6 + 0.55 * slow + 0.08 * slow ** 3);
    let outcome: Outcome = page === "checkout" && random.next() < 0.06 ? "sold-out" : "ok";
    if (sick > 0 && random.next() < sick * 0.95) {
      ms = 8_000 - 7_000 * random.next() * (1 - sick);
      outcome = random.next() < 0.62 ? "timeout" : random.next() < 0.8 ? "lost" : "broken-off";
    } else if (faults.includes("cache-late") && region === "eu" && random.next() < 0.02) ms += 180;
    else if (faults.includes("replica-killed") && region === "eu" && random.next() < 0.004) outcome = "unavailable";
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    histogram.record(ms);
    if (outcome === "unavailable" || random.next() < 0.002) {
      append(second * 1_000 + 1_200, "generator", {
        kind: "load.attempt",
        id: `r-${second}-${page}-${i}`,
        lane,
        page,
        region,
        plannedMs: second * 1_000,
        sentMs: second * 1_000 + 1,
        durationMs: ms,
        status: outcome === "ok" ? 200 : 503,
        outcome,
        attempt: 1,
      });
    }
  }
  return { kind: "load.batch", second, lane, page, region, outcomes, latency: histogram.toData() };
}

function tellOrders({ append, random }: Making, second: number, sick: number): void {
  for (let i = 0; i < 11; i += 1) {
    const key = `buyer-${second}-${i}`;
    append(second * 1_000 + 1_100, "generator", {
      kind: "write.intent",
      key,
      attempt: 1,
      session: `eu-${i}`,
      lines: [{ productId: 1 + (i % 5), quantity: 1 }],
    });
    const result = random.next() < sick * 0.9 ? "info" : "ok";
    append(second * 1_000 + 1_150, "generator", {
      kind: "write.result",
      key,
      attempt: 1,
      result,
      status: result === "ok" ? 201 : 0,
      ...(result === "ok" ? { orderId: `${second * 11 + i}`, totalCents: 4_990 } : {}),
    });
  }
}
