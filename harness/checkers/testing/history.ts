import type { TimelineEntry } from "#core/fault.ts";
import { describeFault } from "#core/fault.ts";
import { Histogram } from "#core/histogram.ts";
import type { FaultEvent, HistoryEvent, HistoryRecord, Lane, Outcome, Page, RunEvent } from "#core/history.ts";
import { type LastWord, lastWordName, READERS } from "#core/last-words.ts";
import { LOGS_READ, type LogsRead } from "#core/part-logs.ts";
import { loadLengthMs, type Objective, type Scenario, usersAt } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import type { CheckInput } from "#core/verdict.ts";
import { WITNESSES, type Witnesses } from "#core/witnesses.ts";

/** Run clock at the first planned request. */
const ZERO_MS = 5_000;
/** The machine's date then, milliseconds since the epoch. */
const DATE_MS = 1_795_000_000_000;

export const hang: TimelineEntry = {
  id: "cache-hangs",
  phase: "peak",
  afterMs: 10_000,
  forMs: 10_000,
  fault: { kind: "latency", link: { from: "app", to: "cache", region: "eu" }, addedMs: 2_000 },
  reason: "to see who waits",
};

/** Ten seconds of calm, twenty of plateau, sixty of peak; one fault ten seconds into the peak. */
export function scenarioWith(expect: readonly Objective[], change: Partial<Scenario> = {}): Scenario {
  return {
    title: "A small surge",
    question: "Does it hold?",
    background: "It may not.",
    system: { name: "scaled", without: [] },
    load: {
      kind: "black-friday",
      scale: 500,
      pace: "compressed",
      startUsers: 5_000,
      phases: [
        { name: "normal", forMs: 10_000, users: 5_000 },
        { name: "plateau", forMs: 20_000, users: 500_000 },
        { name: "peak", forMs: 60_000, users: 500_000 },
      ],
      buyersPerSecond: 20,
      steadyPhase: "plateau",
      peakPhase: "peak",
    },
    steady: [
      { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: { phase: "plateau" } },
      { kind: "availability", subject: "all", atLeast: 0.99, window: { phase: "plateau" } },
    ],
    timeline: [hang],
    expect,
    ...change,
  };
}

const topology: Topology = {
  system: "scaled",
  regions: ["eu"],
  nodes: [
    { id: "app-eu-1", role: "app", region: "eu", index: 1, cpu: 1 },
    { id: "app-eu-2", role: "app", region: "eu", index: 2, cpu: 1 },
    { id: "app-eu-3", role: "app", region: "eu", index: 3, cpu: 1, spare: true },
    { id: "cache-eu", role: "cache", region: "eu", index: 1, cpu: 1 },
    { id: "replica-eu", role: "replica", region: "eu", index: 1, cpu: 1 },
  ],
  links: [
    { id: "app@eu>cache-eu", from: { role: "app", region: "eu" }, to: "cache-eu", port: "redis", roundTripMs: 0 },
  ],
  protections: [],
};

/** Attempts of one second: outcome, latency, how many. */
type Attempted = readonly (readonly [Outcome, number, number])[];

export interface Story {
  /** What a second brought a lane; undefined leaves the second as it is in a healthy shop. */
  readonly attempts?: (second: number, lane: Lane) => Attempted | undefined;
  /** States that the fault went through; the healthy course when absent. */
  readonly fault?: readonly FaultEvent["state"][];
  /** What is appended beside. */
  readonly also?: readonly { readonly atMs: number; readonly event: HistoryEvent }[];
  /** Kinds of records that never reached the history. */
  readonly without?: (record: HistoryEvent) => boolean;
}

const COURSE: readonly FaultEvent["state"][] = ["planned", "injecting", "in-force", "healing", "healed"];
const PAGES: readonly Page[] = ["home", "product"];

/** A healthy second: a hundred shoppers between 5 and 24 ms, twenty buyers at 15 ms, a bot that nobody judges. */
function healthy(lane: Lane): Attempted {
  if (lane === "bots") return [["error", 9_000, 1]];
  return lane === "buyers" ? [["ok", 15, 20]] : Array.from({ length: 20 }, (_, i) => ["ok", 5 + i, 5] as const);
}

