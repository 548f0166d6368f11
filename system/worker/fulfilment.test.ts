import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, raisePostgres, raiseRedis, toolbox, until } from "#system/testing/parts.ts";
import type { RelayConfig, WorkerConfig } from "./config.ts";
import { addJobs, type FulfilmentJob, openQueue, producerConnection, QUEUE_NAME } from "./jobs.ts";
import { startRelay } from "./relay.ts";

const TOKEN = "token-of-the-test";
const quiet = pino({ level: "warn" });
const host = "127.0.0.1";

let folder: string;
let postgres: Awaited<ReturnType<typeof raisePostgres>>;
let redis: Awaited<ReturnType<typeof raiseRedis>>;
let database: pg.Pool;
let payment: ChildProcess;
let paymentPort: number;
let relayConfig: RelayConfig;
const disposables = new AsyncDisposableStack();

beforeAll(async () => {
  const tools = await toolbox();
  folder = await mkdtemp(join(tmpdir(), "fulfilment-"));
  [postgres, redis] = await Promise.all([raisePostgres(tools), raiseRedis(tools)]);
  database = new pg.Pool({ host, port: postgres.port, user: "postgres", database: "shop" });
  database.on("error", () => {});
  paymentPort = await freePort();
  payment = await startProgram("payment", "../payment/main.ts", {
    listen: { host, port: paymentPort },
    token: TOKEN,
    seed: "seed",
    ledgerPath: join(folder, "ledger.jsonl"),
  });
  await until(async () => (await fetch(`http://${host}:${paymentPort}/livez`)).ok);
  relayConfig = {
    node: "relay",
    listen: { host, port: 0 },
    database: address(),
    queue: queueAddress(),
    warmTiers: [],
    refreshesRollups: true,
  };
});

