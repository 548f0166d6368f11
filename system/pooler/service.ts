import type { Address, Service } from "#core/service.ts";
import { scramSecret } from "../scram.ts";

/** Names as in `system/postgres/names.ts`; a room of the shop does not reach into another. */
const DATABASE = "shop";
const APPLICATION = { name: "shop", secret: "database" } as const;
/** May read the pooler's own figures (`show pools` in the database `pgbouncer`). */
const STATISTICS = { name: "postgres", secret: "admin" } as const;

/** PgBouncer before the primary: many clients share few connections, each for the time of a transaction. */
export const pooler: Service = {
  ports: ["sql"],
  launch(input) {
    const password = input.secret(APPLICATION.secret);
    return {
      program: "pgbouncer",
      argv: [`${input.folder}/pgbouncer.ini`],
      env: {},
      files: [
        { path: "pgbouncer.ini", content: renderConfig(input.folder, input.listen("sql"), input.dial("primary")) },
        {
          path: "userlist.txt",
          content: [APPLICATION, STATISTICS]
            .map((user) => `"${user.name}" "${scramSecret(user.name, input.secret(user.secret))}"\n`)
            .join(""),
        },
      ],
      asServiceUser: true,
      ready: { kind: "postgres", port: "sql", user: APPLICATION.name, password, database: DATABASE },
      // Up to version 1.22 this ends it at once, later ones wait for their clients: then the grace is short.
      stop: { signal: "SIGTERM", graceMs: 1_000 },
      after: [],
    };
  },
};

function renderConfig(folder: string, listen: Address, primary: Address): string {
  const settings: Readonly<Record<string, string | number>> = {
    listen_addr: listen.host,
    listen_port: listen.port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: `${folder}/userlist.txt`,
    stats_users: STATISTICS.name,

    pool_mode: "transaction",
    // Twelve replicas with 12 connections each and two workers, times 1.5 for those that come before others have gone;
    // default 100.
    max_client_conn: 400,
    // A checkout holds its connection for a millisecond of work and some of waiting for disk and replica: twelve keep
    // the primary's 0.8 core busy, more only queue inside it. Default 20.
    default_pool_size: 12,
    // Four more when somebody has waited for a second.
    reserve_pool_size: 4,
    reserve_pool_timeout: 1,
    // Longer than the application waits for a connection itself (0.5 s), shorter than a user: default 120 s, in which
    // the server works for people who have left.
    query_wait_timeout: 2,
    // Added to every return of the primary: default 15 s.
    server_login_retry: 1,
    server_connect_timeout: 2,
    // Connections are renewed, so that none of them lives on a forgotten path for an hour.
    server_lifetime: 300,
    // A connection that rested for so long is tried before a client gets it; default 30 s.
    server_check_delay: 5,
    // node-postgres and others send it; it has no effect on the shop's types.
    ignore_startup_parameters: "extra_float_digits",
    // A peer that vanished without a word is noticed as the database itself does it: 5 + 3 x 2 s, 8 s with data on the way.
    tcp_keepalive: 1,
    tcp_keepidle: 5,
    tcp_keepintvl: 2,
    tcp_keepcnt: 3,
    tcp_user_timeout: 8_000,
    // Loopback, or the substrate's own network.
    client_tls_sslmode: "disable",
    server_tls_sslmode: "disable",
    // The log goes to stderr. What it would say of each connection is in its figures.
    log_connections: 0,
    log_disconnections: 0,
  };
  return [
    "[databases]",
    `${DATABASE} = host=${primary.host} port=${primary.port} dbname=${DATABASE}`,
    "",
    "[pgbouncer]",
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
    "",
  ].join("\n");
}
