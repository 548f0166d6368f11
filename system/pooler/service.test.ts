import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SHOP } from "#system/postgres/dataset.ts";
import { primary } from "#system/postgres/service.ts";
import { topologyOf } from "#system/topology.ts";
import { Ground, prepared, type StandingNode, session } from "../testing/standing.ts";
import { pooler } from "./service.ts";

let ground: Ground;
let database: StandingNode;

beforeAll(async () => {
  const data = await prepared(SHOP);
  ground = await Ground.open(topologyOf("scaled", ["quorum"]), ["primary:sql", "pooler:sql"]);
  [database] = await Promise.all([ground.start("primary", primary, data), ground.start("pooler", pooler)]);
});

afterAll(() => ground?.[Symbol.asyncDispose]());

function through(): pg.ClientConfig {
  return { ...ground.address("pooler", "sql"), user: "shop", password: ground.secret("database"), database: "shop" };
}

test("sixty clients that buy at once share a dozen connections, and the role's limits are in force", async () => {
  const pool = new pg.Pool({ ...through(), max: 60 });
  try {
    const answers = await Promise.all(
      Array.from({ length: 240 }, (_, i) =>
        pool.query("select outcome from place_order($1, 'h', 's', 'eu', $2)", [
          `pooled-${i}`,
          JSON.stringify([{ productId: 10 + i, quantity: 1 }]),
        ]),
      ),
    );
    expect(new Set(answers.map((answer) => answer.rows[0]?.outcome))).toEqual(new Set(["created"]));
    const { rows } = await pool.query("show statement_timeout");
    expect(rows).toEqual([{ statement_timeout: "5s" }]);
  } finally {
    await pool.end();
  }
  const admin = { ...database.address("sql"), user: "postgres", password: ground.secret("admin"), database: "shop" };
  const { rows } = await session(admin, (client) =>
    client.query("select count(*)::int as open from pg_stat_activity where usename = 'shop'"),
  );
  // Twelve, and four more in reserve for who waits longer than a second.
  expect(rows[0].open).toBeGreaterThan(1);
  expect(rows[0].open).toBeLessThanOrEqual(16);
});

test("a wrong password opens nothing, and only the statistics' user reads its figures", async () => {
  await expect(session({ ...through(), password: "guess" }, async () => {})).rejects.toThrow();
  const statistics = { ...through(), user: "postgres", password: ground.secret("admin"), database: "pgbouncer" };
  const { rows } = await session(statistics, (client) => client.query("show pools"));
  expect(rows.map((row) => row.database)).toContain("shop");
});

test("who waits for a connection longer than two seconds is told so, and the others go on", async () => {
  const holders = await Promise.all(
    Array.from({ length: 16 }, async () => {
      const client = new pg.Client(through());
      await client.connect();
      // The last four of them wait for the reserve, which opens after a second.
      await client.query("begin");
      return client;
    }),
  );
  const began = performance.now();
  await expect(session(through(), (client) => client.query("select 1"))).rejects.toThrow();
  expect(performance.now() - began).toBeLessThan(4_000);
  for (const client of holders) {
    await client.query("commit");
    await client.end();
  }
  await session(through(), (client) => client.query("select 1"));
});

test("it takes the primary again within two seconds of its return", async () => {
  await database[Symbol.asyncDispose]();
  database = await ground.start("primary", primary);
  await expect
    .poll(() => session(through(), async (client) => (await client.query("select 1")).rowCount).catch(() => 0), {
      timeout: 5_000,
    })
    .toBe(1);
});
