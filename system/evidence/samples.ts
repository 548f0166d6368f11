import type { SampleSource } from "#core/evidence.ts";
import type { Role } from "#core/topology.ts";
import { ADMINISTRATOR, ADMINISTRATOR_SECRET, APPLICATION, DATABASE } from "#system/postgres/names.ts";

/** What makes the curves of the report: once a second. */
const CURVE_MS = 1_000;

/** Everything else: half as often is half as dear, and a surge's slopes take tens of seconds. */
const DETAIL_MS = 2_000;

/** Utility statements (transaction control, settings) are no queries; counting them would flatter every share. */
const UTILITY = "^\\s*(begin|commit|rollback|start|set|reset|discard|deallocate|show|savepoint|release)";

/**
 * Statements are those of the application's role alone, so that neither samples nor evidence count themselves. A
 * function counts once, with everything that it does inside.
 */
const DATABASE_FIGURES = `
  select activity.*, server.*, statements.*
    from (select count(*)::int as connections,
                 count(*) filter (where state = 'active')::int as active,
                 count(*) filter (where state like 'idle in transaction%')::int as idle_in_transaction,
                 count(*) filter (where state = 'active' and wait_event_type = 'Lock')::int as waiting_for_locks,
                 count(*) filter (where wait_event = 'SyncRep')::int as waiting_for_replicas
            from pg_stat_activity
           where backend_type = 'client backend' and usename = '${APPLICATION}') as activity,
         (select numbackends, xact_commit, xact_rollback, tup_returned, tup_fetched, blks_hit, blks_read, deadlocks
            from pg_stat_database where datname = '${DATABASE}') as server,
         (select coalesce(sum(calls), 0)::float8 as statement_calls,
                 coalesce(sum(total_exec_time), 0)::float8 as statement_ms
            from pg_stat_statements
           where userid = '${APPLICATION}'::regrole and query !~* '${UTILITY}') as statements`;

/** How far each standby is behind, as the primary sees it: also for one that can no longer be asked. */
const REPLICATION_FIGURES = `
  (select count(*)::int as standbys,
          max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), replay_lsn))::float8 as most_lag_bytes,
          coalesce(max(extract(epoch from replay_lag)), 0)::float8 as most_lag_seconds,
          max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), replay_lsn))
            filter (where application_name = 'replica_eu')::float8 as lag_bytes_replica_eu,
          max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), replay_lsn))
            filter (where application_name = 'replica_us')::float8 as lag_bytes_replica_us,
          max(pg_wal_lsn_diff(pg_current_wal_insert_lsn(), replay_lsn))
            filter (where application_name = 'reports')::float8 as lag_bytes_reports
     from pg_stat_replication where state = 'streaming') as replication`;

const PRIMARY = `select * from (${DATABASE_FIGURES}) as figures, ${REPLICATION_FIGURES}`;

/** A standby's own view. Nothing left to replay is no lag, however long ago the last transaction was. */
const STANDBY = `
  select figures.*,
         case when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
              else coalesce(extract(epoch from now() - pg_last_xact_replay_timestamp()), 0) end::float8 as replay_seconds
    from (${DATABASE_FIGURES}) as figures`;

const metrics = (role: Role, everyMs: number): SampleSource => ({
  kind: "prometheus",
  role,
  port: "http",
  path: "/metrics",
  everyMs,
  keep: ["shop_"],
});

const haproxy = (role: Role): SampleSource => ({
  kind: "haproxy",
  role,
  port: "stats",
  path: "/stats;csv",
  everyMs: CURVE_MS,
});

/**
 * HAProxy drops a line of its log that it cannot write at once, rather than wait (tried with a reader that does not read:
 * of 3,000 lines 2,066 were dropped, and no request was slower for it), and tells how many nowhere but here.
 */
const droppedLogs = (role: Role): SampleSource => ({
  kind: "prometheus",
  role,
  port: "stats",
  path: "/metrics?scope=global",
  // It is the last word that counts; the shop is at rest for longer than this before the run ends.
  everyMs: 4_000,
  keep: ["haproxy_process_dropped_logs_total"],
});

const sql = (role: Role, query: string): SampleSource => ({
  kind: "sql",
  role,
  port: "sql",
  user: ADMINISTRATOR,
  secret: ADMINISTRATOR_SECRET,
  database: DATABASE,
  everyMs: DETAIL_MS,
  query,
});

const redis = (role: Role): SampleSource => ({
  kind: "redis",
  role,
  port: "redis",
  secret: role,
  everyMs: DETAIL_MS,
  keep: [
    "connected_clients",
    "blocked_clients",
    "used_memory",
    "total_commands_processed",
    "keyspace_hits",
    "keyspace_misses",
    "expired_keys",
    "evicted_keys",
    "db0",
  ],
});

/** Every place where the shop tells numbers of itself. Parts that a system lacks are not asked. */
export const samples: readonly SampleSource[] = [
  metrics("app", CURVE_MS),
  haproxy("edge"),
  droppedLogs("edge"),
  haproxy("balancer"),
  sql("primary", PRIMARY),
  sql("replica", STANDBY),
  sql("reports", STANDBY),
  redis("cache"),
  redis("carts"),
  redis("queue"),
  metrics("relay", DETAIL_MS),
  metrics("worker", DETAIL_MS),
  metrics("warehouse", DETAIL_MS),
  metrics("payment", DETAIL_MS),
];