/** The history of a run in which the shop behaved as the story says, and well where it says nothing. */
export function inputOf(scenario: Scenario, story: Story = {}): CheckInput {
  const pending: { readonly at: number; readonly source: string; readonly event: HistoryEvent }[] = [];
  const tell = (atMs: number, source: string, event: HistoryEvent): void => {
    if (story.without?.(event) !== true) pending.push({ at: ZERO_MS + atMs, source, event });
  };
  for (const { id, spare } of topology.nodes) {
    if (spare === undefined)
      tell(-4_000, "harness", { kind: "node", node: id, state: "ready", detail: "after 900 ms" });
  }
  tell(-4_500, "harness", { kind: "node", node: "network", state: "ready", detail: "after 60 ms" });
  tell(-4_000, "harness", {
    kind: "run",
    state: "raised",
    detail: "4 nodes ready",
    facts: { sizesKind: "cgroup v1", sizes: "quota per node" },
  });
  tell(-10, "harness", { kind: "run", state: "load-begun", detail: "", facts: { zeroAt: ZERO_MS } });
  const { planned: total, left } = tellLoad(scenario, story, tell);
  tellFault(story.fault ?? COURSE, scenario, tell);
  tellReads(scenario, tell);
  tellWitnesses(loadLengthMs(scenario.load), left, tell);
  for (const { atMs, event } of story.also ?? []) tell(atMs, "harness", event);
  tellCourse(scenario, story, tell);
  tell(loadLengthMs(scenario.load) + 500, "generator", {
    kind: "load.ended",
    exitCode: 0,
    complete: true,
    planned: total,
    accounted: total,
    detail: "everybody said a last word",
  });
  tellLastWords(loadLengthMs(scenario.load), pending.filter(({ event }) => event.kind === "sample").length, tell);
  const records = pending
    .sort((a, b) => a.at - b.at)
    .map(({ at, source, event }, seq): HistoryRecord => {
      // The generator dates what it says, and is heard a little later.
      return { ...event, seq, at, source, ...(source === "generator" ? { sourceAt: at - 5 } : {}) };
    });
  return { scenario, topology, records };
}

/** The gate after the plateau, and the rest after the load; what a story tells of them itself stands instead. */
function tellCourse(scenario: Scenario, { also = [] }: Story, tell: Tell): void {
  const isTold = (...states: readonly RunEvent["state"][]): boolean =>
    also.some(({ event }) => event.kind === "run" && states.includes(event.state));
  const endMs = loadLengthMs(scenario.load);
  if (!isTold("steady", "not-steady")) tell(32_000, "harness", { kind: "run", state: "steady", detail: "" });
  tell(endMs + 1_000, "harness", { kind: "run", state: "drained", detail: "the load has ended" });
  if (!isTold("quiesced", "not-quiesced")) {
    tell(endMs + 6_000, "harness", { kind: "run", state: "quiesced", detail: "nothing in hand" });
  }
}

/** Both witnesses of a load, joined by request id after the final reads, and what the edge says of its own log. */
function tellWitnesses(endMs: number, total: number, tell: Tell): void {
  const values = { haproxy_process_dropped_logs_total: 0 };
  tell(endMs + 11_000, "harness", { kind: "sample", node: "edge", values });
  tell(endMs + 12_000, "harness", {
    kind: "evidence",
    name: WITNESSES,
    data: {
      kind: "joined",
      attempts: total,
      answers: total,
      lines: total + 16,
      agreed: total,
      unanswered: { unseen: 0, seen: 0 },
      resent: 0,
      unread: 0,
      cut: 0,
      inFlight: 0,
      own: 16,
      nameless: 0,
      differences: {},
      examples: {},
      clock: { samples: total, seconds: 90, blurred: 0, contradictory: 0, atLeastMs: -27.4, atMostMs: -30.2 },
      tookMs: 900,
    } satisfies Witnesses,
  });
}

/** What the readers of numbers say at their end: they were there all the time. */
function tellLastWords(endMs: number, samples: number, tell: Tell): void {
  for (const reader of READERS) {
    const told = reader === "usage" ? 1 : samples - 1;
    const well = { everyMs: 1_000, told, answered: told, speechless: [], silentMs: 400, longestGapMs: 1_100 };
    const data: LastWord = { sources: [{ name: reader, node: "harness", ...well }] };
    tell(endMs + 13_000, "harness", { kind: "evidence", name: lastWordName(reader), data });
  }
  const read = topology.nodes.filter(({ spare }) => spare === undefined);
  const data: LogsRead = { logs: read.map(({ id: node }) => ({ node, found: true, bytes: 900, unread: 0 })) };
  tell(endMs + 14_000, "harness", { kind: "evidence", name: LOGS_READ, data });
}

type Tell = (atMs: number, source: string, event: HistoryEvent) => void;

