import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { appendFile, chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { expect, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { CRASH_LOGGED, LOGS_READ } from "#core/part-logs.ts";
import { randomStream } from "#core/random.ts";
import type { Program, Tool } from "#core/toolbox.ts";
import { systemClock } from "#harness/context/index.ts";
import { equip, serviceUser, stateFolder } from "#harness/tools/index.ts";
import { crashLines } from "./crash-words.ts";
import { tailLogs } from "./log-tail.ts";

function contextOf(folder: string) {
  const clock = systemClock();
  const history = memoryHistory(clock);
  const ctx: RunContext = {
    runId: "test",
    seed: "seed",
    clock,
    random: (stream) => randomStream("seed", stream),
    signal: AbortSignal.timeout(60_000),
    history,
    journal: { write: async () => {} },
    folder,
  };
  return { ctx, history };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address.port;
}

/** A program of the toolbox as the service user, its words at the end of a log. */
function start(tool: Tool, argv: readonly string[], log: string): ChildProcess {
  const file = openSync(log, "a");
  const user = serviceUser();
  const child = spawn(tool.path, argv, {
    env: { ...tool.env, PATH: process.env.PATH ?? "" },
    stdio: ["ignore", file, file],
    cwd: "/",
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  closeSync(file);
  return child;
}

async function until<Value>(look: () => Promise<Value | undefined> | Value | undefined): Promise<Value> {
  // A server of an idle machine is up in 0.3 s; a loaded one has been seen to take 5 s.
  for (const deadline = performance.now() + 20_000; ; ) {
    const seen = await Promise.resolve(look()).catch(() => undefined);
    if (seen !== undefined) return seen;
    if (performance.now() > deadline) throw new Error(`not seen in time: ${look.toString()}`);
    await sleep(20);
  }
}

test("a real PostgreSQL that loses one of its processes and goes on has told of a crash; its start and its end are none", async () => {
  const tools = await equip({ progress: () => {}, signal: AbortSignal.timeout(300_000) });
  const base = join(stateFolder(), "tests");
  await mkdir(base, { recursive: true, mode: 0o711 });
  const folder = await mkdtemp(join(base, "crash-"));
  const user = serviceUser();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const initdb = start(
    tools.initdb,
    ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync"],
    join(folder, "initdb"),
  );
  expect(await once(initdb, "exit")).toEqual([0, null]);
  const port = await freePort();
  const { ctx, history } = contextOf(folder);
  const tail = tailLogs(folder, [{ node: "primary", program: "postgres" }], ctx);
  const settings = ["fsync=off", `unix_socket_directories=${folder}`, "log_line_prefix=%m [%p] %a "];
  const argv = ["-D", data, "-h", "127.0.0.1", "-p", String(port), ...settings.flatMap((each) => ["-c", each])];
  const server = start(tools.postgres, argv, join(folder, "primary.log"));
  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
    client.on("error", () => {});
    await client.connect();
    return client;
  };
  const crashes = () => history.records().filter((each) => each.kind === "system" && each.event === CRASH_LOGGED);
  try {
    const client = await until(connect);
    // Whoever quotes the words in a statement has not crashed: the line begins with an error, not with a crash.
    await client.query('select 1 / 0 as "PANIC:  was terminated by signal 9"').catch(() => undefined);
    const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
    tail.look();
    expect(crashes()).toEqual([]);
    process.kill(rows[0]?.pid ?? 0, "SIGKILL");
    await (await until(connect)).end();
    await until(() => {
      tail.look();
      return crashes().length >= 3 || undefined;
    });
    expect(server.exitCode).toBeNull();
    const before = crashes().length;
    const ended = once(server, "exit");
    server.kill("SIGINT");
    await ended;
    await tail[Symbol.asyncDispose]();
    expect(crashes()).toHaveLength(before);
    const words = crashes().map((each) => (each.kind === "system" ? each.detail : ""));
    expect(words.some((line) => line.includes("was terminated by signal 9: Killed"))).toBe(true);
    expect(words.some((line) => line.includes("all server processes terminated; reinitializing"))).toBe(true);
  } finally {
    if (server.exitCode === null && server.signalCode === null) server.kill("SIGKILL");
    await tail[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}, 60_000);

test("how far each log was read is told at the end, also of one that was never there", async () => {
  const folder = await mkdtemp(join(tmpdir(), "logs-"));
  const { ctx, history } = contextOf(folder);
  const nodes = ["there", "never"].map((node) => ({ node, program: "redis-server" as const }));
  const line = "7:M 24 Nov 2026 18:19:04.240 # Redis 7.0.15 crashed by signal: 11, si_code: 1\n";
  await appendFile(join(folder, "there.log"), line);
  await tailLogs(folder, nodes, ctx)[Symbol.asyncDispose]();
  expect(history.records()).toMatchObject([
    { kind: "system", node: "there", event: CRASH_LOGGED },
    {
      kind: "evidence",
      name: LOGS_READ,
      data: {
        logs: [
          { node: "there", found: true, bytes: line.length, unread: 0 },
          { node: "never", found: false, bytes: 0, unread: 0 },
        ],
      },
    },
  ]);
  await rm(folder, { recursive: true });
});

const AT = "2026-11-24 18:19:05.491 UTC [28989]";

test.each<[Program, string]>([
  ["postgres", `${AT}  PANIC:  could not write to file "pg_wal/xlogtemp.29": No space left on device`],
  ["postgres", `${AT}  LOG:  client backend (PID 7) was terminated by signal 9: Killed`],
  ["postgres", `${AT}  LOG:  checkpointer process (PID 7) was terminated by signal 11: Segmentation fault`],
  ["postgres", `${AT}  LOG:  terminating any other active server processes`],
  ["postgres", `${AT}  LOG:  all server processes terminated; reinitializing`],
  ["postgres", `${AT} app-eu-1 FATAL:  out of memory`],
  ["postgres", 'TRAP: failed Assert("x"), File: "y.c", Line: 7, PID: 7'],
  ["redis-server", "7:M 24 Nov 2026 18:19:04.240 # Redis 7.0.15 crashed by signal: 11, si_code: 1"],
  ["redis-server", "7:M 24 Nov 2026 18:19:04.240 # Redis aborting for OUT OF MEMORY. Allocating 64 bytes!"],
  ["redis-server", "7:M 24 Nov 2026 18:19:04.240 # Background AOF rewrite terminated by signal 9"],
  ["redis-server", "=== REDIS BUG REPORT START: Cut & paste starting from here ==="],
  ["haproxy", 'FATAL: bug condition "fd < 0" matched at include/haproxy/fd.h:436'],
  ["pgbouncer", "2026-11-24 18:20:23.652 UTC [28938] FATAL @src/objects.c:329 in function put_in_order(): bug"],
  ["node", '{"level":60,"time":1795544346525,"msg":"it cannot go on"}'],
  ["node", '{"level":50,"msg":"Release called on client which has already been released to the pool."}'],
])("a crash of %s is known by its words: %s", (program, line) => {
  expect(crashLines(program, Buffer.from(`before\n${line}\nafter\n`))).toEqual([line]);
});

test.each<[Program, string]>([
  ["postgres", `${AT} [unknown] FATAL:  password authentication failed for user "shop"`],
  ["postgres", `${AT} [unknown] FATAL:  the database system is starting up`],
  ["postgres", `${AT} app-eu-1 FATAL:  terminating connection due to administrator command`],
  ["postgres", `${AT}  FATAL:  could not receive data from WAL stream: server closed the connection unexpectedly`],
  ["postgres", `${AT}  FATAL:  streaming replication receiver "reports" could not connect to the primary server`],
  ["postgres", `${AT}  LOG:  background worker "logical replication launcher" (PID 7) exited with exit code 1`],
  ["postgres", `${AT} app-eu-1 STATEMENT:  select 'PANIC:  ', 'LOG:  x was terminated by signal 9'`],
  ["redis-server", "7:M 24 Nov 2026 18:19:04.240 # User requested shutdown..."],
  ["haproxy", "[ALERT]    (28916) : backend 'app' has no server available!"],
  ["haproxy", '{"id":"r.7.10.1","path":"\\/search?q=FATAL: bug condition","status":200}'],
  ["pgbouncer", "2026-11-24 18:20:23.652 UTC [28938] LOG got SIGTERM, fast exit"],
  ["node", '{"level":30,"event":"ready","detail":"{\\"level\\":60,"}'],
])("what a healthy %s says is no crash: %s", (program, line) => {
  expect(crashLines(program, Buffer.from(`${line}\n`))).toEqual([]);
});
