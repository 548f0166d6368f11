import { describeFault } from "#core/fault.ts";
import { Histogram } from "#core/histogram.ts";
import type { HistoryEvent, HistoryRecord, Lane, LoadBatch, Outcome, Page } from "#core/history.ts";
import { type Random, randomStream } from "#core/random.ts";
import type { RunRecord } from "#core/result.ts";
import { phaseSpan, usersAt } from "#core/scenario.ts";
import type { Region, SystemName } from "#core/topology.ts";
import { exampleObjectives } from "./objectives.ts";
import { exampleScenario, exampleTopology } from "./scenario.ts";

export type ExampleKind = "held" | "broken" | "unknown";

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

interface Making {
  readonly kind: ExampleKind;
  readonly random: Random;
  readonly append: (atMs: number, source: string, event: HistoryEvent) => void;
  readonly counters: Map<string, number>;
}

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
  append(-6_300, "harness", { kind: "run", state: "planned", detail: scenario.title });
  append(-1_900, "harness", {
    kind: "run",
    state: "raised",
    detail: `${topology.nodes.length} nodes ready`,
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
  return {
    result: {
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
    },
    records,
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

function tellSamples(
  { append, counters, kind, random }: Making,
  second: number,
  users: number,
  sick: number,
  faults: readonly string[],
): void {
  const grow = (key: string, by: number): number => {
    const value = (counters.get(key) ?? 0) + by;
    counters.set(key, value);
    return value;
  };
  const at = second * 1_000 + 700 + random.next() * 100;
  const rate = users / 7.1;
  const naive = kind === "broken";
  const apps = naive ? ["app-eu-1"] : ["app-eu-1", "app-eu-2", "app-us-1", "app-us-2"];
  for (const node of apps) {
    if (node === "app-eu-1" && faults.includes("replica-killed")) continue;
    const warmth = Math.min(0.72, second / 60);
    const shares = naive
      ? { database: 1 }
      : {
          hot: warmth * 0.9,
          warm: 0.84 - warmth * 0.9,
          carts: 0.08,
          database: 0.08 + (faults.includes("cache-late") && node.includes("eu") ? 0.05 : 0),
        };
    const values: Record<string, number> = {};
    for (const [tier, share] of Object.entries(shares))
      values[`shop_reads_total{kind="product",tier="${tier}"}`] = grow(
        `${node} ${tier}`,
        Math.round((rate * 2.4 * share) / apps.length),
      );
    for (const server of naive ? ["primary"] : ["primary", "replica"]) {
      values[`shop_database_seconds_total{class="read",server="${server}",kind="product"}`] = grow(
        `${node} busy ${server}`,
        naive ? Math.min(9.8, (rate * 0.11) ** 1.5) : (rate * 0.0008) / apps.length,
      );
    }
    for (const pool of naive ? ["all"] : ["read", "write", "report"])
      values[`shop_pool_waiting{class="${pool}"}`] = Math.round(sick * 900 * (0.8 + 0.2 * random.next()));
    values.shop_inflight = Math.round(sick * 900 + (rate * 0.01) / apps.length);
    values.cpu_seconds = grow(`${node} cpu`, Math.min(0.25, (rate * 0.0004) / (naive ? 0.5 : apps.length)));
    append(at, node, { kind: "sample", node, values });
  }
  for (const region of naive ? ["eu"] : ["eu", "us"]) {
    const values: Record<string, number> = { "shop/BACKEND/qcur": sick > 0 ? 40 : 0 };
    for (const node of apps.filter((name) => name.includes(region))) {
      values[`shop/${node}/status`] = node === "app-eu-1" && faults.includes("replica-killed") ? 0 : 1;
      values[`shop/${node}/qcur`] = Math.round(sick * 60);
    }
    append(at, `balancer-${region}`, { kind: "sample", node: `balancer-${region}`, values });
  }
  if (!naive)
    append(at, "worker-1", {
      kind: "sample",
      node: "worker-1",
      values: {
        'shop_queue_depth{state="waiting"}': Math.round(random.next() * 6),
        'shop_queue_depth{state="active"}': Math.round(random.next() * 3),
      },
    });
  append(at, "primary", {
    kind: "sample",
    node: "primary",
    values: { cpu_seconds: grow("primary cpu", naive ? Math.min(0.8, rate * 0.018) : Math.min(0.8, rate * 0.0003)) },
  });
  append(at, "generator", {
    kind: "sample",
    node: "generator",
    values: { cpu_seconds: grow("generator cpu", 0.05 + rate * 0.0009) },
  });
  append(at, "network", {
    kind: "sample",
    node: "network",
    values: { cpu_seconds: grow("network cpu", rate * 0.0003) },
  });
}