afterAll(async () => {
  await disposables.disposeAsync();
  await stopProgram(payment, "SIGTERM");
  await database.end();
  await Promise.all([postgres[Symbol.asyncDispose](), redis[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true });
});

function address(): RelayConfig["database"] {
  return { host, port: postgres.port, user: "postgres", password: "test", database: "shop" };
}

function queueAddress(): WorkerConfig["queue"] {
  return { host, port: redis.port, password: redis.password };
}

async function startProgram(name: string, file: string, config: unknown): Promise<ChildProcess> {
  const path = join(folder, `${name}.json`);
  await writeFile(path, JSON.stringify(config));
  return spawn(process.execPath, [join(import.meta.dirname, file), path], { stdio: ["ignore", "ignore", "inherit"] });
}

async function stopProgram(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

async function startWorkerProgram(
  name: string,
  provider = paymentPort,
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const port = await freePort();
  const config: WorkerConfig = {
    node: name,
    listen: { host, port },
    database: address(),
    queue: queueAddress(),
    payment: { host, port: provider, token: TOKEN },
  };
  const child = await startProgram(name, "worker-main.ts", config);
  await until(async () => (await fetch(`http://${host}:${port}/livez`)).ok);
  return { child, port };
}

async function placeOrder(key: string): Promise<string> {
  const { rows } = await database.query<{ order_id: string }>(
    "select order_id from place_order($1, 'hash', 'session', 'eu', $2)",
    [key, JSON.stringify([{ productId: 3, quantity: 2 }])],
  );
  return rows[0]?.order_id ?? "";
}

async function confirmed(keys: readonly string[]): Promise<boolean> {
  const { rows } = await database.query<{ n: number }>(
    "select count(*)::int as n from orders where idempotency_key = any ($1) and status = 'confirmed'",
    [keys],
  );
  return rows[0]?.n === keys.length;
}

/** Everything that an order must have exactly once, counted. */
async function traces(prefix: string): Promise<Record<string, number>> {
  const { rows } = await database.query<Record<string, number>>(
    `with mine as (select id from orders where idempotency_key like $1 || '%')
     select (select count(*)::int from mine) as orders,
            (select count(*)::int from effects where order_id in (select id from mine)) as effects,
            (select count(*)::int from stock_movements where order_id in (select id from mine)) as movements,
            (select count(*)::int from ledger where order_id in (select id from mine)) as entries,
            (select coalesce(sum(amount_cents), 0)::int from ledger where order_id in (select id from mine)) as balance`,
    [prefix],
  );
  const response = await fetch(`http://${host}:${paymentPort}/captures`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const { captures } = (await response.json()) as { captures: { orderKey: string }[] };
  return { ...rows[0], captures: captures.filter((each) => each.orderKey.startsWith(prefix)).length };
}

const oncePerOrder = (orders: number): Record<string, number> => ({
  orders,
  effects: 3 * orders,
  movements: orders,
  entries: 4 * orders,
  balance: 0,
  captures: orders,
});

test("accepted orders are paid, booked and confirmed, once each, and their jobs come at once", async () => {
  await using _relay = await startRelay(relayConfig, quiet);
  const worker = await startWorkerProgram("worker-1");
  disposables.defer(() => stopProgram(worker.child, "SIGKILL"));
  const keys = Array.from({ length: 40 }, (_, i) => `plain-${i}`);
  for (const key of keys) await placeOrder(key);
  await until(() => confirmed(keys));
  expect(await traces("plain-")).toEqual(oncePerOrder(40));
  const { rows } = await database.query<{ waited: number }>(
    `select max(extract(epoch from published_at - created_at) * 1000)::float8 as waited from outbox`,
  );
  // A look of 200 ms, and the time to publish; 600 ms leave room for a busy machine.
  expect(rows[0]?.waited).toBeLessThan(600);
  const metrics = await (await fetch(`http://${host}:${worker.port}/metrics`)).text();
  expect(metrics).toContain('shop_jobs_total{result="done"} 40');
  await stopProgram(worker.child, "SIGTERM");
  expect(worker.child.exitCode).toBe(0);
});

test("a worker killed in the middle of its payments: another finishes them, and each takes effect once", async () => {
  await using _relay = await startRelay(relayConfig, quiet);
  const victim = await startWorkerProgram("victim");
  const keys = Array.from({ length: 30 }, (_, i) => `killed-${i}`);
  for (const key of keys) await placeOrder(key);
  await until(async () => {
    const text = await (await fetch(`http://${host}:${victim.port}/metrics`)).text();
    return Number(/shop_jobs_in_hand (\d+)/.exec(text)?.[1]) >= 10;
  });
  await stopProgram(victim.child, "SIGKILL");
  const { rows } = await database.query<{ n: number }>(
    "select count(*)::int as n from orders where idempotency_key like 'killed-%' and status = 'accepted'",
  );
  expect(rows[0]?.n).toBeGreaterThan(0);
  const heir = await startWorkerProgram("heir");
  disposables.defer(() => stopProgram(heir.child, "SIGKILL"));
  // Ten seconds until the locks of the dead worker expire, five until somebody looks.
  await until(() => confirmed(keys), 25_000);
  expect(await traces("killed-")).toEqual(oncePerOrder(30));
  await stopProgram(heir.child, "SIGTERM");
});

test("a wiped queue loses nothing: overdue orders get their jobs back", async () => {
  const keys = Array.from({ length: 10 }, (_, i) => `wiped-${i}`);
  for (const key of keys) await placeOrder(key);
  await using _relay = await startRelay(relayConfig, quiet, { overdueMs: 1_000, sweepMs: 200 });
  await until(async () => {
    const { rows } = await database.query<{ n: number }>(
      "select count(*)::int as n from outbox where published_at is null",
    );
    return rows[0]?.n === 0;
  });
  const client = new Redis({ host, port: redis.port, password: redis.password });
  await client.flushall();
  client.disconnect();
  const worker = await startWorkerProgram("after-wipe");
  disposables.defer(() => stopProgram(worker.child, "SIGKILL"));
  await until(() => confirmed(keys), 15_000);
  expect(await traces("wiped-")).toEqual(oncePerOrder(10));
  await stopProgram(worker.child, "SIGTERM");
});

test("while the provider is away jobs wait and are tried again, and are finished when it is back", async () => {
  await stopProgram(payment, "SIGKILL");
  await using _relay = await startRelay(relayConfig, quiet);
  const worker = await startWorkerProgram("patient");
  disposables.defer(() => stopProgram(worker.child, "SIGKILL"));
  await placeOrder("patient-1");
  await until(async () =>
    (await (await fetch(`http://${host}:${worker.port}/metrics`)).text()).includes('result="failed"'),
  );
  payment = await startProgram("payment", "../payment/main.ts", {
    listen: { host, port: paymentPort },
    token: TOKEN,
    seed: "seed",
    ledgerPath: join(folder, "ledger.jsonl"),
  });
  await until(() => confirmed(["patient-1"]), 15_000);
  expect(await traces("patient-")).toEqual(oncePerOrder(1));
  await stopProgram(worker.child, "SIGTERM");
});

test("orders whose card is declined are cancelled once each, however often their job comes, and nobody revives them", async () => {
  const port = await freePort();
  const bank = await startProgram("strict-bank", "../payment/main.ts", {
    listen: { host, port },
    token: TOKEN,
    seed: "seed",
    declinedShare: 1,
    ledgerPath: join(folder, "strict.jsonl"),
  });
  disposables.defer(() => stopProgram(bank, "SIGKILL"));
  await until(async () => (await fetch(`http://${host}:${port}/livez`)).ok);
  const shelf = async (): Promise<unknown> =>
    (await database.query("select on_hand from stock where product_id = 3")).rows[0];
  const before = await shelf();
  const keys = Array.from({ length: 10 }, (_, i) => `declined-${i}`);
  for (const key of keys) await placeOrder(key);
  await using _relay = await startRelay(relayConfig, quiet, { overdueMs: 500, sweepMs: 200 });
  const worker = await startWorkerProgram("with-strict-bank", port);
  disposables.defer(() => stopProgram(worker.child, "SIGKILL"));
  const metrics = async (): Promise<string> => (await fetch(`http://${host}:${worker.port}/metrics`)).text();
  await until(async () => (await metrics()).includes('shop_jobs_total{result="cancelled"} 10'), 15_000);
  const jobs = await database.query<FulfilmentJob>(
    `select id::text as "orderId", idempotency_key as "orderKey", total_cents as "totalCents"
       from orders where idempotency_key like 'declined-%'`,
  );
  const client = new Redis({ host, port: redis.port, password: redis.password });
  const queue = openQueue(client);
  await queue.addBulk(
    jobs.rows.map((job) => ({ name: QUEUE_NAME, data: job, opts: { jobId: `twice-${job.orderId}` } })),
  );
  await until(async () => (await metrics()).includes('shop_jobs_total{result="repeated"} 10'), 15_000);
  await queue.close();
  client.disconnect();
  // Three sweeps for orders that are overdue: these are not.
  await sleep(700);
  expect(await metrics()).toContain('shop_jobs_total{result="repeated"} 10');
  expect(await shelf()).toEqual(before);
  expect(await traces("declined-")).toEqual({
    orders: 10,
    effects: 10,
    movements: 10,
    entries: 40,
    balance: 0,
    captures: 0,
  });
  await stopProgram(worker.child, "SIGTERM");
});

test("an order that is published twice has one job, and two in a shop that has the bug of not looking", async () => {
  const redis = producerConnection(queueAddress());
  const queue = openQueue(redis);
  await queue.waitUntilReady();
  const job: FulfilmentJob = { orderId: "999999", orderKey: "twice", totalCents: 100 };
  const added = async (deduplicated?: boolean): Promise<number> => {
    await queue.drain();
    for (let time = 1; time <= 2; time += 1) await addJobs(queue, [job], deduplicated);
    return (await queue.getJobCounts("waiting")).waiting ?? 0;
  };
  expect(await added()).toBe(1);
  expect(await added(false)).toBe(2);
  await queue.drain();
  await queue.close();
  redis.disconnect();
});
