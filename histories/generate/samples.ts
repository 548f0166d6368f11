import type { NodeSpec, Topology } from "#core/topology.ts";
import { isNoticed, type PretendFault } from "./course.ts";
import type { Told } from "./event.ts";

/** What applications read, and where answers came from, of a hundred reads of each kind. */
const KINDS = ["best-sellers", "search", "category", "product", "reviews", "stock", "cart", "order"] as const;
const TIERS = { hot: 66, warm: 22, carts: 2, stale: 4, database: 6 } as const;
/** What a query on a replica took, seconds. */
const QUERY_SECONDS = 0.002;
/** Fields that HAProxy tells of each server, and of each of its frontends. */
const SERVER_FIELDS = ["qcur", "scur", "hrsp_5xx", "econ", "wretr", "rtime"] as const;
const PAGES = ["home", "search", "category", "product", "cart", "add", "checkout", "order"] as const;
const POOL_CLASSES = ["read", "write", "report", "fallback"] as const;
/** Cores that the testbed and the machine keep busy. */
const CORES_BUSY = { generator: 0.25, harness: 0.04, guardian: 0.002, network: 0.18 } as const;
/** Any date will do, as long as it goes on as the run does. */
const WALL_ZERO_MS = 1_700_000_000_000;

/** What everything that is sampled tells at a second, after so many views and declined cards in all. */
export function samplesAt(
  second: number,
  views: number,
  topology: Topology,
  faults: readonly PretendFault[],
  declined: number,
): readonly Told[] {
  const atMs = second * 1_000;
  const running = topology.nodes.filter(({ spare }) => spare === undefined);
  const apps = running.filter(({ role }) => role === "app").length;
  const told: Told[] = [];
  const tell = (node: string, values: Readonly<Record<string, number>>): void => {
    told.push({ atMs: atMs + told.length / 100, source: "harness", event: { kind: "sample", node, values } });
  };
  // Each of an application's kinds is read as often as pages are viewed, times two: a page reads several things.
  const reads = Math.round((2 * views) / apps / KINDS.length);
  for (const node of running) {
    tell(node.id, { cpu_seconds: 0.1 * (second + 10), rss_bytes: 60_000_000 });
    if (node.role === "app") tell(node.id, appValues(node, reads, atMs, topology, faults));
    else if (node.role === "edge" || node.role === "balancer")
      tell(node.id, balancerValues(node, topology, faults, atMs));
    else if (node.role === "payment") tell(node.id, { 'shop_payments_total{result="declined"}': declined });
    else if (node.role === "primary") tell(node.id, { statement_calls: views, connections: 20 });
    else if (node.role === "replica") {
      const own = running.filter(({ role, region }) => role === "app" && region === node.region).length;
      tell(node.id, { statement_calls: own * KINDS.length * databaseReads(reads), replay_seconds: 0 });
    } else if (node.role === "reports") tell(node.id, { statement_calls: views, replay_seconds: 0.02 });
    else if (node.role === "warehouse") {
      tell(node.id, { shop_warehouse_lag_seconds: 0.6, shop_warehouse_lateness_seconds: 1.1 });
    } else if (node.role === "cache" || node.role === "carts" || node.role === "queue") {
      tell(node.id, { connected_clients: 5, used_memory: 1_000_000, keyspace_hits: views, keyspace_misses: 300 });
    }
  }
  for (const [node, cores] of Object.entries(CORES_BUSY)) {
    tell(node, {
      cpu_seconds: cores * (second + 10),
      ...(node === "harness" ? { wall_ms: WALL_ZERO_MS + atMs + told.length / 100 } : {}),
    });
  }
  tell("machine", { busy_seconds: second + 10, stolen_seconds: 0, cores: 2 });
  return told;
}

function databaseReads(reads: number): number {
  return Math.floor((reads * TIERS.database) / 100);
}

function appValues(
  { id, region }: NodeSpec,
  reads: number,
  atMs: number,
  topology: Topology,
  faults: readonly PretendFault[],
): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const kind of KINDS) {
    for (const [tier, share] of Object.entries(TIERS)) {
      values[`shop_reads_total{kind="${kind}",tier="${tier}"}`] = Math.floor((reads * share) / 100);
    }
    const queries = databaseReads(reads);
    values[`shop_database_queries_total{class="read",server="replica",kind="${kind}"}`] = queries;
    values[`shop_database_seconds_total{class="read",server="replica",kind="${kind}"}`] = queries * QUERY_SECONDS;
  }
  for (const page of PAGES) values[`shop_requests_total{page="${page}",status="200"}`] = reads;
  for (const pool of POOL_CLASSES) {
    for (const name of ["size", "idle", "waiting", "wait_max_seconds"])
      values[`shop_pool_${name}{class="${pool}"}`] = 1;
  }
  const others = topology.nodes.filter(
    (node) => node.role === "carts" || (node.region === region && (node.role === "cache" || node.role === "replica")),
  );
  for (const other of others) {
    const opened = faults.filter(
      (fault) => "link" in fault.entry.fault && fault.diallers.includes(id) && fault.targets.includes(other.id),
    );
    values[`shop_breaker_open{target="${other.id}"}`] = opened.some((fault) => isNoticed(fault, atMs)) ? 1 : 0;
    values[`shop_breaker_opened_total{target="${other.id}"}`] = opened.filter(
      (fault) => isNoticed(fault, atMs) || atMs >= fault.healedMs,
    ).length;
  }
  return {
    ...values,
    shop_inflight: 2,
    shop_weight: 100,
    shop_eventloop_p99_seconds: 0.005,
    shop_memory_bytes: 186_000_000,
  };
}

function balancerValues(
  { role, region }: NodeSpec,
  topology: Topology,
  faults: readonly PretendFault[],
  atMs: number,
): Readonly<Record<string, number>> {
  const values: Record<string, number> = {
    "http/FRONTEND/status": 1,
    "http/FRONTEND/scur": 4,
    "http/FRONTEND/hrsp_5xx": 0,
  };
  const servers = topology.nodes.filter((node) =>
    role === "edge" ? node.role === "balancer" : node.role === "app" && node.region === region,
  );
  for (const { id, spare } of servers) {
    const isOut = faults.some(
      (fault) => "node" in fault.entry.fault && fault.targets.includes(id) && isNoticed(fault, atMs),
    );
    values[`app/${id}/status`] = isOut || spare !== undefined ? 0 : 1;
    for (const field of SERVER_FIELDS) values[`app/${id}/${field}`] = 0;
  }
  return values;
}
