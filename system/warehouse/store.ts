import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { z } from "zod";
import type { HistoryDay, SourceOrder } from "./source.ts";
import { BEGINNING, parseWatermark, type Watermark } from "./watermark.ts";

/** One thread, because the machine has a quarter of a core; memory for a few million order lines. */
const SETTINGS = { threads: "1", memory_limit: "256MB" };

const SCHEMA = `
  create table if not exists orders (
    order_id bigint primary key, order_key varchar not null, region varchar not null, total_cents integer not null,
    accepted_at timestamp not null, loaded_at timestamp not null);
  create table if not exists order_lines (
    order_id bigint not null, product_id integer not null, quantity integer not null, price_cents integer not null);
  create table if not exists history_days (
    region varchar not null, day date not null, orders integer not null, revenue_cents bigint not null);
  create table if not exists progress (name varchar primary key, value varchar not null);
  create temp table incoming_orders as from orders limit 0;
  create temp table incoming_lines as from order_lines limit 0;`;

const MOVE = `
  insert into order_lines select * from incoming_lines where order_id not in (select order_id from orders);
  insert or ignore into orders select * from incoming_orders;
  truncate incoming_lines;
  truncate incoming_orders;`;

const totalsSchema = z.object({ orders: z.int(), lines: z.int(), totalCents: z.int(), linesCents: z.int() });
export type Totals = Readonly<z.infer<typeof totalsSchema>>;

const revenueSchema = z.object({ region: z.string(), day: z.string(), orders: z.int(), revenueCents: z.string() });
export type RevenueRow = Readonly<z.infer<typeof revenueSchema>>;

const orderSchema = z.tuple([z.string(), z.int()]);

/** The warehouse's tables. One connection and one statement at a time: DuckDB would queue them anyway. */
export class Store implements AsyncDisposable {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  static async open(path: string): Promise<Store> {
    const instance = await DuckDBInstance.create(path, SETTINGS);
    const connection = await instance.connect();
    await connection.run(SCHEMA);
    return new Store(instance, connection);
  }

  async watermark(): Promise<Watermark> {
    const [row] = await this.#rows("select value from progress where name = 'watermark'");
    return row === undefined ? BEGINNING : parseWatermark(z.object({ value: z.string() }).parse(row).value);
  }

  /** Rows and mark in one transaction: whatever is killed in between, neither is there without the other. */
  async load(orders: readonly SourceOrder[], mark: Watermark): Promise<void> {
    await this.#alone(async (connection) => {
      await connection.run("begin");
      try {
        await this.#append(connection, orders);
        await connection.run(MOVE);
        await connection.run("insert or replace into progress values ('watermark', $1)", [JSON.stringify(mark)]);
        await connection.run("commit");
      } catch (failure) {
        await connection.run("rollback");
        throw failure;
      }
    });
  }

  async #append(connection: DuckDBConnection, orders: readonly SourceOrder[]): Promise<void> {
    const heads = await connection.createAppender("incoming_orders");
    const lines = await connection.createAppender("incoming_lines");
    const loadedAt = new Date().toISOString();
    for (const order of orders) {
      heads.appendBigInt(BigInt(order.orderId));
      heads.appendVarchar(order.key);
      heads.appendVarchar(order.region);
      heads.appendInteger(order.totalCents);
      heads.appendVarchar(order.acceptedAt);
      heads.appendVarchar(loadedAt);
      heads.endRow();
      for (const line of order.lines) {
        lines.appendBigInt(BigInt(order.orderId));
        lines.appendInteger(line.productId);
        lines.appendInteger(line.quantity);
        lines.appendInteger(line.priceCents);
        lines.endRow();
      }
    }
    heads.closeSync();
    lines.closeSync();
  }

  async hasHistory(): Promise<boolean> {
    return (await this.#rows("select 1 from progress where name = 'history'")).length > 0;
  }

  async loadHistory(days: readonly HistoryDay[]): Promise<void> {
    await this.#alone(async (connection) => {
      await connection.run("begin");
      const appender = await connection.createAppender("history_days");
      for (const day of days) {
        appender.appendVarchar(day.region);
        appender.appendVarchar(day.day);
        appender.appendInteger(day.orders);
        appender.appendBigInt(BigInt(day.revenueCents));
        appender.endRow();
      }
      appender.closeSync();
      await connection.run("insert or replace into progress values ('history', 'loaded')");
      await connection.run("commit");
    });
  }

  async totals(): Promise<Totals> {
    const [row] = await this.#rows(
      `select (select count(*)::integer from orders) as orders,
              (select coalesce(sum(total_cents), 0)::double from orders) as "totalCents",
              (select count(*)::integer from order_lines) as lines,
              (select coalesce(sum(quantity * price_cents), 0)::double from order_lines) as "linesCents"`,
    );
    return totalsSchema.parse(row);
  }

  /** Revenue by region and day over history and present. */
  async revenue(): Promise<readonly RevenueRow[]> {
    const rows = await this.#rows(
      `select region, day::varchar as day, sum(orders)::integer as orders, sum(revenue)::bigint::varchar as "revenueCents"
         from (select region, day, orders, revenue_cents as revenue from history_days
               union all
               select region, accepted_at::date, count(*), sum(total_cents) from orders group by all)
        group by all order by day, region`,
    );
    return z.array(revenueSchema).parse(rows);
  }

  /** Every loaded order with its total, by id. */
  async orders(): Promise<readonly (readonly [string, number])[]> {
    return this.#alone(async (connection) => {
      const reader = await connection.runAndReadAll(
        "select order_id::varchar, total_cents from orders order by order_id",
      );
      return z.array(orderSchema).parse(reader.getRowsJS());
    });
  }

  async #rows(sql: string): Promise<readonly Record<string, unknown>[]> {
    return this.#alone(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJS());
  }

  /** Transactions belong to the connection: nothing may slip into somebody else's. */
  async #alone<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    const mine = this.#last.then(() => work(this.#connection));
    this.#last = mine.catch(() => {});
    return mine;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}
