import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import type { HistoryEvent, HistoryRecord } from "#core/history.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { noopStage } from "#core/noop.ts";
import { randomStream } from "#core/random.ts";
import type { Scenario } from "#core/scenario.ts";
import type { Address } from "#core/service.ts";
import type { Stage } from "#core/substrate.ts";
import type { Topology } from "#core/topology.ts";
import { systemClock } from "#harness/context/index.ts";
import { type PaymentServer, paymentServer } from "#system/payment/server.ts";
import { raisePostgres, raiseRedis, toolbox } from "#system/testing/parts.ts";
import { topologyOf } from "#system/topology.ts";
import { type WarehouseServer, warehouseServer } from "#system/warehouse/server.ts";
import { startRelay } from "#system/worker/relay.ts";
import { startWorker } from "#system/worker/worker.ts";
import { evidence, invariantCheckers } from "./index.ts";

const PASSWORD = "test";
const PRESENT: ReadonlySet<string> = new Set(["primary", "queue", "payment", "warehouse"]);
const quiet = pino({ level: "silent" });

const whole = topologyOf("scaled");
const topology: Topology = { ...whole, nodes: whole.nodes.filter((node) => PRESENT.has(node.role)) };

let folder: string;
let postgres: Awaited<ReturnType<typeof raisePostgres>>;
let redis: Awaited<ReturnType<typeof raiseRedis>>;
let payment: PaymentServer;
let warehouse: WarehouseServer;
let database: pg.Pool;
let stage: Stage;
const clock = systemClock();
const ctx: RunContext = {
  runId: "test",
  seed: "seed",
  clock,
  random: (stream) => randomStream("seed", stream),
  signal: AbortSignal.timeout(120_000),
  history: memoryHistory(clock),
  journal: { write: async () => {} },
  folder: tmpdir(),
};

beforeAll(async () => {
  const tools = await toolbox();
  folder = await mkdtemp(join(tmpdir(), "evidence-"));
  [postgres, redis] = await Promise.all([raisePostgres(tools), raiseRedis(tools)]);
  const listen = { host: "127.0.0.1", port: 0 };
  const source = { ...listen, port: postgres.port, user: "shop", password: PASSWORD, database: "shop" };
  payment = await paymentServer({
    listen,
    token: PASSWORD,
    seed: "seed",
    // One in three, so that of 23 orders some are cancelled and some are not.
    declinedShare: 0.3,
    ledgerPath: join(folder, "ledger.jsonl"),
  });
  warehouse = await warehouseServer({ node: "warehouse", listen, source, storePath: join(folder, "warehouse.duckdb") });
  await payment.http.listen(listen);
  await warehouse.http.listen(listen);
  database = new pg.Pool(source);
  // The server's end reaches connections that are only just being closed.
  database.on("error", () => {});
  const at: Readonly<Record<string, Address>> = {
    primary: postgres,
    queue: redis,
    payment: { host: "127.0.0.1", port: portOf(payment.http.server.address()) },
    warehouse: { host: "127.0.0.1", port: portOf(warehouse.http.server.address()) },
  };
  stage = {
    ...noopStage(topology),
    secret: () => PASSWORD,
    direct: (node) => {
      const address = at[node];
      if (address === undefined) throw new Error(`nothing stands for ${node}`);
      return address;
    },
  };
});

