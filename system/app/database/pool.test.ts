import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { raisePostgres, toolbox, until } from "#system/testing/parts.ts";
import { Metrics } from "../metrics.ts";
import { type Link, openLink } from "../testing/link.ts";
import { InDoubtError, NotExecutedError } from "./failures.ts";
import { Pool, type PoolSettings, type Statement } from "./pool.ts";

let server: Awaited<ReturnType<typeof raisePostgres>>;
let link: Link;
const pools: Pool[] = [];

beforeAll(async () => {
  server = await raisePostgres(await toolbox());
}, 300_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  link = await openLink(server);
});
afterEach(async () => {
  link.mode = { kind: "through" };
  await Promise.all(pools.splice(0).map((pool) => pool[Symbol.asyncDispose]()));
  await link[Symbol.asyncDispose]();
});

function open(settings: Partial<PoolSettings> = {}): Pool {
  const pool = new Pool(
    {
      name: "read",
      server: "primary",
      address: link,
      user: server.user,
      database: server.database,
      password: server.password,
      applicationName: "test",
      size: 2,
      kept: 1,
      bounded: true,
      queryTimeoutMs: 150,
      ...settings,
    },
    new Metrics(),
  );
  pools.push(pool);
  return pool;
}

function sql(text: string, ...values: readonly unknown[]): Statement {
  return { kind: "test", work: "read", text, values };
}

const PID = sql("select pg_backend_pid() as pid");

describe("a pool", () => {
  test("keeps its connection after an SQL error", async () => {
    const pool = open({ size: 1 });
    const before = await pool.query(PID, 1_000);
    await expect(pool.query(sql("select 1 / 0"), 1_000)).rejects.toThrow("division by zero");
    expect(await pool.query(PID, 1_000)).toEqual(before);
  });

  test("gives up a query after its time-out, and never uses that connection again", async () => {
    const pool = open({ size: 1 });
    const before = await pool.query(PID, 1_000);
    const began = performance.now();
    await expect(pool.query(sql("select pg_sleep(1)"), 1_000)).rejects.toThrow("no answer within 150 ms");
    expect(performance.now() - began).toBeLessThan(400);
    const after = await pool.query<{ pid: number }>(PID, 1_000);
    expect(after[0]?.pid).toBeTypeOf("number");
    expect(after).not.toEqual(before);
  });

  test("lets nobody wait longer than asked for a connection, and refuses at once when the line is long", async () => {
    const pool = open({ queryTimeoutMs: 1_000 });
    const busy = [1, 2].map(() => pool.query(sql("select pg_sleep(0.4)"), 1_000));
    await until(async () => pool.figures().size === 2);
    const began = performance.now();
    const line = [1, 2, 3, 4].map(() => pool.query(PID, 100));
    await expect(pool.query(PID, 100)).rejects.toThrow("the line is full");
    expect(pool.figures().waiting).toBe(4);
    for (const each of line) await expect(each).rejects.toBeInstanceOf(NotExecutedError);
    expect(performance.now() - began).toBeLessThan(300);
    await Promise.all(busy);
    expect(await pool.query(PID, 100)).toHaveLength(1);
  });

  test("lets everybody wait without bounds where it is not told otherwise", async () => {
    const pool = open({ bounded: false, queryTimeoutMs: undefined });
    const all = Array.from({ length: 20 }, () => pool.query(sql("select pg_sleep(0.02)"), 1));
    await Promise.all(all);
    expect(pool.figures().size).toBe(2);
  });

  test("keeps a connection that came too late for its caller for the next one", async () => {
    link.mode = { kind: "late", byMs: 60 };
    const pool = open({ size: 1, queryTimeoutMs: 1_000 });
    await expect(pool.query(PID, 50)).rejects.toBeInstanceOf(NotExecutedError);
    await until(async () => pool.figures().idle === 1);
    link.mode = { kind: "through" };
    expect(await pool.query(PID, 100)).toHaveLength(1);
  });

  test("says that nothing happened when nobody answers the door", async () => {
    const pool = open({ address: { host: "127.0.0.1", port: 1 } });
    await expect(pool.write(sql("select 1"), 100)).rejects.toBeInstanceOf(NotExecutedError);
  });
});

describe("a write", () => {
  const insert = (id: number) => sql("insert into carts (session, product_id, quantity) values ('eu-1', $1, 1)", id);

  test("was surely not executed when the database refused it", async () => {
    const pool = open();
    await pool.write(insert(1), 1_000);
    await expect(pool.write(insert(1), 1_000)).rejects.toBeInstanceOf(NotExecutedError);
  });

  test("is in doubt when the connection breaks before the answer", async () => {
    const pool = open({ queryTimeoutMs: 2_000 });
    await pool.query(PID, 1_000);
    const writing = pool.write(sql("select pg_sleep(0.5)"), 1_000);
    await until(async () => pool.figures().idle === 0);
    link.cut();
    await expect(writing).rejects.toBeInstanceOf(InDoubtError);
  });

  test("is in doubt when its answer does not come in time", async () => {
    const pool = open();
    await expect(pool.write(sql("select pg_sleep(1)"), 1_000)).rejects.toBeInstanceOf(InDoubtError);
  });

  test("is in doubt when the server warns that no second server has it", async () => {
    const pool = open();
    const warning = "do $$ begin raise warning 'canceling wait' using errcode = '01000'; end $$";
    await expect(pool.write(sql(warning), 1_000)).rejects.toBeInstanceOf(InDoubtError);
  });

  test("of several statements leaves nothing when one of them fails", async () => {
    const pool = open();
    const failing = pool.transaction(1_000, async (session) => {
      await session.run(insert(2));
      await session.run(sql("select 1 / 0"));
    });
    await expect(failing).rejects.toBeInstanceOf(NotExecutedError);
    expect(await pool.query(sql("select 1 from carts where product_id = 2"), 1_000)).toEqual([]);
    await pool.transaction(1_000, (session) => session.run(insert(3)));
    expect(await pool.query(sql("select 1 from carts where product_id = 3"), 1_000)).toHaveLength(1);
  });
});
