import type { HistoryRecord } from "#core/history.ts";
import type { Topology } from "#core/topology.ts";
import { metricKey } from "./metric-key.ts";
import { SampleTrack, type Values } from "./sample-track.ts";

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

/** Reads every sample once and sorts it into tracks. `zeroMs`: run clock at the first planned request. */
export function shopTracks(
  records: readonly HistoryRecord[],
  topology: Topology,
  zeroMs: number,
  seconds: number,
): ShopTracks {
  const tracks = new Map<string, SampleTrack>();
  const track = (name: string, kind: Rule["kind"], join: Rule["join"]): SampleTrack => {
    const known = tracks.get(name);
    if (known !== undefined) return known;
    const fresh = new SampleTrack(kind, join, seconds);
    tracks.set(name, fresh);
    return fresh;
  };
  const regionOf = new Map(topology.nodes.map((node) => [node.id, node.region] as const));
  const roleOf = new Map(topology.nodes.map((node) => [node.id, node.role] as const));
  for (const record of records) {
    if (record.kind !== "sample") continue;
    const atMs = record.at - zeroMs;
    const { node, values } = record;
    for (const [key, value] of Object.entries(values)) {
      const { name, labels } = metricKey(key);
      const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
      const target = rule?.track(labels);
      if (rule !== undefined && target !== undefined) {
        track(target, rule.kind, rule.join).add(`${node} ${key}`, atMs, value);
      }
    }
    const cpuKey = CPU_KEYS.find((key) => values[key] !== undefined);
    if (cpuKey !== undefined) track(`cpu/${node}`, "counter", "sum").add(node, atMs, values[cpuKey] ?? 0);
    const balancer = balancerState(values, roleOf.get(node) === "balancer");
    if (balancer.queued !== undefined) track("balancer-queue", "state", "sum").add(node, atMs, balancer.queued);
    if (balancer.up !== undefined) {
      track(`up/${regionOf.get(node) ?? "all"}`, "state", "sum").add(node, atMs, balancer.up);
    }
  }
  return new Map([...tracks].map(([name, found]) => [name, found.values()] as const));
}

/** Sums one balancer's servers: keys `<backend>/<server>/status` and `.../qcur`. A server of several backends counts once. */
function balancerState(
  values: Readonly<Record<string, number>>,
  isBalancer: boolean,
): { readonly up?: number; readonly queued?: number } {
  if (!isBalancer) return {};
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
