import { type HistoryRecord, loadZero, type Outcome } from "#core/history.ts";
import type { RunRecord } from "#core/result.ts";
import { loadLengthMs, type Scenario } from "#core/scenario.ts";
import { formatLatency, formatShare, type Unit } from "./format.ts";
import { type LoadByLane, type LoadSecond, type LoadSeconds, newLoadByLane } from "./series/load-seconds.ts";
import type { Values } from "./series/sample-track.ts";
import { type ShopTracks, shopTracks, TIERS } from "./series/shop-tracks.ts";

export type { LoadByLane, LoadSecond, LoadSeconds } from "./series/load-seconds.ts";
export type { Values } from "./series/sample-track.ts";
export { TIERS } from "./series/shop-tracks.ts";

/** One line of a chart, one column of the CSV. */
export interface Track {
  readonly id: string;
  readonly label: string;
  /** Colour by meaning, not by number: the style sheet knows these. */
  readonly tone: "main" | "soft" | "faint" | "good" | "bad" | "plan" | "second" | "third";
  readonly unit: Unit;
  readonly values: Values;
}

/** One chart of the shared time axis. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly kind: "lines" | "stack";
  readonly scale: "linear" | "log";
  readonly unit: Unit;
  readonly tracks: readonly Track[];
  readonly target?: { readonly value: number; readonly label: string };
  /** What was not there to be read, when every track is empty. */
  readonly missing: string;
}

/** All per-second series of a run, derived once. Second 0 begins with the first planned request. */
export interface RunSeries {
  /** Run clock at the first planned request; 0 when no load ever began. */
  readonly zeroMs: number;
  readonly seconds: number;
  readonly lanes: LoadByLane;
  readonly shop: ShopTracks;
  readonly panels: readonly Panel[];
}

/** Three hours: the longest scenario takes 20 minutes, and a single wrong second must not fill the memory. */
const LONGEST_SECONDS = 3 * 3_600;

export function deriveSeries({ result, records }: RunRecord): RunSeries {
  const zeroMs = loadZero(records) ?? 0;
  const lanes = newLoadByLane();
  for (const record of records) if (record.kind === "load.batch") lanes[record.lane].add(record);
  const planned = loadZero(records) === undefined ? 0 : Math.ceil(loadLengthMs(result.scenario.load) / 1_000);
  const last = Math.max(lanes.shoppers.last, lanes.buyers.last, lanes.bots.last) + 1;
  const seconds = Math.min(LONGEST_SECONDS, Math.max(planned, last));
  const shop = shopTracks(records, result.topology, zeroMs, seconds);
  const panels = [
    ...loadPanels(records, result.scenario, lanes, seconds),
    ...shopPanels(result.scenario, shop, seconds),
  ];
  return { zeroMs, seconds, lanes, shop, panels };
}

function track(id: string, label: string, tone: Track["tone"], unit: Unit, values: Values): Track {
  return { id, label, tone, unit, values };
}

function loadPanels(
  records: readonly HistoryRecord[],
  scenario: Scenario,
  lanes: LoadByLane,
  seconds: number,
): readonly Panel[] {
  const planned: (number | undefined)[] = new Array(seconds).fill(undefined);
  const present: (number | undefined)[] = new Array(seconds).fill(undefined);
  for (const record of records) {
    if (record.kind !== "load.health" || record.second < 0 || record.second >= seconds) continue;
    planned[record.second] = record.usersPlanned;
    present[record.second] = record.usersPresent;
  }
  const { shoppers, buyers, bots } = lanes;
  const missing = "no load reached the history";
  return [
    {
      id: "users",
      title: "Users",
      kind: "lines",
      scale: "linear",
      unit: "users",
      missing: "the generator told nothing of its users",
      tracks: [
        track("users-present", "present", "main", "users", present),
        track("users-planned", "planned", "plan", "users", planned),
      ],
    },
    {
      id: "requests",
      title: "Requests",
      kind: "stack",
      scale: "linear",
      unit: "/s",
      missing,
      tracks: [
        track(
          "requests-bad",
          "bad",
          "bad",
          "/s",
          perSecond(shoppers, seconds, (second) => second.bad),
        ),
        track(
          "requests-good",
          "good",
          "good",
          "/s",
          perSecond(shoppers, seconds, (second) => second.good),
        ),
        track(
          "requests-bots",
          "bots",
          "faint",
          "/s",
          perSecond(bots, seconds, (second) => second.good + second.bad),
        ),
      ],
    },
    latencyPanel("latency", "Latency", "all", shoppers, scenario, seconds),
    causesPanel(lanes, seconds),
    {
      id: "buyers",
      title: "Buyers’ lane",
      kind: "stack",
      scale: "linear",
      unit: "/s",
      missing: "no buyers’ lane in this run",
      tracks: [
        track(
          "buyers-bad",
          "bad",
          "bad",
          "/s",
          perSecond(buyers, seconds, (second) => second.bad),
        ),
        track(
          "buyers-good",
          "good",
          "good",
          "/s",
          perSecond(buyers, seconds, (second) => second.good),
        ),
      ],
    },
    latencyPanel("buyers-latency", "Buyers’ latency", "buyers", buyers, scenario, seconds),
  ];
}

