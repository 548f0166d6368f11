import { counted, type Invariant, type Offence } from "./finding.ts";
import type { Look } from "./material.ts";

/** What an order may become, directly or by way of others. */
const LATER: ReadonlyMap<string, readonly string[]> = new Map([
  ["accepted", ["paid", "confirmed", "cancelled"]],
  ["paid", ["confirmed"]],
  ["confirmed", []],
  ["cancelled", []],
]);

/**
 * Whoever was told "your order is placed" and looks at its page finds it there, and from one look to the next it never
 * goes back, nor do the books in the end say less than its buyer has seen. (An order that was never acknowledged owes
 * nobody a page.)
 */
export const buyersSeeTheirOrders: Invariant<"orders"> = {
  name: "buyers-see-their-orders",
  title: "Buyers find their orders, and never see them go back",
  target: "0 missing or gone back",
  parts: ["orders"],
  needsWrites: true,
  compare({ writes, looks, part }) {
    const acknowledged = new Set<string | undefined>();
    for (const write of writes.values()) for (const { orderId } of write.acknowledged) acknowledged.add(orderId);
    const before = new Map<string, { readonly shown: string; readonly seq: number }>();
    const offences: Offence[] = [];
    const lookedAt = new Set<string>();
    let compared = 0;
    for (const look of looks) {
      const { orderId, shown, seq } = look;
      if (!acknowledged.has(orderId)) continue;
      compared += 1;
      lookedAt.add(orderId);
      const last = before.get(orderId);
      const problem = problemOf(look, last?.shown);
      if (problem !== undefined) {
        const seqs = last === undefined ? [seq] : [last.seq, seq];
        offences.push({ text: `order ${orderId} was acknowledged, and then its page ${problem}`, seqs });
      }
      if (shown !== undefined) before.set(orderId, { shown, seq });
    }
    for (const order of part("orders")) {
      const last = before.get(order.id);
      if (last === undefined || order.status === last.shown || LATER.get(last.shown)?.includes(order.status)) continue;
      offences.push({
        text: `order ${order.id} was shown as "${last.shown}" and is "${order.status}" in the books`,
        seqs: [last.seq],
      });
    }
    return { compared, what: `${counted(compared, "look")} at ${counted(lookedAt.size, "order")}`, offences };
  },
};

function problemOf({ status, shown }: Look, last: string | undefined): string | undefined {
  if (status === 404) return "was not there";
  if (shown === undefined) return "said nothing of it";
  if (!LATER.has(shown)) return `called it "${shown}", which is no state of an order`;
  if (last === undefined || last === shown || LATER.get(last)?.includes(shown)) return undefined;
  return `went back from "${last}" to "${shown}"`;
}
