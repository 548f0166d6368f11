import pg from "pg";
import { z } from "zod";
import type { WarehouseConfig } from "./config.ts";
import type { Look, Watermark } from "./watermark.ts";

/** Orders of one look: at the peak some 25 come in a second, and a backlog of an hour is read in a minute. */
export const BATCH = 1_000;

const orderSchema = z.object({
  outboxId: z.string(),
  orderId: z.string(),
  key: z.string(),
  region: z.string(),
  totalCents: z.int(),
  acceptedAt: z.iso.datetime({ offset: true }),
  lines: z.array(z.object({ productId: z.int(), quantity: z.int(), priceCents: z.int() })),
});

export type SourceOrder = Readonly<z.infer<typeof orderSchema>>;

const lookSchema = z.object({ xmin: z.string(), xmax: z.string(), orders: z.array(orderSchema) });

export interface HistoryDay {
  readonly region: string;
  readonly day: string;
  readonly orders: number;
  readonly revenueCents: string;
}

export interface Source extends AsyncDisposable {
  /** What is new above the mark and in its gaps, seen by one snapshot. */
  read(mark: Watermark): Promise<Look & { readonly orders: readonly SourceOrder[] }>;
  /** The orders of before the outbox, by day and region. */
  history(): Promise<readonly HistoryDay[]>;
}

// One statement is one snapshot: rows and horizon belong together.
const READ = `
  select pg_snapshot_xmin(pg_current_snapshot())::text as xmin, pg_snapshot_xmax(pg_current_snapshot())::text as xmax,
         coalesce((select json_agg(fresh order by fresh.id) from (
           select outbox.id, outbox.id::text as "outboxId", orders.id::text as "orderId",
                  orders.idempotency_key as key, orders.region, orders.total_cents as "totalCents",
                  to_json(orders.created_at) as "acceptedAt",
                  (select json_agg(json_build_object('productId', line.product_id, 'quantity', line.quantity,
                                                     'priceCents', line.price_cents))
                     from order_lines as line where line.order_id = orders.id) as lines
             from outbox join orders on orders.id = outbox.order_id
            where outbox.id > $1 or outbox.id = any ($2::bigint[])
            order by outbox.id limit ${BATCH}) as fresh), '[]') as orders`;

const HISTORY = `
  select orders.region, to_char(date_trunc('day', orders.created_at), 'YYYY-MM-DD') as day,
         count(*)::int as orders, sum(orders.total_cents)::bigint::text as "revenueCents"
    from orders where orders.idempotency_key like 'history-%' group by 1, 2`;

/** The replica for reports, read through one connection at a time. */
export function replicaSource(address: WarehouseConfig["source"], applicationName: string): Source {
  const pool = new pg.Pool({
    ...address,
    application_name: applicationName,
    max: 1,
    connectionTimeoutMillis: 2_000,
    // A look takes milliseconds; the history, once, below a second on a free machine.
    query_timeout: 20_000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 5_000,
  });
  pool.on("error", () => {});
  return {
    async read(mark) {
      const { rows } = await pool.query(READ, [mark.upTo, mark.gaps.map((gap) => gap.id)]);
      const look = lookSchema.parse(rows[0]);
      return { ...look, ids: look.orders.map((order) => order.outboxId) };
    },
    async history() {
      return (await pool.query<HistoryDay>(HISTORY)).rows;
    },
    async [Symbol.asyncDispose]() {
      await pool.end();
    },
  };
}
