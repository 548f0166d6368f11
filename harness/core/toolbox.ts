/** The programs that a run starts. Their names are those of the executables. */
export type Program =
  | "node"
  | "k6"
  | "toxiproxy-server"
  | "haproxy"
  | "redis-server"
  | "pgbouncer"
  | "postgres"
  | "initdb"
  | "pg_ctl";

/** Where a program came from: it decides what the report says about it. */
export type ToolSource = "path" | "release" | "built" | "debian" | "npm";

/** One program, ready to be started. */
export interface Tool {
  /** Absolute path of the executable. */
  readonly path: string;
  /** What its environment needs beyond an empty one, for example `LD_LIBRARY_PATH` of an unpacked package. */
  readonly env: Readonly<Record<string, string>>;
  readonly version: string;
  readonly source: ToolSource;
}

export type Toolbox = Readonly<Record<Program, Tool>>;

/** The unprivileged user that runs what refuses root (PostgreSQL, PgBouncer); absent when the harness itself is unprivileged. */
export interface ServiceUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}