function tellLoad(scenario: Scenario, story: Story, tell: Tell): { readonly planned: number; readonly left: number } {
  let total = 0;
  let left = 0;
  for (let second = 0; second * 1_000 < loadLengthMs(scenario.load); second += 1) {
    const users = Math.round(usersAt(scenario.load, second * 1_000) / scenario.load.scale);
    let planned = 0;
    for (const lane of ["shoppers", "buyers", "bots"] as const) {
      const attempted = story.attempts?.(second, lane) ?? healthy(lane);
      for (const [index, page] of (lane === "buyers" ? (["checkout"] as const) : PAGES).entries()) {
        // Everything of a second lies on its first page but for one good answer, so that pages differ.
        const part = index === 0 ? attempted : ([["ok", 5, 1]] as const);
        const latency = new Histogram();
        const outcomes: Partial<Record<Outcome, number>> = {};
        for (const [outcome, ms, count] of part) {
          latency.record(ms, count);
          outcomes[outcome] = (outcomes[outcome] ?? 0) + count;
          planned += count;
          if (outcome !== "lost" && outcome !== "unsent") left += count;
        }
        const batch = {
          kind: "load.batch",
          second,
          lane,
          page,
          region: "eu",
          outcomes,
          latency: latency.toData(),
        } as const;
        tell((second + 1) * 1_000 + 300, "generator", batch);
        if (page === "checkout") tellWrites(second, lane, part, tell);
      }
    }
    total += planned;
    const lateness = new Histogram();
    lateness.record(2, planned);
    tell((second + 1) * 1_000 + 400, "generator", {
      kind: "load.health",
      second,
      usersPlanned: users,
      usersPresent: users,
      planned,
      sent: planned,
      lateness: lateness.toData(),
      exceptions: 0,
    });
  }
  return { planned: total, left };
}

/** Whatever writes is told by itself as well. */
function tellWrites(second: number, lane: Lane, attempted: Attempted, tell: Tell): void {
  const plannedMs = second * 1_000;
  let number = 0;
  for (const [outcome, durationMs, count] of attempted) {
    if (outcome === "lost" || outcome === "unsent") continue;
    for (let i = 0; i < count; i += 1) {
      number += 1;
      tell((second + 1) * 1_000 + 200, "generator", {
        kind: "load.attempt",
        id: `${lane}${second}.${number}.1`,
        lane,
        page: "checkout",
        region: "eu",
        plannedMs,
        sentMs: plannedMs,
        durationMs,
        status: 200,
        outcome,
        attempt: 1,
      });
    }
  }
}

function tellFault(states: readonly FaultEvent["state"][], scenario: Scenario, tell: Tell): void {
  const [entry] = scenario.timeline;
  if (entry === undefined) return;
  const { id, fault } = entry;
  const base = { kind: "fault", id, fault: fault.kind, title: describeFault(fault) } as const;
  const times: Partial<Record<FaultEvent["state"], number>> = {
    injecting: 40_000,
    "in-force": 42_100,
    unproven: 45_000,
    healing: 52_100,
    healed: 52_300,
    "not-healed": 62_300,
  };
  for (const state of states) {
    const fresh = { kind: "answered", ms: 2_003 } as const;
    const numbers =
      state === "in-force"
        ? {
            asked: "+2s a round trip",
            measured: "+2.003s on new connections",
            readings: [{ when: "in-force", target: "app@eu>cache-eu", fresh } as const],
          }
        : {};
    tell(times[state] ?? -5, "harness", { ...base, state, detail: `it is ${state}`, ...numbers });
  }
}

/** Cumulative counters of both applications: of 100 reads a second 60 hot, 30 warm, 10 from the database at 2 ms each. */
function tellReads(scenario: Scenario, tell: Tell): void {
  for (let second = -2; second * 1_000 <= loadLengthMs(scenario.load); second += 1) {
    const done = Math.max(0, second);
    for (const node of ["app-eu-1", "app-eu-2"]) {
      tell(second * 1_000, "harness", {
        kind: "sample",
        node,
        values: {
          'shop_reads_total{kind="product",tier="hot"}': 60 * done,
          'shop_reads_total{kind="product",tier="warm"}': 30 * done,
          'shop_reads_total{kind="product",tier="database"}': 10 * done,
          'shop_database_queries_total{class="read",server="replica",kind="product"}': 10 * done,
          'shop_database_seconds_total{class="read",server="replica",kind="product"}': 0.02 * done,
          'shop_breaker_opened_total{target="cache-eu"}': second >= 43 ? 1 : 0,
        },
      });
    }
    tell(second * 1_000, "harness", {
      kind: "sample",
      node: "replica-eu",
      values: { statement_calls: 20 * done, replay_seconds: 0.03 },
    });
    tell(second * 1_000, "harness", { kind: "sample", node: "machine", values: { cores: 2, busy_seconds: done } });
    for (const [node, cores] of [
      ["generator", 0.3],
      ["harness", 0.05],
      ["guardian", 0.01],
      ["network", 0.16],
    ] as const) {
      const values = { cpu_seconds: cores * (second + 2) };
      const dated = node === "harness" ? { wall_ms: DATE_MS + second * 1_000 } : {};
      tell(second * 1_000, "harness", { kind: "sample", node, values: { ...values, ...dated } });
    }
  }
}
