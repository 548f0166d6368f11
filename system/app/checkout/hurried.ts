import { type Line, MOST_OF_A_PRODUCT } from "../carts/carts.ts";
import type { Pool, Session } from "../database/pool.ts";
import { CHECKOUT_WAIT_MS, type OrderRequest, type Placed, type PlaceOrder } from "./order.ts";

interface PricedLine extends Line {
  readonly priceCents: number;
}

/**
 * The checkout that a team in a hurry writes: one transaction of many statements, a round trip each, rows locked in
 * the order of the cart's products from the first to the commit. It is correct: stock and coupon are taken by a
 * condition, the key is unique, and the answer is stored with the order.
 */
export function hurriedCheckout(pool: Pool): PlaceOrder {
  return (request) => pool.transaction(CHECKOUT_WAIT_MS, (session) => place(session, request));
}

async function place(session: Session, request: OrderRequest): Promise<Placed> {
  const ask = asker(session);
  const [lock] = await ask<{ free: boolean }>(
    "select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as free",
    request.key,
  );
  const [done] = await ask<{ request_hash: string; status: number; body: string; orderId: string | null }>(
    `select request_hash, status, body::text as body, body ->> 'orderId' as "orderId" from idempotency where key = $1`,
    request.key,
  );
  if (done !== undefined) return repeated(done, request.hash);
  if (lock?.free !== true) return { outcome: "in-flight", orderId: null, body: null };

  const lines: PricedLine[] = [];
  for (const line of merged(request.lines)) {
    const [product] = await ask<{ price_cents: number }>("select * from products where id = $1", line.productId);
    if (product === undefined || line.quantity > MOST_OF_A_PRODUCT)
      return { outcome: "invalid", orderId: null, body: null };
    lines.push({ productId: line.productId, quantity: line.quantity, priceCents: product.price_cents });
  }
  if (lines.length === 0) return { outcome: "invalid", orderId: null, body: null };

  await ask("savepoint before_stock");
  for (const line of lines) {
    const taken = await ask<{ product_id: number }>(
      "update stock set on_hand = on_hand - $2 where product_id = $1 and on_hand >= $2 returning product_id",
      line.productId,
      line.quantity,
    );
    if (taken.length > 0) continue;
    await ask("rollback to savepoint before_stock");
    const body = await store(ask, request, 410, { code: "sold-out", productId: line.productId });
    return { outcome: "sold-out", orderId: null, body };
  }
  return write(ask, request, lines);
}

async function write(ask: Ask, request: OrderRequest, lines: readonly PricedLine[]): Promise<Placed> {
  const fullCents = lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);
  const percent = request.coupon === undefined ? undefined : await redeem(ask, request.coupon);
  const discountCents = Math.floor((fullCents * (percent ?? 0)) / 100);
  const totalCents = fullCents - discountCents;
  const [order] = await ask<{ id: string; acceptedAt: string }>(
    `insert into orders (idempotency_key, session, region, status, total_cents)
      values ($1, $2, $3, 'accepted', $4) returning id::text as id, to_json(created_at) as "acceptedAt"`,
    request.key,
    request.session,
    request.region,
    totalCents,
  );
  if (order === undefined) throw new Error("an inserted order has an id");
  if (percent !== undefined) {
    await ask(
      "insert into discounts (order_id, coupon, amount_cents) values ($1, $2, $3)",
      order.id,
      request.coupon,
      discountCents,
    );
  }
  for (const line of lines) {
    await ask(
      "insert into order_lines (order_id, product_id, quantity, price_cents) values ($1, $2, $3, $4)",
      order.id,
      line.productId,
      line.quantity,
      line.priceCents,
    );
  }
  const insertLedger = "insert into ledger (order_id, account, amount_cents) values ($1, $2, $3)";
  await ask(insertLedger, order.id, "customer", -totalCents);
  await ask(insertLedger, order.id, "revenue", totalCents);
  const payload = {
    orderId: order.id,
    session: request.session,
    region: request.region,
    totalCents,
    lines,
    acceptedAt: order.acceptedAt,
  };
  await ask(
    "insert into outbox (order_id, topic, payload) values ($1, 'order.accepted', $2::jsonb)",
    order.id,
    JSON.stringify(payload),
  );
  const answer = { orderId: order.id, totalCents, lines, status: "accepted" };
  const body = await store(ask, request, 201, request.coupon === undefined ? answer : { ...answer, discountCents });
  return { outcome: "created", orderId: order.id, body };
}

/** The coupon's percentage, when it has a use left. After the stock: its row is the one that most buyers wait for. */
async function redeem(ask: Ask, code: string): Promise<number | undefined> {
  const [coupon] = await ask<{ percent: number }>(
    "update coupons set used = used + 1 where code = $1 and used < most_uses returning percent",
    code,
  );
  return coupon?.percent;
}

/** The stored answer comes back as the database writes it, so that the first answer and its repetition are one text. */
async function store(ask: Ask, request: OrderRequest, status: number, body: unknown): Promise<string> {
  const [row] = await ask<{ body: string }>(
    `insert into idempotency (key, request_hash, status, body) values ($1, $2, $3, $4::jsonb)
      returning body::text as body`,
    request.key,
    request.hash,
    status,
    JSON.stringify(body),
  );
  if (row === undefined) throw new Error("an inserted answer comes back");
  return row.body;
}

function repeated(
  done: {
    readonly request_hash: string;
    readonly status: number;
    readonly body: string;
    readonly orderId: string | null;
  },
  hash: string,
): Placed {
  if (done.request_hash !== hash) return { outcome: "mismatch", orderId: null, body: null };
  return { outcome: done.status === 410 ? "sold-out" : "replayed", orderId: done.orderId, body: done.body };
}

function merged(lines: readonly Line[]): readonly Line[] {
  const quantities = new Map<number, number>();
  for (const line of lines) quantities.set(line.productId, (quantities.get(line.productId) ?? 0) + line.quantity);
  // Always in one order, else two carts can wait for each other.
  return [...quantities].sort(([a], [b]) => a - b).map(([productId, quantity]) => ({ productId, quantity }));
}

type Ask = ReturnType<typeof asker>;

function asker(session: Session) {
  return <Row extends Record<string, unknown>>(text: string, ...values: readonly unknown[]): Promise<readonly Row[]> =>
    session.run<Row>({ kind: "checkout", work: "write", text, values });
}