afterAll(async () => {
  await database.end();
  await Promise.all([payment[Symbol.asyncDispose](), warehouse[Symbol.asyncDispose]()]);
  await Promise.all([postgres[Symbol.asyncDispose](), redis[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true });
});

function portOf(address: AddressInfo | string | null): number {
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Buys, and tells the history as a load generator would. */
async function buy(key: string, productId: number, coupon?: string, quantity = 1): Promise<readonly HistoryEvent[]> {
  const lines = [{ productId, quantity }];
  const { rows } = await database.query<{
    outcome: string;
    body: { orderId: string; totalCents: number; discountCents?: number };
  }>("select * from place_order($1, 'hash', 'eu-1-s', 'eu', $2, $3)", [key, JSON.stringify(lines), coupon]);
  const soldOut = rows[0]?.outcome === "sold-out";
  const told = soldOut
    ? ({ result: "fail", status: 410, soldOutProductId: productId } as const)
    : ({
        result: "ok",
        status: 201,
        orderId: rows[0]?.body.orderId ?? "",
        totalCents: rows[0]?.body.totalCents ?? 0,
        ...(coupon === undefined ? {} : { discountCents: rows[0]?.body.discountCents ?? 0 }),
      } as const);
  return [
    {
      kind: "write.intent",
      key,
      attempt: 1,
      session: "eu-1-s",
      lines,
      ...(coupon === undefined ? {} : { coupon }),
    },
    { kind: "write.result", key, attempt: 1, ...told },
  ];
}

async function judge(writes: readonly HistoryEvent[]): Promise<ReadonlyMap<string, string>> {
  const events = [...writes];
  for (const round of [1, 2] as const) {
    for (const [name, data] of Object.entries(await evidence.finalReads(stage, ctx, round))) {
      events.push({ kind: "evidence", name: `final/${round}/${name}`, data });
    }
  }
  const records = events.map((event, seq): HistoryRecord => ({ ...event, seq, at: seq, source: "test" }));
  const expectations: Pick<Scenario, "expect"> = {
    expect: invariantCheckers.map(({ name }) => ({ kind: "invariant", name })),
  };
  const input = { scenario: expectations as Scenario, topology, records };
  return new Map(invariantCheckers.flatMap((checker) => checker.check(input)).map(({ id, state }) => [id, state]));
}

test("a real shop becomes quiet, its final reads hold, and damage done to it is found", async () => {
  await database.query("update stock set initial = 3, on_hand = 3 where product_id = 1");
  // At a scale at which of a door-buster there are two, somebody wants three, and nobody ever buys one.
  await database.query("update stock set initial = 2, on_hand = 2 where product_id = 40");
  const tooMany = await buy("too-many", 40, undefined, 3);
  expect(tooMany[1]).toMatchObject({ status: 410 });
  // Five want a product of which there are three, and nine have a coupon that is good for five.
  const bought = (
    await Promise.all(
      Array.from({ length: 25 }, (_, i) => buy(`order-${i}`, i < 5 ? 1 : i, i > 15 ? "EARLYBIRD" : undefined)),
    )
  ).flat();
  // All were under way at once: every intent was told before any answer came.
  const writes = [
    ...tooMany,
    ...bought.filter((event) => event.kind === "write.intent"),
    ...bought.filter((event) => event.kind !== "write.intent"),
  ];

  const waiting = await evidence.quiesce(stage, ctx, 600);
  expect(waiting.quiet).toBe(false);
  expect(waiting.detail).toContain("23 orders wait in the outbox");

  const { host, port } = redis;
  const listen = { host, port: 0 };
  const source = { host, port: postgres.port, user: "shop", password: PASSWORD, database: "shop" };
  const queue = { host, port, password: PASSWORD };
  await using _relay = await startRelay(
    { node: "relay", listen, database: source, queue, warmTiers: [], refreshesRollups: true },
    quiet,
  );
  await using _worker = await startWorker(
    {
      node: "worker-1",
      listen,
      database: source,
      queue,
      payment: { ...stage.direct("payment", "http"), token: PASSWORD },
    },
    quiet,
  );
  expect(await evidence.quiesce(stage, ctx, 20_000)).toMatchObject({ quiet: true });
  const { rows: ended } = await database.query<{ status: string }>("select distinct status from orders order by 1");
  expect(ended.map(({ status }) => status)).toEqual(["cancelled", "confirmed"]);
  const { "pages-true": pages, "buyers-see-their-orders": looks, ...others } = Object.fromEntries(await judge(writes));
  expect(new Set(Object.values(others))).toEqual(new Set(["held"]));
  // This shop has no application, so nobody was shown anything.
  expect([pages, looks]).toEqual(["unknown", "unknown"]);

  // Damage that is whole again: nothing of it is in the other columns.
  await database.query("alter table stock drop constraint stock_on_hand_check");
  await database.query("update stock set on_hand = on_hand - 1001 where product_id = 41");
  await database.query("update stock set on_hand = on_hand + 1001 where product_id = 41");
  await database.query("alter table coupons drop constraint coupon_within_limit");
  await database.query("update coupons set used = used + 100");
  await database.query("update coupons set used = used - 100");
  const meanwhile = await judge(writes);
  expect([...meanwhile].filter(([, state]) => state === "broken").map(([name]) => name)).toEqual([
    "nothing-oversold",
    "coupon-within-limit",
  ]);

  await database.query("update stock set on_hand = on_hand + 1 where product_id = 7");
  await database.query("delete from ledger where id = (select min(id) from ledger)");
  await database.query(
    "insert into discounts select max(id), 'EARLYBIRD', 0 from orders where id not in (select order_id from discounts)",
  );
  await database.query(
    "insert into stock_movements (order_id, product_id, quantity) select order_id, product_id, quantity from stock_movements limit 1",
  );
  const after = await judge(writes);
  expect([...after].filter(([, state]) => state === "broken").map(([name]) => name)).toEqual([
    "nothing-oversold",
    "coupon-within-limit",
    "money-conserved",
    "jobs-once",
  ]);
}, 60_000);

test("a transaction that is still open is no quiet", async () => {
  const client = await database.connect();
  await client.query("begin");
  await client.query("update stock set on_hand = on_hand where product_id = 9");
  const busy = await evidence.quiesce(stage, ctx, 600);
  expect(busy).toMatchObject({ quiet: false });
  expect(busy.detail).toContain("1 transactions on the primary");
  await client.query("rollback");
  client.release();
});

test("a part that does not answer is missing, with its reason, and the rest is there", async () => {
  const deaf: Stage = {
    ...stage,
    direct: (node, name) => (node === "warehouse" ? { host: "127.0.0.1", port: 1 } : stage.direct(node, name)),
  };
  const reads = await evidence.finalReads(deaf, ctx, 1);
  expect(reads.warehouse).toBeUndefined();
  expect(reads.problems).toHaveProperty("warehouse");
  expect(reads.orders).toHaveLength(23);
});
