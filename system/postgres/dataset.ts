import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import pg from "pg";
import type { Dataset, DatasetHelp } from "#core/service.ts";
import { ADMINISTRATOR, DATABASE } from "./names.ts";
import { WORDS } from "./words.ts";

/** The port only names the socket: nothing listens on the network while the data is prepared. */
const SOCKET_PORT = 5432;

/** A server that has just been started with an empty log accepts within 0.2 s; a cold, loaded machine takes seconds. */
const ACCEPTS_WITHIN_MS = 30_000;

/** A tenth of what starting takes. */
const POLL_MS = 20;

/** The database that every cluster has. */
const TEMPLATE = "template1";

const INITDB = [
  `--username=${ADMINISTRATOR}`,
  "--auth-local=trust", // the socket lies in a folder that only the service user and root enter
  "--auth-host=scram-sha-256",
  "--encoding=UTF8",
  "--locale=C", // for the messages; words are compared by the provider below, the same on every machine
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
  "--wal-segsize=4", // every copy of the data has a segment, used or not; 4 MB are also cheap to fill when one is opened
  "--no-sync", // what is lost with the machine is prepared again
];

/** While loading: all on one connection, nothing that has to survive a crash. */
const LOADING = {
  fsync: "off",
  full_page_writes: "off",
  synchronous_commit: "off",
  wal_level: "minimal", // with it, tables that are filled in the transaction which made them need no log
  max_wal_senders: "0", // the server asks for it at that level
  // Two segments, the least it takes: unused ones would be copied at each start.
  min_wal_size: "8MB",
  max_wal_size: "8MB",
  checkpoint_warning: "0",
  maintenance_work_mem: "256MB",
  work_mem: "64MB",
  autovacuum: "off", // done once and completely at the end
  jit: "off",
  track_commit_timestamp: "off",
};

/** A standby starts only from data whose last server wrote a log that a standby can follow. */
const LAST_START = { ...LOADING, wal_level: "replica" };

const SCHEMA = ["schema.sql", "functions.sql", "load.sql", "roles.sql"];

/** Everything that decides the content, by file; this one has the settings. */
const INPUTS = [...SCHEMA, "indexes.sql", "words.ts", "names.ts", "dataset.ts"];

/** The history of the shop with the indexes that its queries need. */
export const SHOP: Dataset = dataset("shop", ["indexes.sql"]);

/** The same rows with primary keys and unique keys only: without the protection `indexes`. */
export const SHOP_BARE: Dataset = dataset("shop-bare", []);

function dataset(name: string, extra: readonly string[]): Dataset {
  const hash = createHash("sha256").update(name);
  for (const input of INPUTS) hash.update(sourceOf(input));
  return {
    name,
    // 16 digits of a hash in a folder's name: enough that two contents never share one.
    key: hash.digest("hex").slice(0, 16),
    prepare: (folder, help) => prepare(folder, help, [...SCHEMA, ...extra]),
  };
}

async function prepare(folder: string, help: DatasetHelp, sources: readonly string[]): Promise<void> {
  help.progress("shop database: making the cluster");
  await help.run("initdb", [...INITDB, `--pgdata=${folder}`]);
  await withServer(folder, help, LOADING, TEMPLATE, async (client) => {
    await client.query(`alter database ${ADMINISTRATOR} rename to ${DATABASE}`);
  });
  await withServer(folder, help, LOADING, DATABASE, async (client) => {
    help.progress("shop database: loading catalogue and history");
    await load(client, sources);
  });
  await withServer(folder, help, LAST_START, DATABASE, (client) => client.query("checkpoint"));
}

async function load(client: pg.Client, sources: readonly string[]): Promise<void> {
  // Nobody makes another database here. A template has 300 files, and making a file costs more than filling it:
  // without the two, four copies of the data side by side take 0.9 s instead of 4.1 s.
  for (const template of ["template0", TEMPLATE]) {
    await client.query(`alter database ${template} is_template false`);
    await client.query(`drop database ${template}`);
  }
  await client.query("begin");
  await client.query("create temporary table words (rank int primary key, word text not null) on commit drop");
  await client.query("insert into words select rank, word from unnest($1::text[]) with ordinality as w(word, rank)", [
    WORDS,
  ]);
  await client.query("analyze words");
  for (const source of sources) await client.query(sourceOf(source));
  await client.query("create extension pg_stat_statements");
  await client.query("commit");
  // Frozen and with visibility maps, so that a scan writes nothing and an index-only scan reads the index only.
  await client.query("vacuum (freeze, analyze)");
}

/** Works beside a server, and then stops it cleanly: no copy of the data has anything to recover. */
async function withServer(
  folder: string,
  help: DatasetHelp,
  settings: Readonly<Record<string, string>>,
  database: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const argv = ["-D", folder, "-k", folder, "-p", String(SOCKET_PORT), "-h", ""];
  for (const [name, value] of Object.entries(settings)) argv.push("-c", `${name}=${value}`);
  await using _server = await help.start("postgres", argv);
  const client = await connectTo(folder, database, help.signal);
  try {
    await work(client);
  } finally {
    await client.end();
  }
  await help.run("pg_ctl", ["stop", `--pgdata=${folder}`, "--mode=fast", "--wait", "--silent"]);
}

/** Tries until the server accepts. */
async function connectTo(folder: string, database: string, signal: AbortSignal): Promise<pg.Client> {
  const deadline = performance.now() + ACCEPTS_WITHIN_MS;
  for (;;) {
    signal.throwIfAborted();
    const client = new pg.Client({ host: folder, port: SOCKET_PORT, user: ADMINISTRATOR, database });
    try {
      await client.connect();
      return client;
    } catch (cause) {
      if (performance.now() > deadline) throw new Error("the server for the preparation did not come up", { cause });
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function sourceOf(file: string): string {
  return readFileSync(new URL(file, import.meta.url), "utf8");
}
