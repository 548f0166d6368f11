import { counted, type Invariant, type Offence } from "./finding.ts";

/** The warehouse holds every order once, with its total, and the same lines in sum: what was sold before discounts. */
export const warehouseConverges: Invariant<"orders" | "warehouse"> = {
  name: "warehouse-converges",
  title: "The warehouse ends up with the same orders",
  target: "0 missing, double or different",
  parts: ["orders", "warehouse"],
  needsWrites: false,
  protection: "warehouse",
  compare({ part }) {
    const orders = part("orders");
    const warehouse = part("warehouse");
    const loaded = new Map<string, number>();
    const offences: Offence[] = [];
    for (const [id, total] of warehouse.orders) {
      if (loaded.has(id)) offences.push({ text: `order ${id} is in the warehouse twice` });
      loaded.set(id, total);
    }
    for (const order of orders) {
      const total = loaded.get(order.id);
      if (total === undefined) offences.push({ text: `order ${order.id} never reached the warehouse` });
      else if (total !== order.totalCents) {
        offences.push({ text: `order ${order.id} has ${total} cents there, ${order.totalCents} in the shop` });
      }
      loaded.delete(order.id);
    }
    for (const id of loaded.keys()) offences.push({ text: `order ${id} is in the warehouse and not in the shop` });
    const lines = orders.reduce((sum, order) => sum + order.lines.length, 0);
    const cents = orders.reduce((sum, order) => sum + order.totalCents + order.discountCents, 0);
    if (lines !== warehouse.lines || cents !== warehouse.linesCents) {
      offences.push({
        text: `${warehouse.lines} lines over ${warehouse.linesCents} cents there, ${lines} over ${cents} in the shop`,
      });
    }
    return { compared: orders.length, what: counted(orders.length, "order"), offences };
  },
};
