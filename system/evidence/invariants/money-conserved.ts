import { counted, type Invariant, type Offence } from "./finding.ts";
import { RowIndex } from "./rows.ts";

/**
 * Each line is charged what the catalogue says: a price that is wrong for everybody, told and stored alike, agrees with
 * itself everywhere else. Prices do not change during a run, so the one of the final read is the one of every instant
 * between cart and commit. Double entry: what the customer owes is what the shop earns, what the provider took is what was owed. A cancelled order
 * owes and earns nothing, and is one whose card was declined.
 */
export const moneyConserved: Invariant<"orders" | "prices" | "ledger" | "payments" | "declined"> = {
  name: "money-conserved",
  title: "Money is neither made nor lost",
  target: "0 cents apart",
  parts: ["orders", "prices", "ledger", "payments", "declined"],
  needsWrites: false,
  compare({ part }) {
    const orders = part("orders");
    const catalogue = new Map(part("prices"));
    const ledger = new RowIndex(part("ledger"), (entry) => entry.orderId);
    const captured = new Map<string, number>();
    for (const payment of part("payments")) {
      captured.set(payment.orderKey, (captured.get(payment.orderKey) ?? 0) + payment.amountCents);
    }
    const declined = new Set(part("declined"));
    const offences: Offence[] = [];
    const offend = (order: { readonly id: string }, text: string): void => {
      offences.push({ text: `order ${order.id}: ${text}` });
    };
    for (const order of orders) {
      for (const [product, , charged] of order.lines) {
        const price = catalogue.get(product);
        if (price === charged) continue;
        const says = price === undefined ? "the catalogue does not have it" : `the catalogue says ${price}`;
        offend(order, `product ${product} was charged at ${charged} cents, ${says}`);
      }
      const lines = order.lines.reduce((sum, [, quantity, price]) => sum + quantity * price, 0);
      if (lines - order.discountCents !== order.totalCents) {
        const less = order.discountCents === 0 ? "" : ` less ${order.discountCents}`;
        offend(order, `lines make ${lines} cents${less}, the total says ${order.totalCents}`);
      }
      const entry = ledger.get(order.id);
      if (entry === undefined) {
        offend(order, "is not in the ledger");
        continue;
      }
      const sum = entry.customer + entry.revenue + entry.provider + entry.receivable;
      const isCancelled = order.status === "cancelled";
      const earned = isCancelled ? 0 : order.totalCents;
      const paid = isCancelled || order.status === "accepted" ? 0 : order.totalCents;
      if (sum !== 0) offend(order, `its entries sum to ${sum} cents instead of 0`);
      else if (entry.customer !== -entry.revenue || entry.provider !== -entry.receivable) {
        offend(order, `a sale of ${entry.revenue} is booked against ${entry.customer} cents of the customer's`);
      }
      if (entry.revenue !== earned) offend(order, `earned ${entry.revenue} of ${earned} cents`);
      if (isCancelled && entry.customer !== 0) offend(order, `is cancelled, its customer owes ${entry.customer} cents`);
      if (entry.receivable !== paid) offend(order, `booked ${entry.receivable} cents as paid instead of ${paid}`);
      const taken = captured.get(order.key);
      if (isCancelled && !declined.has(order.key)) offend(order, "is cancelled, and its card was never declined");
      if (taken !== undefined && isCancelled) offend(order, `is cancelled, and the provider took ${taken} cents`);
      else if (taken !== undefined && order.status === "accepted") {
        // Nobody works on it any more: what the customer paid will never be booked.
        offend(order, `the provider took ${taken} cents, and no payment is booked: it stays accepted`);
      } else if (taken !== undefined && taken !== order.totalCents) {
        offend(order, `the provider took ${taken} cents for ${order.totalCents}`);
      }
    }
    const ids = new Set(orders.map((order) => order.id));
    for (const entry of ledger.values()) {
      if (!ids.has(entry.orderId)) offend({ id: entry.orderId }, "is in the ledger and nowhere else");
    }
    const keys = new Set(orders.map((order) => order.key));
    for (const [key, cents] of captured) {
      if (!keys.has(key))
        offences.push({ text: `the provider took ${cents} cents for the key ${key}, which has no order` });
    }
    const total = orders.reduce((sum, order) => sum + order.totalCents, 0);
    return {
      compared: orders.length,
      what: `${counted(orders.length, "order")} over ${(total / 100).toFixed(2)} in all`,
      offences,
    };
  },
};
