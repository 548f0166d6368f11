import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { plantedStatements } from "#system/postgres/planted-sql.ts";
import { raisePostgres, toolbox } from "#system/testing/parts.ts";
import { Pool } from "../database/pool.ts";
import { Metrics } from "../metrics.ts";
import { announcingAfterwards } from "./announcing-afterwards.ts";
import { oneRoundTrip } from "./one-round-trip.ts";
import type { OrderRequest, PlaceOrder } from "./order.ts";

let client: pg.Client;
let place: PlaceOrder;
const standing = new AsyncDisposableStack();

beforeAll(async () => {
  const server = standing.use(await raisePostgres(await toolbox()));
  client = new pg.Client(server);
  await client.connect();
  standing.defer(() => client.end());
  for (const statement of plantedStatements("job-outside-transaction")) await client.query(statement);
  const { user, password, database } = server;
  const settings = { name: "write", server: "primary", address: server, applicationName: "test" } as const;
  const limits = { size: 1, kept: 1, bounded: true, queryTimeoutMs: 2_000 } as const;
  const pool = standing.use(new Pool({ ...settings, user, password, database, ...limits }, new Metrics()));
  place = announcingAfterwards(oneRoundTrip(pool), pool);
}, 300_000);

afterAll(() => standing.disposeAsync());

function request(key: string): OrderRequest {
  const lines = [{ productId: 7, quantity: 2 }];
  return { key, hash: "h", session: "eu-1-s", region: "eu", lines, coupon: undefined };
}

/** Announcements of the order under a key, for a shop in which it may have none. */
async function announced(key: string): Promise<readonly unknown[]> {
  const text = `select payload - 'acceptedAt' as payload from outbox join orders on orders.id = order_id
                 where idempotency_key = $1`;
  return (await client.query<{ payload: unknown }>(text, [key])).rows.map(({ payload }) => payload);
}

test("as long as nothing goes wrong, an order has its one job, and a resend adds none", async () => {
  const { orderId } = await place(request("well"));
  expect(await place(request("well"))).toMatchObject({ outcome: "replayed", orderId });
  const lines = [{ productId: 7, quantity: 2, priceCents: 700 }];
  expect(await announced("well")).toEqual([{ orderId, session: "eu-1-s", region: "eu", totalCents: 1_400, lines }]);
});

test("what ends the checkout between its two commits leaves an order without a job, also for its resend", async () => {
  await client.query("alter table outbox add constraint closed check (false) not valid");
  await expect(place(request("ill"))).rejects.toThrow("not executed");
  await client.query("alter table outbox drop constraint closed");
  expect(await place(request("ill"))).toMatchObject({ outcome: "replayed" });
  expect(await announced("ill")).toEqual([]);
});