function perSecond(lane: LoadSeconds, seconds: number, read: (second: LoadSecond) => number | undefined): Values {
  return Array.from({ length: seconds }, (_, at) => {
    const second = lane.at(at);
    return second === undefined ? undefined : read(second);
  });
}

function latencyPanel(
  id: string,
  title: string,
  subject: "all" | "buyers",
  lane: LoadSeconds,
  scenario: Scenario,
  seconds: number,
): Panel {
  const limit = latencyLimit(scenario, subject);
  const quantile = (share: number): Values => perSecond(lane, seconds, (second) => second.latency.quantile(share));
  return {
    id,
    title,
    kind: "lines",
    scale: "log",
    unit: "ms",
    missing: "no attempt reached the history",
    tracks: [
      track(`${id}-p99`, "p99", "main", "ms", quantile(0.99)),
      track(`${id}-p95`, "p95", "soft", "ms", quantile(0.95)),
      track(`${id}-p50`, "p50", "faint", "ms", quantile(0.5)),
    ],
    ...(limit === undefined ? {} : { target: { value: limit, label: `limit ${formatLatency(limit)}` } }),
  };
}

/** The strictest limit on latency that the scenario sets for a subject. */
export function latencyLimit(scenario: Scenario, subject: "all" | "buyers"): number | undefined {
  const limits = scenario.expect.flatMap((objective) =>
    objective.kind === "latency" && objective.subject === subject ? [objective.belowMs] : [],
  );
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** Causes of failure with their words and colours, worst for the user first. */
export const CAUSES: readonly { readonly outcome: Outcome; readonly label: string; readonly tone: Track["tone"] }[] = [
  { outcome: "timeout", label: "timed out", tone: "bad" },
  { outcome: "lost", label: "lost (user still waited)", tone: "main" },
  { outcome: "unavailable", label: "503", tone: "second" },
  { outcome: "error", label: "other 5xx", tone: "third" },
  { outcome: "refused", label: "refused", tone: "soft" },
  { outcome: "broken-off", label: "broken off", tone: "faint" },
  { outcome: "unsent", label: "not sent", tone: "plan" },
];

function causesPanel(lanes: LoadByLane, seconds: number): Panel {
  const { shoppers, buyers } = lanes;
  const tracks = CAUSES.map(({ outcome, label, tone }) => {
    const values = Array.from({ length: seconds }, (_, at) => {
      const seen = [shoppers.at(at), buyers.at(at)].filter((second) => second !== undefined);
      if (seen.length === 0) return undefined;
      return seen.reduce((sum, second) => sum + (second.causes.get(outcome) ?? 0), 0);
    });
    return track(`errors-${outcome}`, label, tone, "/s", values);
  });
  return {
    id: "errors",
    title: "Failures by cause",
    kind: "stack",
    scale: "linear",
    unit: "/s",
    missing: "no load reached the history",
    tracks,
  };
}

function shopPanels(scenario: Scenario, shop: ShopTracks, seconds: number): readonly Panel[] {
  const none: Values = new Array(seconds).fill(undefined);
  const of = (name: string): Values => shop.get(name) ?? none;
  const named = (prefix: string): readonly string[] =>
    [...shop.keys()]
      .filter((name) => name.startsWith(`${prefix}/`))
      .map((name) => name.slice(prefix.length + 1))
      .sort();
  const avoided = scenario.expect.find((objective) => objective.kind === "reads-avoided");
  const lines = { kind: "lines", scale: "linear" } as const;
  const toTracks = (prefix: string, id: string, unit: Unit): readonly Track[] =>
    named(prefix).map((name, index) =>
      track(`${id}-${name}`, name, TONES[index % TONES.length] ?? "main", unit, of(`${prefix}/${name}`)),
    );
  return [
    {
      ...lines,
      id: "replicas",
      title: "Replicas up",
      unit: "replicas",
      missing: "the balancers’ checks were not sampled",
      tracks: toTracks("up", "replicas", "replicas"),
    },
    {
      ...lines,
      id: "balancer-queue",
      title: "Balancer queue",
      unit: "requests",
      missing: "the balancers were not sampled",
      tracks: [
        track("balancer-queue", "waiting", "main", "requests", of("balancer-queue")),
        track("in-hand", "in hand (apps)", "faint", "requests", of("in-hand")),
      ],
    },
    {
      ...lines,
      id: "pool",
      title: "Waiting for a connection",
      unit: "clients",
      missing: "the applications’ pools were not sampled",
      tracks: toTracks("waiting", "pool-waiting", "clients"),
    },
    {
      id: "tiers",
      title: "Reads by tier",
      kind: "stack",
      scale: "linear",
      unit: "/s",
      missing: "the applications’ reads were not sampled",
      tracks: [...TIERS].reverse().flatMap((tier) => {
        const tone = ({ hot: "good", warm: "soft", carts: "faint", stale: "third", database: "bad" } as const)[tier];
        return shop.has(`reads/${tier}`) ? [track(`reads-${tier}`, tier, tone, "/s", of(`reads/${tier}`))] : [];
      }),
    },
    {
      ...lines,
      id: "avoided",
      title: "Reads avoided",
      unit: "%",
      missing: "the applications’ reads were not sampled",
      tracks: [track("reads-avoided", "avoided", "main", "%", avoidedShare(shop, seconds))],
      ...(avoided?.kind === "reads-avoided"
        ? { target: { value: avoided.atLeast * 100, label: `at least ${formatShare(avoided.atLeast)}` } }
        : {}),
    },
    {
      ...lines,
      id: "database",
      title: "Database seconds a second",
      unit: "busy",
      missing: "the applications’ queries were not sampled",
      tracks: toTracks("busy", "database", "busy"),
    },
    {
      ...lines,
      id: "queue",
      title: "Work that waits",
      unit: "jobs",
      missing: "the queue was not sampled",
      tracks: [
        ...toTracks("queue", "queue", "jobs"),
        ...(shop.has("outbox") ? [track("outbox-pending", "outbox", "third", "jobs", of("outbox"))] : []),
      ],
    },
    {
      ...lines,
      id: "cpu",
      title: "Processor time",
      unit: "cores",
      missing: "the processes were not sampled",
      tracks: cpuTracks(shop, seconds),
    },
  ];
}

const TONES: readonly Track["tone"][] = ["main", "second", "third", "soft", "faint", "plan"];

/** A read is avoided when no query on any PostgreSQL server was needed for it. */
function avoidedShare(shop: ShopTracks, seconds: number): Values {
  return Array.from({ length: seconds }, (_, at) => {
    let wanted = 0;
    for (const tier of TIERS) wanted += shop.get(`reads/${tier}`)?.[at] ?? 0;
    return wanted > 0 ? 100 * (1 - (shop.get("reads/database")?.[at] ?? 0) / wanted) : undefined;
  });
}

/** Nodes that do the same work are one line, so that thirty parts stay readable. */
const CPU_GROUPS: readonly { readonly label: string; readonly of: RegExp }[] = [
  { label: "primary", of: /^primary/ },
  { label: "apps", of: /^app-/ },
  { label: "other databases", of: /^(replica|reports|pooler)/ },
  { label: "edge and balancers", of: /^(edge|balancer)/ },
  { label: "network (Toxiproxy)", of: /^network$/ },
  { label: "generator", of: /^generator$/ },
  { label: "harness", of: /^(harness|guardian)$/ },
];

function cpuTracks(shop: ShopTracks, seconds: number): readonly Track[] {
  const tones: readonly Track["tone"][] = ["bad", "main", "second", "third", "soft", "faint", "plan"];
  return CPU_GROUPS.flatMap(({ label, of }, index) => {
    const members = [...shop].filter(([name]) => name.startsWith("cpu/") && of.test(name.slice(4)));
    if (members.length === 0) return [];
    const values = Array.from({ length: seconds }, (_, at) => {
      const seen = members.flatMap(([, member]) => (member[at] === undefined ? [] : [member[at]]));
      return seen.length === 0 ? undefined : seen.reduce((sum, value) => sum + value, 0);
    });
    return [
      track(`cpu-${label.replace(/[^a-z]+/gi, "-").toLowerCase()}`, label, tones[index] ?? "faint", "cores", values),
    ];
  });
}
