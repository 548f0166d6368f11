import type { Pool } from "../database/pool.ts";
import type { Reader } from "../database/reader.ts";
import type { Metrics } from "../metrics.ts";
import { NOT_FOUND, ok, type Page } from "./page.ts";

const WAIT_MS = 100;
/** Ids of orders are bigints; they travel as text. */
const ORDER_ID = /^[1-9]\d{0,17}$/;
const ORDER = `select status, total_cents as "totalCents" from orders where id = $1`;

interface OrderRow extends Record<string, unknown> {
  readonly status: string;
  readonly totalCents: number;
}

/**
 * How far an order is. From the primary: whoever has just bought must find it, and it must never go backwards.
 * @param lagging planted: it is read from the region's replica instead.
 */
export function orders(primary: Pool, metrics: Metrics, lagging?: Reader): Page {
  return {
    name: "order",
    method: "GET",
    url: "/orders/:id",
    work: "browse",
    handle: async ({ params }) => {
      const id = typeof params === "object" && params !== null && "id" in params ? params.id : undefined;
      if (typeof id !== "string" || !ORDER_ID.test(id)) return NOT_FOUND;
      metrics.read("order", "database");
      const values = [id];
      const rows =
        lagging === undefined
          ? await primary.query<OrderRow>({ kind: "order", work: "read", text: ORDER, values }, WAIT_MS)
          : await lagging.read<OrderRow>("order", ORDER, values);
      const row = rows[0];
      return row === undefined ? NOT_FOUND : ok(JSON.stringify({ orderId: id, ...row }));
    },
  };
}
