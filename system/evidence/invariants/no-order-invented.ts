import { counted, type Invariant, type Offence } from "./finding.ts";

/** Every order that is there was asked for, and none of those that were refused. */
export const noOrderInvented: Invariant<"orders"> = {
  name: "no-order-invented",
  title: "No order exists that nobody placed or that was refused",
  target: "0 invented",
  parts: ["orders"],
  needsWrites: true,
  compare({ writes, part }) {
    const orders = part("orders");
    const offences: Offence[] = [];
    for (const order of orders) {
      const write = writes.get(order.key);
      if (write === undefined) {
        offences.push({ text: `order ${order.id} has the key ${order.key}, which nobody sent` });
      } else if (write.outcome === "fail") {
        offences.push({
          text: `order ${order.id} (key ${order.key}) exists although every attempt was answered as not executed`,
          seqs: write.seqs,
        });
      }
    }
    return { compared: orders.length, what: counted(orders.length, "stored order"), offences };
  },
};
