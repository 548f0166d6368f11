import type pg from "pg";
import { z } from "zod";
import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import type { Stage } from "#core/substrate.ts";
import { pagesToRead } from "./pages-asked.ts";
import { readPages } from "./pages-shown.ts";
import { readQueues } from "./queues.ts";
import { askHttp, has, nodesOf, withDatabase, withRedis } from "./reach.ts";
import { type Part, type PartName, truthParts } from "./truth.ts";

/** The orders of before the run have keys of their own. */
const MINE = "idempotency_key not like 'history-%'";

/** Each gives one value: the part as JSON, sorted, so that the same state is the same text. */
const QUERIES = {
  orders: `
    select json_agg(json_build_object(
             'id', orders.id::text, 'key', idempotency_key, 'status', status, 'totalCents', total_cents,
             'coupon', discounts.coupon, 'discountCents', coalesce(discounts.amount_cents, 0),
             'lines', (select coalesce(json_agg(json_build_array(product_id, quantity, price_cents) order by product_id),
                                       '[]') from order_lines where order_id = orders.id)) order by orders.id) as part
      from orders left join discounts on discounts.order_id = orders.id where ${MINE}`,
  prices: `
    select json_agg(json_build_array(id, price_cents) order by id) as part
      from products
     where id in (select product_id from order_lines where order_id in (select id from orders where ${MINE}))`,
  coupons: `
    select json_agg(json_build_object('code', code, 'percent', percent, 'mostUses', most_uses, 'used', used,
                                      'highest', highest) order by code) as part
      from coupons`,
  replies: `
    select json_agg(json_build_object(
             'key', key, 'status', status, 'orderId', body ->> 'orderId', 'totalCents', (body ->> 'totalCents')::int,
             'soldOutProductId', (body ->> 'productId')::int) order by key) as part
      from idempotency`,
  // An order takes up to 100 of a product: of one that has always had as many nobody can truly be told "sold out".
  stock: `
    select json_agg(json_build_object('productId', product_id, 'initial', initial, 'onHand', on_hand, 'lowest', lowest)
                    order by product_id) as part
      from stock
     where initial <> on_hand or lowest < 100
        or product_id in (select product_id from order_lines
                           where order_id in (select id from orders where ${MINE}))`,
  ledger: `
    select json_agg(json_build_object(
             'orderId', order_id::text, 'entries', entries, 'customer', customer, 'revenue', revenue,
             'provider', provider, 'receivable', receivable) order by order_id) as part
      from (select order_id, count(*)::int as entries,
                   coalesce(sum(amount_cents) filter (where account = 'customer'), 0)::int as customer,
                   coalesce(sum(amount_cents) filter (where account = 'revenue'), 0)::int as revenue,
                   coalesce(sum(amount_cents) filter (where account = 'provider'), 0)::int as provider,
                   coalesce(sum(amount_cents) filter (where account = 'receivable'), 0)::int as receivable
              from ledger group by order_id) as entry`,
  outbox: `
    select json_agg(json_build_object('orderId', order_id::text, 'rows', rows, 'unpublished', unpublished,
                                      'announcedCents', announced) order by order_id) as part
      from (select order_id, count(*)::int as rows, count(*) filter (where published_at is null)::int as unpublished,
                   min((payload ->> 'totalCents')::int) as announced
              from outbox where topic = 'order.accepted' group by order_id) as row`,
  effects: `
    select json_agg(json_build_object(
             'orderId', coalesce(done.order_id, moved.order_id)::text, 'payment', coalesce(payment, 0),
             'stock', coalesce(stock, 0), 'confirmation', coalesce(confirmation, 0), 'cancellation', coalesce(cancellation, 0),
             'movements', coalesce(movements, '[]')) order by coalesce(done.order_id, moved.order_id)) as part
      from (select order_id, count(*) filter (where kind = 'payment')::int as payment,
                   count(*) filter (where kind = 'stock')::int as stock,
                   count(*) filter (where kind = 'confirmation')::int as confirmation,
                   count(*) filter (where kind = 'cancellation')::int as cancellation
              from effects group by order_id) as done
      full join (select order_id, json_agg(json_build_array(product_id, quantity) order by product_id, id) as movements
                   from stock_movements group by order_id) as moved on moved.order_id = done.order_id`,
} as const satisfies Partial<Readonly<Record<PartName, string>>>;

