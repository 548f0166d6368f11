import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { raisePostgres, toolbox, until } from "#system/testing/parts.ts";
import type { WarehouseConfig } from "./config.ts";
import { type WarehouseServer, warehouseServer } from "./server.ts";

let folder: string;
let postgres: Awaited<ReturnType<typeof raisePostgres>>;
let database: pg.Pool;
let config: WarehouseConfig;
let server: WarehouseServer;
let base: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "warehouse-"));
  postgres = await raisePostgres(await toolbox());
  const { host, port, user, password } = postgres;
  database = new pg.Pool({ host, port, user, database: postgres.database });
  // The server's end reaches connections that are only just being closed.
  database.on("error", () => {});
  await database.query(
    `insert into orders (idempotency_key, session, region, status, total_cents, created_at)
       select 'history-' || n, 'history', 'eu', 'confirmed', 100, timestamptz '2025-01-01' + n * interval '1 h'
         from generate_series(1, 240) as n`,
  );
  config = {
    node: "warehouse",
    listen: { host: "127.0.0.1", port: 0 },
    source: { host, port, user, password, database: postgres.database },
    storePath: join(folder, "warehouse.duckdb"),
  };
  server = await warehouseServer(config);
  base = await server.http.listen(config.listen);
  await until(async () => (await fetch(`${base}/livez`)).ok);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await database.end();
  await postgres[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** Two lines, 13 euros. An order that is still open holds its products, so others have to buy another pair. */
async function placeOrders(
  client: pg.Pool | pg.PoolClient,
  prefix: string,
  count: number,
  [first, second] = [3, 7],
): Promise<void> {
  const lines = JSON.stringify([
    { productId: first, quantity: 2 },
    { productId: second, quantity: 1 },
  ]);
  for (let i = 0; i < count; i += 1) {
    await client.query("select * from place_order($1, 'hash', 'session', 'us', $2)", [`${prefix}-${i}`, lines]);
  }
}

async function ask<Body>(path: string): Promise<Body> {
  return (await (await fetch(`${base}${path}`)).json()) as Body;
}

test("orders arrive with their lines, each once, also those that were committed late", async () => {
  const late = await database.connect();
  await late.query("begin");
  await placeOrders(late, "late", 1, [4, 5]);
  await placeOrders(database, "early", 20);
  await until(async () => (await ask<{ orders: number }>("/totals")).orders === 20);
  await late.query("commit");
  late.release();
  await until(async () => (await ask<{ orders: number }>("/totals")).orders === 21);
  expect(await ask("/totals")).toMatchObject({ orders: 21, lines: 42, totalCents: 21 * 1_300, linesCents: 21 * 1_300 });
  const { orders } = await ask<{ orders: [string, number][] }>("/orders");
  const { rows } = await database.query<{ id: string; total_cents: number }>(
    "select id, total_cents from orders where idempotency_key not like 'history-%' order by id",
  );
  expect(orders).toEqual(rows.map((row) => [row.id, row.total_cents]));
});

test("an order that was rolled back leaves no gap that is asked for for ever", async () => {
  const doomed = await database.connect();
  await doomed.query("begin");
  await placeOrders(doomed, "doomed", 1, [4, 5]);
  await placeOrders(database, "after-doom", 1);
  await until(async () => (await ask<{ orders: number }>("/totals")).orders === 22);
  await doomed.query("rollback");
  doomed.release();
  await placeOrders(database, "after-doom", 2);
  await until(async () => (await ask<{ orders: number }>("/totals")).orders === 23);
});

test("revenue covers the history and the present, by day and region", async () => {
  const rows = await until(async () => {
    const answer = await ask<{ rows: { region: string; orders: number; revenueCents: string }[] }>("/revenue");
    return answer.rows.some((row) => row.region === "eu") && answer.rows;
  });
  const history = rows.filter((row) => row.region === "eu");
  expect(history.reduce((sum, row) => sum + row.orders, 0)).toBe(240);
  const present = rows.filter((row) => row.region === "us");
  expect(present.reduce((sum, row) => sum + Number(row.revenueCents), 0)).toBe(23 * 1_300);
});

test("a restart goes on where it stopped", async () => {
  await server[Symbol.asyncDispose]();
  await placeOrders(database, "meanwhile", 5);
  server = await warehouseServer(config);
  base = await server.http.listen(config.listen);
  await until(async () => (await ask<{ orders: number }>("/totals")).orders === 28);
  const text = await (await fetch(`${base}/metrics`)).text();
  expect(text).toContain("shop_warehouse_orders 28");
});
