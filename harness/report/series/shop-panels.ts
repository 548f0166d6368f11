import type { Scenario } from "#core/scenario.ts";
import { formatShare, type Unit } from "../format.ts";
import { type Panel, type Track, track } from "./panel.ts";
import type { Values } from "./sample-track.ts";
import { type ShopTracks, TIERS } from "./shop-tracks.ts";

/** What the charts of the shop are made from. */
interface Source {
  readonly shop: ShopTracks;
  readonly seconds: number;
  /** The values of a track, or as many gaps when it was not sampled. */
  of(name: string): Values;
  /** A line for each track whose name begins with the prefix. */
  each(prefix: string, id: string, unit: Unit): readonly Track[];
}

/** The charts of the shop’s own numbers, from the balancers to the processors. */
export function shopPanels(scenario: Scenario, shop: ShopTracks, seconds: number): readonly Panel[] {
  const none: Values = new Array(seconds).fill(undefined);
  const of = (name: string): Values => shop.get(name) ?? none;
  const source: Source = {
    shop,
    seconds,
    of,
    each: (prefix, id, unit) =>
      [...shop.keys()]
        .filter((name) => name.startsWith(`${prefix}/`))
        .map((name) => name.slice(prefix.length + 1))
        .sort()
        .map((name, index) =>
          track(`${id}-${name}`, name, TONES[index % TONES.length] ?? "main", unit, of(`${prefix}/${name}`)),
        ),
  };
  return [...capacityPanels(source), ...readPanels(source, scenario), ...backPanels(source)];
}

const LINES = { kind: "lines", scale: "linear" } as const;

/** What stands between a request and its work: replicas, queues, pools. */
function capacityPanels({ of, each }: Source): readonly Panel[] {
  return [
    {
      ...LINES,
      id: "replicas",
      title: "Replicas up",
      unit: "replicas",
      missing: "the balancers’ checks were not sampled",
      tracks: each("up", "replicas", "replicas"),
    },
    {
      ...LINES,
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
      ...LINES,
      id: "pool",
      title: "Waiting for a connection",
      unit: "clients",
      missing: "the applications’ pools were not sampled",
      tracks: each("waiting", "pool-waiting", "clients"),
    },
  ];
}

const TIER_TONES = { hot: "good", warm: "soft", carts: "faint", stale: "third", database: "bad" } as const;

/** Who answered the reads. The database is the foot of the stack: what reached it is read against zero. */
function readPanels({ shop, seconds, of }: Source, scenario: Scenario): readonly Panel[] {
  const avoided = scenario.expect.find((objective) => objective.kind === "reads-avoided");
  const missing = "the applications’ reads were not sampled";
  return [
    {
      id: "tiers",
      title: "Reads by tier",
      kind: "stack",
      scale: "linear",
      unit: "/s",
      missing,
      tracks: [...TIERS]
        .reverse()
        .filter((tier) => shop.has(`reads/${tier}`))
        .map((tier) => track(`reads-${tier}`, tier, TIER_TONES[tier], "/s", of(`reads/${tier}`))),
    },
    {
      ...LINES,
      id: "avoided",
      title: "Reads avoided",
      unit: "%",
      missing,
      tracks: [track("reads-avoided", "avoided", "main", "%", avoidedShare(shop, seconds))],
      ...(avoided?.kind === "reads-avoided"
        ? { target: { value: avoided.atLeast * 100, label: `at least ${formatShare(avoided.atLeast)}` } }
        : {}),
    },
  ];
}

/** What lies behind the pages: the database, the work that waits, the processors. */
function backPanels({ shop, seconds, of, each }: Source): readonly Panel[] {
  return [
    {
      ...LINES,
      id: "database",
      title: "Database seconds a second",
      unit: "busy",
      missing: "the applications’ queries were not sampled",
      tracks: each("busy", "database", "busy"),
    },
    {
      ...LINES,
      id: "queue",
      title: "Work that waits",
      unit: "jobs",
      missing: "the queue was not sampled",
      tracks: [
        ...each("queue", "queue", "jobs"),
        ...(shop.has("outbox") ? [track("outbox-pending", "outbox", "third", "jobs", of("outbox"))] : []),
      ],
    },
    {
      ...LINES,
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
