import type { Pool } from "../database/pool.ts";
import { CHECKOUT_WAIT_MS, type PlaceOrder } from "./order.ts";

const ANNOUNCE = `insert into outbox (order_id, topic, payload)
  select id, 'order.accepted',
         jsonb_build_object('orderId', id::text, 'session', session, 'region', region, 'totalCents', total_cents,
                            'lines', $2::jsonb -> 'lines', 'acceptedAt', created_at)
    from orders where id = $1`;

/**
 * The planted bug `job-outside-transaction`: the order is committed, then its job is written in a statement of its own.
 * Whatever ends the checkout in between leaves an order that nobody works on; a resend of its key finds it done.
 */
export function announcingAfterwards(place: PlaceOrder, pool: Pool): PlaceOrder {
  return async (request) => {
    const placed = await place(request);
    if (placed.outcome !== "created") return placed;
    const announce = {
      kind: "checkout",
      work: "write",
      text: ANNOUNCE,
      values: [placed.orderId, placed.body],
    } as const;
    await pool.write(announce, CHECKOUT_WAIT_MS);
    return placed;
  };
}
