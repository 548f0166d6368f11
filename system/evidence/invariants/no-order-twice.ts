import { counted, type Invariant, type Offence } from "./finding.ts";

/** One key, one order, one payment; and a payment for every order that counts as paid. One whose card was declined has none. */
export const noOrderTwice: Invariant<"orders" | "payments"> = {
  name: "no-order-twice",
  title: "No order exists twice, none is paid twice",
  target: "0 duplicates",
  parts: ["orders", "payments"],
  needsWrites: true,
  compare({ writes, part }) {
    const orders = part("orders");
    const payments = part("payments");
    const ordersPerKey = countBy(orders, (order) => order.key);
    const capturesPerKey = countBy(payments, (payment) => payment.orderKey);
    const offences: Offence[] = [];
    for (const [key, count] of ordersPerKey) {
      if (count > 1) offences.push({ text: `key ${key} has ${count} orders` });
    }
    for (const [key, count] of capturesPerKey) {
      if (count > 1) offences.push({ text: `order key ${key} was paid ${count} times` });
    }
    for (const order of orders) {
      if ((order.status === "paid" || order.status === "confirmed") && !capturesPerKey.has(order.key)) {
        offences.push({ text: `order ${order.id} (key ${order.key}) is ${order.status} and was never paid` });
      }
    }
    for (const write of writes.values()) {
      const ids = new Set(write.acknowledged.map((each) => each.orderId).filter((each) => each !== undefined));
      if (ids.size > 1) {
        offences.push({
          text: `key ${write.key} was acknowledged as the orders ${[...ids].join(" and ")}`,
          seqs: write.acknowledged.map((each) => each.seq),
        });
      }
    }
    return {
      compared: ordersPerKey.size,
      what: `${counted(orders.length, "order")} and ${counted(payments.length, "payment")}`,
      offences,
    };
  },
};

function countBy<Row>(rows: Iterable<Row>, keyOf: (row: Row) => string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return counts;
}
