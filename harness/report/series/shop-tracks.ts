import type { HistoryRecord } from "#core/history.ts";
import type { Topology } from "#core/topology.ts";
import { parseMetricKey } from "./metric-key.ts";
import { type SampleLine, SampleTrack, type Values } from "./sample-track.ts";

/** Who answered a logical read; the order in which a read travels. */
export const TIERS = ["hot", "warm", "carts", "stale", "database"] as const;

/** What each second of the shop's own numbers says, by name of the track (`reads/hot`, `busy/primary`, `cpu/app-eu-1`). */
export type ShopTracks = ReadonlyMap<string, Values>;

interface Rule {
  readonly kind: "counter" | "state";
  readonly join: "sum" | "max";
  /** The track that a label goes to, or undefined to leave it out. */
  track(labels: Readonly<Record<string, string>>): string | undefined;
}

const byLabel = (prefix: string, label: string) => (labels: Readonly<Record<string, string>>) =>
  labels[label] === undefined ? undefined : `${prefix}/${labels[label]}`;

const always = (name: string) => () => name;

/** Metrics of the shop's processes, by the names that they publish. */
const RULES: Readonly<Record<string, Rule>> = {
  shop_reads_total: { kind: "counter", join: "sum", track: byLabel("reads", "tier") },
  shop_database_queries_total: { kind: "counter", join: "sum", track: byLabel("queries", "server") },
  shop_database_seconds_total: { kind: "counter", join: "sum", track: byLabel("busy", "server") },
  shop_pool_waiting: { kind: "state", join: "sum", track: byLabel("waiting", "class") },
  shop_pool_wait_max_seconds: { kind: "state", join: "max", track: always("wait-longest") },
  shop_pool_timeouts_total: { kind: "counter", join: "sum", track: always("pool-timeouts") },
  shop_shed_total: { kind: "counter", join: "sum", track: always("shed") },
  shop_breaker_open: { kind: "state", join: "sum", track: always("breakers-open") },
  shop_fallback_total: { kind: "counter", join: "sum", track: always("fallbacks") },
  shop_inflight: { kind: "state", join: "sum", track: always("in-hand") },
  shop_queue_depth: { kind: "state", join: "max", track: byLabel("queue", "state") },
  shop_outbox_pending: { kind: "state", join: "max", track: always("outbox") },
  shop_warehouse_lag_seconds: { kind: "state", join: "max", track: always("warehouse-lag") },
};

/** Names under which a sampler may tell the processor time of a part; the first that a node tells counts. */
const CPU_KEYS = ["cpu_seconds_total", "cpu_seconds", "cpuSeconds"] as const;

/** The tracks of a run while they are filled, and which line of them a node's key goes to. */
class Tracks {
  readonly #tracks = new Map<string, SampleTrack>();
  /** By node and key; null for a key that no track wants. Keys repeat every second, so each is taken apart once. */
  readonly #lines = new Map<string, Map<string, SampleLine | null>>();
  readonly #seconds: number;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** The line that a metric belongs to by its name and labels. */
  metric(node: string, key: string): SampleLine | null {
    const lines = this.#linesOf(node);
    const known = lines.get(key);
    if (known !== undefined) return known;
    const { name, labels } = parseMetricKey(key);
    const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
    const target = rule?.track(labels);
    const line = rule === undefined || target === undefined ? null : this.#track(target, rule).line();
    lines.set(key, line);
    return line;
  }

  /** The line of a node in a track that is not a metric of its own. */
  own(node: string, track: string, kind: Rule["kind"]): SampleLine {
    // The bell keeps these apart from metrics, whose names are words.
    const key = `\u0007${track}`;
    const lines = this.#linesOf(node);
    const known = lines.get(key);
    if (known !== undefined && known !== null) return known;
    const line = this.#track(track, { kind, join: "sum" }).line();
    lines.set(key, line);
    return line;
  }

  values(): ShopTracks {
    return new Map([...this.#tracks].map(([name, track]) => [name, track.values()] as const));
  }

  #linesOf(node: string): Map<string, SampleLine | null> {
    const known = this.#lines.get(node);
    if (known !== undefined) return known;
    const fresh = new Map<string, SampleLine | null>();
    this.#lines.set(node, fresh);
    return fresh;
  }

  #track(name: string, { kind, join }: Pick<Rule, "kind" | "join">): SampleTrack {
    const known = this.#tracks.get(name);
    if (known !== undefined) return known;
    const fresh = new SampleTrack(kind, join, this.#seconds);
    this.#tracks.set(name, fresh);
    return fresh;
  }
}

/** Reads every sample once and sorts it into tracks. `zeroMs`: run clock at the first planned request. */
export function shopTracks(
  records: readonly HistoryRecord[],
  topology: Topology,
  zeroMs: number,
  seconds: number,
): ShopTracks {
  const tracks = new Tracks(seconds);
  const nodes = new Map(topology.nodes.map((node) => [node.id, node] as const));
  for (const record of records) {
    if (record.kind !== "sample") continue;
    const atMs = record.at - zeroMs;
    const { node, values } = record;
    for (const key of Object.keys(values)) tracks.metric(node, key)?.add(atMs, values[key] ?? 0);
    const cpuKey = CPU_KEYS.find((key) => values[key] !== undefined);
    if (cpuKey !== undefined) tracks.own(node, `cpu/${node}`, "counter").add(atMs, values[cpuKey] ?? 0);
    const spec = nodes.get(node);
    if (spec?.role !== "balancer") continue;
    const { up, queued } = balancerState(values);
    if (queued !== undefined) tracks.own(node, "balancer-queue", "state").add(atMs, queued);
    if (up !== undefined) tracks.own(node, `up/${spec.region}`, "state").add(atMs, up);
  }
  return tracks.values();
}

/** Sums one balancer's servers: keys `<backend>/<server>/status` and `.../qcur`. A server of several backends counts once. */
function balancerState(values: Readonly<Record<string, number>>): { readonly up?: number; readonly queued?: number } {
  const up = new Map<string, boolean>();
  let queued: number | undefined;
  for (const [key, value] of Object.entries(values)) {
    const [, server, field] = key.split("/");
    if (server === undefined || field === undefined) continue;
    if (field === "qcur") queued = (queued ?? 0) + value;
    if (field === "status" && server !== "FRONTEND" && server !== "BACKEND") {
      up.set(server, (up.get(server) ?? false) || value >= 1);
    }
  }
  return {
    ...(up.size > 0 ? { up: [...up.values()].filter(Boolean).length } : {}),
    ...(queued !== undefined ? { queued } : {}),
  };
}
