import type { Breaker } from "../breaker.ts";
import type { AppConfig } from "../config.ts";
import type { Metrics } from "../metrics.ts";
import { Pool, type PoolSettings } from "./pool.ts";
import { Reader } from "./reader.ts";
import { REPORT_LIMIT_MS } from "./report.ts";

/** Connections a process for each class of work: six readers serve some 600 cold reads a second at 10 ms each. */
const SIZES = { write: 4, read: 6, report: 2 } as const;
/** What pg-pool gives to somebody who sets nothing: ten connections, requests wait without bound. */
const DEFAULT_SIZE = 10;
/** Connections through which a lost replica's reads may go to the primary: 130 a second from the other region (30 ms). */
const FALLBACK_SIZE = 4;
/** A replica's answer takes 1 ms; a page that waits longer than this for it misses its 200 ms. */
const REPLICA_TIMEOUT_MS = 150;
/** A page that was not answered by then is late anyway. */
const READ_TIMEOUT_MS = 400;
/** Waits for locks end after 1 s, by the role's settings. What takes longer waits for a second server, or is lost. */
const WRITE_TIMEOUT_MS = 2_000;
/** A second more than a report is given by the database, which ends it first. */
const REPORT_TIMEOUT_MS = REPORT_LIMIT_MS + 1_000;

/** Connections by class of work. Without `pools` all classes of a server share one pool. */
export interface Databases extends AsyncDisposable {
  /** Checkouts, and whatever must see its own writes. */
  readonly write: Pool;
  readonly report: Pool;
  readonly reader: Reader;
  readonly all: readonly Pool[];
}

export function openDatabases(config: AppConfig, metrics: Metrics, replicaBreaker: () => Breaker): Databases {
  const { database } = config;
  const bounded = config.protections.has("pools");
  const all: Pool[] = [];
  const open: OpenPool = (settings, limited = bounded) => {
    const { user, name, password } = database;
    const pool = new Pool(
      { ...settings, user, database: name, password, applicationName: config.id, bounded: limited },
      metrics,
    );
    all.push(pool);
    return pool;
  };
  const primary = { server: "primary", address: database.primary } as const;
  const shared = bounded
    ? undefined
    : open({ ...primary, name: "shared", size: DEFAULT_SIZE, kept: 0, queryTimeoutMs: undefined });
  const write =
    shared ?? open({ ...primary, name: "write", size: SIZES.write, kept: 2, queryTimeoutMs: WRITE_TIMEOUT_MS });
  const reportServer =
    config.protections.has("reports") && database.reports !== undefined
      ? ({ server: "reports", address: database.reports } as const)
      : primary;
  const report =
    shared !== undefined && reportServer.server === "primary"
      ? shared
      : open({ ...reportServer, name: "report", size: SIZES.report, kept: 0, queryTimeoutMs: REPORT_TIMEOUT_MS });
  return {
    write,
    report,
    reader: openReader(config, shared, open, replicaBreaker, (from, to) => metrics.fellBack(from, to)),
    all,
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(all.map((pool) => pool[Symbol.asyncDispose]()));
    },
  };
}

type OpenPool = (
  settings: Pick<PoolSettings, "name" | "server" | "address" | "size" | "kept" | "queryTimeoutMs">,
  limited?: boolean,
) => Pool;

function openReader(
  config: AppConfig,
  shared: Pool | undefined,
  open: OpenPool,
  replicaBreaker: () => Breaker,
  fellBack: (from: string, to: string) => void,
): Reader {
  const primary = { server: "primary", address: config.database.primary } as const;
  const replica = config.protections.has("replicas") ? config.database.replica : undefined;
  if (replica === undefined) {
    const reads =
      shared ?? open({ ...primary, name: "read", size: SIZES.read, kept: 3, queryTimeoutMs: READ_TIMEOUT_MS });
    return new Reader({ primary: reads, replica: undefined, fellBack });
  }
  const pool = open({
    server: "replica",
    address: replica,
    name: "read",
    size: shared === undefined ? SIZES.read : DEFAULT_SIZE,
    kept: shared === undefined ? 3 : 0,
    // Belongs to the fall-back, not to the bounds of the pools: without it a silent replica is never noticed.
    queryTimeoutMs: REPLICA_TIMEOUT_MS,
  });
  // Kept open: dialling the other region takes longer than a page may wait. Its bound is what caps the fall-back, so it
  // is there with and without `pools`.
  const fallback = open(
    { ...primary, name: "fallback", size: FALLBACK_SIZE, kept: FALLBACK_SIZE, queryTimeoutMs: READ_TIMEOUT_MS },
    true,
  );
  return new Reader({ primary: fallback, replica: { pool, breaker: replicaBreaker() }, fellBack });
}
