import type { Address } from "#core/service.ts";
import { ADMINISTRATOR, APPLICATION, DATABASE, REPLICATOR } from "./names.ts";

export type Settings = Readonly<Record<string, string | number>>;

export interface Place {
  readonly node: string;
  readonly folder: string;
  readonly listen: Address;
}

/** What all servers of the shop have in common. Where a line is missing, PostgreSQL's own default is meant. */
export function commonSettings(place: Place): Settings {
  return {
    cluster_name: place.node,
    listen_addresses: place.listen.host,
    port: place.listen.port,
    unix_socket_directories: place.folder,
    hba_file: `${place.folder}/pg_hba.conf`,

    // The default, and what the shop's first architecture lived with. A standby needs as many as its primary.
    max_connections: 100,
    // The catalogue, the indexes and the recent orders fit; the whole of the data (120 MB) does not quite.
    shared_buffers: "128MB",
    effective_cache_size: "512MB",
    // A report over 400,000 order lines groups 20,000 products: 3 MB of hash table, and some for its sort.
    work_mem: "16MB",
    // Everything is in memory after the first touch: a random page costs what a sequential one costs.
    random_page_cost: 1.1,

    // A node is a machine of less than one core: nothing is won by more processes for one query or for reading ahead.
    max_parallel_workers_per_gather: 0,
    io_method: "sync",
    // Compiling pays after a second of query; the shop's queries take milliseconds.
    jit: "off",

    wal_level: "replica",
    // Three replicas, and room for each to come back before its old connection has been noticed as dead.
    max_wal_senders: 10,
    // A replica that was away for minutes continues where it stopped (a surge writes some 2 MB a second). No slots: one
    // of a replica that never returns keeps log until the primary's disk is full.
    wal_keep_size: "512MB",
    // On, although no test here can prove it: killing a process loses nothing that the kernel holds. It is on so that a
    // commit costs what a commit costs on this disk, in both systems.
    fsync: "on",
    synchronous_commit: "on",

    // A peer that vanished without a word is noticed after 5 + 3 x 2 s when idle, after 8 s with data on the way.
    tcp_keepalives_idle: 5,
    tcp_keepalives_interval: 2,
    tcp_keepalives_count: 3,
    tcp_user_timeout: 8_000,
    // A query whose client is gone is given up after a second; by default it runs to its end for nobody.
    client_connection_check_interval: "1s",

    shared_preload_libraries: "pg_stat_statements",
    track_io_timing: "on",

    timezone: "UTC",
    log_timezone: "UTC",
    log_destination: "stderr",
    log_line_prefix: "%m [%p] %a ",
    // Above the shop's promise of 200 ms: each line is a statement that alone broke it.
    log_min_duration_statement: 250,
    log_lock_waits: "on",
    // How long a wait is before it is logged and searched for a deadlock; a hot row is held for some milliseconds.
    deadlock_timeout: "500ms",
  };
}

/** An order is acknowledged when one of these has it on its disk too; empty: when the primary has it. */
export function primarySettings(synchronousReplicas: readonly string[]): Settings {
  return {
    synchronous_standby_names:
      synchronousReplicas.length === 0 ? "" : `ANY 1 (${synchronousReplicas.map(replicationName).join(", ")})`,
    // Half of it without a word, and the replica is asked; all of it, and the connection is closed. Default 60 s.
    wal_sender_timeout: "5s",
  };
}

export interface Upstream {
  readonly node: string;
  readonly primary: Address;
  readonly password: string;
}

/** `patienceMs`: how long the log waits for a query that it disturbs, before it cancels the query. */
export function replicaSettings(upstream: Upstream, patienceMs: number): Settings {
  const connection = {
    host: upstream.primary.host,
    port: upstream.primary.port,
    user: REPLICATOR,
    password: upstream.password,
    application_name: replicationName(upstream.node),
    connect_timeout: 2, // the least that libpq takes for more than "for ever"
    sslmode: "disable", // loopback or the substrate's own network
    gssencmode: "disable",
  };
  return {
    primary_conninfo: Object.entries(connection)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
    hot_standby: "on",
    wal_receiver_timeout: "5s", // default 60 s: a black hole would be noticed when its fault is long over
    wal_receiver_status_interval: "1s",
    wal_retrieve_retry_interval: "200ms", // default 5 s, added to each return of the primary
    max_standby_streaming_delay: patienceMs,
  };
}

/** Names in `synchronous_standby_names` are identifiers: no hyphens. */
function replicationName(node: string): string {
  return node.replaceAll("-", "_");
}

export function renderSettings(...parts: readonly Settings[]): string {
  return parts
    .flatMap((settings) => Object.entries(settings))
    .map(([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`)
    .join("");
}

/**
 * Who may come in. The socket lies in the node's own folder, which only the service user and root can enter. Addresses
 * are not checked here: the server listens only where the substrate tells it to, and everybody needs a password.
 */
export function renderAccess(): string {
  return [
    `local all ${ADMINISTRATOR} trust`,
    `host all ${ADMINISTRATOR} all scram-sha-256`,
    `host ${DATABASE} ${APPLICATION} all scram-sha-256`,
    `host replication ${REPLICATOR} all scram-sha-256`,
    "",
  ].join("\n");
}
