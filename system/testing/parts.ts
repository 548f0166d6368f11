import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import pg from "pg";
import type { Tool, Toolbox } from "#core/toolbox.ts";
import { equip, serviceUser, stateFolder } from "#harness/tools/index.ts";

/** Real servers for the tests of this folder, on loopback, in folders of their own, gone when disposed. */
export interface Part extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

const PASSWORD = "test";

/** A server of an idle machine is up in 0.3 s; a loaded one has been seen to take 5 s. */
const READY_MS = 20_000;

export async function toolbox(): Promise<Toolbox> {
  return equip({ progress: () => {}, signal: AbortSignal.timeout(300_000) });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  return address.port;
}

async function newFolder(): Promise<string> {
  const base = join(stateFolder(), "tests");
  await mkdir(base, { recursive: true, mode: 0o711 });
  const folder = await mkdtemp(join(base, "part-"));
  const user = serviceUser();
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  return folder;
}

function start(tool: Tool, argv: readonly string[], asServiceUser: boolean): ChildProcess {
  const user = asServiceUser ? serviceUser() : undefined;
  const child = spawn(tool.path, argv, {
    env: { ...tool.env, PATH: process.env.PATH ?? "" },
    stdio: ["ignore", "ignore", "pipe"],
    cwd: "/",
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  child.stderr?.resume();
  return child;
}

async function run(tool: Tool, argv: readonly string[]): Promise<void> {
  const child = start(tool, argv, true);
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${tool.path} ${argv.join(" ")} ended with ${code}`);
}

export async function until<Value>(
  look: () => Promise<Value | false | undefined>,
  withinMs = READY_MS,
): Promise<Value> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look().catch(() => undefined);
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`not seen within ${withinMs} ms: ${look.toString()}`);
    await sleep(20);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}

/** PostgreSQL with the shop's schema and functions and a small catalogue: product n costs n euros, 1,000 are on hand. One coupon, for five orders. */
export async function raisePostgres(
  tools: Toolbox,
  products = 50,
): Promise<Part & { readonly user: string; readonly password: string; readonly database: string }> {
  const folder = await newFolder();
  const data = join(folder, "data");
  await run(tools.initdb, ["-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "-E", "UTF8"]);
  const port = await freePort();
  const settings = ["fsync=off", "wal_level=logical", `unix_socket_directories=${folder}`];
  const argv = ["-D", data, "-h", "127.0.0.1", "-p", String(port), ...settings.flatMap((each) => ["-c", each])];
  const server = start(tools.postgres, argv, true);
  const address = { host: "127.0.0.1", port, user: "postgres", password: PASSWORD, database: "shop" };
  await until(async () => {
    const client = new pg.Client({ ...address, database: "postgres" });
    await client.connect();
    try {
      await client.query("create role shop superuser login");
      await client.query("create database shop");
    } finally {
      await client.end();
    }
    return true;
  });
  const client = new pg.Client(address);
  await client.connect();
  for (const file of ["schema.sql", "functions.sql"]) {
    await client.query(await readFile(join(import.meta.dirname, "../postgres", file), "utf8"));
  }
  await client.query(
    `insert into products (id, name, category_id, price_cents, description)
       select n, 'product ' || n, 1, 100 * n, 'described' from generate_series(1, ${products}) as n`,
  );
  await client.query("insert into stock (product_id, initial, on_hand) select id, 1000, 1000 from products");
  await client.query("insert into coupons (code, percent, most_uses) values ('EARLYBIRD', 20, 5)");
  await client.end();
  return {
    ...address,
    async [Symbol.asyncDispose]() {
      await end(server, "SIGINT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function raiseRedis(tools: Toolbox): Promise<Part & { readonly password: string }> {
  const port = await freePort();
  const argv = ["--port", String(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD];
  const server = start(tools["redis-server"], [...argv, "--save", "", "--appendonly", "no"], false);
  await until(async () => {
    const redis = new Redis({ port, host: "127.0.0.1", password: PASSWORD, maxRetriesPerRequest: 0 });
    redis.on("error", () => {});
    const answer = await redis.ping().finally(() => redis.disconnect());
    return answer === "PONG";
  });
  return {
    host: "127.0.0.1",
    port,
    password: PASSWORD,
    async [Symbol.asyncDispose]() {
      await end(server, "SIGKILL");
    },
  };
}