/** A part that cannot be read is tried again: a server that has just been started may still be busy. */
const TRIES = 3;
const RETRY_MS = 1_000;

type Parts = Partial<{ [Name in PartName]: Part<Name> }>;

/** All parts that this shop has. One that cannot be read is missing, and `problems` says why. */
export async function finalReads(
  stage: Stage,
  ctx: RunContext,
  round: 1 | 2,
): Promise<Readonly<Record<string, unknown>>> {
  const reads: Parts = {};
  const problems: Record<string, string> = {};
  const read = async (what: string, look: () => Promise<Parts>): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        Object.assign(reads, await look());
        return;
      } catch (failure) {
        if (attempt === TRIES || ctx.signal.aborted) {
          problems[what] = messageOf(failure);
          return;
        }
        await ctx.clock.sleep(RETRY_MS, ctx.signal);
      }
    }
  };
  const [primary] = nodesOf(stage, "primary");
  const [queue] = nodesOf(stage, "queue");
  await Promise.all([
    primary && read("primary", () => withDatabase(stage, primary.id, readDatabase)),
    queue && read("queue", async () => ({ jobs: truthParts.jobs.parse(await withRedis(stage, queue, readQueues)) })),
    has(stage, "payment") && read("payment", () => readPayments(stage)),
    has(stage, "warehouse") && read("warehouse", async () => ({ warehouse: await readWarehouse(stage) })),
  ]);
  const { stock } = reads;
  // Whatever pages may rightly show late has had its five seconds by the second round. To ask in the first as well would
  // fill the tiers with what is true now, and hide what users had been told until then.
  if (round === 2 && stock !== undefined) {
    // Never from the start again: what a page has said once has been said.
    reads.pages = await readPages(stage, pagesToRead(stock), ctx);
  }
  return { ...reads, ...(Object.keys(problems).length === 0 ? {} : { problems }) };
}

/** All tables in one snapshot: rows of one moment. */
async function readDatabase(client: pg.Client): Promise<Parts> {
  await client.query("begin isolation level repeatable read read only");
  const ask = async (query: string): Promise<unknown> => {
    const { rows } = await client.query<{ part: unknown }>(query);
    return rows[0]?.part ?? [];
  };
  const parts = {
    orders: truthParts.orders.parse(await ask(QUERIES.orders)),
    prices: truthParts.prices.parse(await ask(QUERIES.prices)),
    coupons: truthParts.coupons.parse(await ask(QUERIES.coupons)),
    replies: truthParts.replies.parse(await ask(QUERIES.replies)),
    stock: truthParts.stock.parse(await ask(QUERIES.stock)),
    ledger: truthParts.ledger.parse(await ask(QUERIES.ledger)),
    outbox: truthParts.outbox.parse(await ask(QUERIES.outbox)),
    effects: truthParts.effects.parse(await ask(QUERIES.effects)),
  };
  await client.query("commit");
  return parts;
}

const capturesSchema = z.object({
  captures: z.array(z.object({ idempotencyKey: z.string(), orderKey: z.string(), amountCents: z.int() })),
  declined: truthParts.declined,
});

async function readPayments(stage: Stage): Promise<{ [Name in "payments" | "declined"]: Part<Name> }> {
  const read = capturesSchema.parse(await askHttp(stage, "payment", "/captures", stage.secret("payment")));
  const payments = read.captures
    .map(({ idempotencyKey, orderKey, amountCents }) => ({ idempotencyKey, orderKey, amountCents }))
    .sort((a, b) => (a.idempotencyKey < b.idempotencyKey ? -1 : 1));
  return { payments, declined: read.declined.toSorted() };
}

const warehouseTotalsSchema = z.object({ lines: z.int(), linesCents: z.int() });
const warehouseOrdersSchema = z.object({ orders: truthParts.warehouse.shape.orders });

async function readWarehouse(stage: Stage): Promise<Part<"warehouse">> {
  const { lines, linesCents } = warehouseTotalsSchema.parse(await askHttp(stage, "warehouse", "/totals"));
  const { orders } = warehouseOrdersSchema.parse(await askHttp(stage, "warehouse", "/orders"));
  return { orders, lines, linesCents };
}
