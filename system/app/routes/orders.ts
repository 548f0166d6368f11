import type { Pool } from "../database/pool.ts";
import type { Metrics } from "../metrics.ts";
import { NOT_FOUND, ok, type Page } from "./page.ts";

const WAIT_MS = 100;
/** Ids of orders are bigints; they travel as text. */
const ORDER_ID = /^[1-9]\d{0,17}$/;

/** How far an order is. From the primary: whoever has just bought must find it, and it must never go backwards. */
export function orders(primary: Pool, metrics: Metrics): Page {
  return {
    name: "order",
    method: "GET",
    url: "/orders/:id",
    work: "browse",
    handle: async ({ params }) => {
      const id = typeof params === "object" && params !== null && "id" in params ? params.id : undefined;
      if (typeof id !== "string" || !ORDER_ID.test(id)) return NOT_FOUND;
      metrics.read("order", "database");
      const rows = await primary.query<{ status: string; totalCents: number }>(
        {
          kind: "order",
          work: "read",
          text: `select status, total_cents as "totalCents" from orders where id = $1`,
          values: [id],
        },
        WAIT_MS,
      );
      const row = rows[0];
      return row === undefined ? NOT_FOUND : ok(JSON.stringify({ orderId: id, ...row }));
    },
  };
}
