import { counted, type Invariant, type Offence } from "./finding.ts";
import { RowIndex } from "./rows.ts";

/** An order and its announcement are written together: one row for each order, all of them published. */
export const outboxExact: Invariant<"orders" | "outbox"> = {
  name: "outbox-exact",
  title: "Every order is announced once, and nothing else is",
  target: "0 missing, double or unpublished",
  parts: ["orders", "outbox"],
  needsWrites: false,
  protection: "queue",
  compare({ part }) {
    const orders = new Map(part("orders").map((order) => [order.id, order]));
    const announced = new RowIndex(part("outbox"), (row) => row.orderId);
    const offences: Offence[] = [];
    for (const order of orders.values()) {
      const row = announced.get(order.id);
      if (row === undefined) offences.push({ text: `order ${order.id} was never announced` });
      else if (row.rows !== 1) offences.push({ text: `order ${order.id} was announced ${row.rows} times` });
      else if (row.announcedCents !== order.totalCents) {
        offences.push({
          text: `order ${order.id} was announced with ${row.announcedCents} of ${order.totalCents} cents`,
        });
      }
    }
    for (const row of announced.values()) {
      if (!orders.has(row.orderId)) offences.push({ text: `order ${row.orderId} was announced and does not exist` });
      if (row.unpublished > 0) offences.push({ text: `order ${row.orderId} waits in the outbox` });
    }
    return { compared: orders.size, what: counted(orders.size, "order"), offences };
  },
};
