import type { Pool } from "../database/pool.ts";
import { CHECKOUT_WAIT_MS, OUTCOMES, type PlaceOrder } from "./order.ts";

const PLACE_ORDER = `select outcome, order_id::text as "orderId", body::text as body
  from place_order($1, $2, $3, $4, $5::jsonb, $6)`;

/** The whole checkout in one statement: one round trip, also from the other region, and short locks. */
export function oneRoundTrip(pool: Pool): PlaceOrder {
  return async (request) => {
    const rows = await pool.write<{ outcome: string; orderId: string | null; body: string | null }>(
      {
        kind: "checkout",
        work: "write",
        text: PLACE_ORDER,
        values: [
          request.key,
          request.hash,
          request.session,
          request.region,
          JSON.stringify(request.lines),
          request.coupon ?? null,
        ],
      },
      CHECKOUT_WAIT_MS,
    );
    const row = rows[0];
    const outcome = OUTCOMES.find((each) => each === row?.outcome);
    if (row === undefined || outcome === undefined) throw new Error(`place_order answered "${row?.outcome}"`);
    return { outcome, orderId: row.orderId, body: row.body };
  };
}
