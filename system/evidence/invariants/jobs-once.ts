import { counted, type Invariant, type Offence } from "./finding.ts";
import { RowIndex } from "./rows.ts";

/**
 * Jobs come at least once and take effect once: in the database, on the shelf, and at the provider. An order is either
 * fulfilled, in three steps, or cancelled, in one; the goods of the one leave the shelf, those of the other go back.
 */
export const jobsOnce: Invariant<"orders" | "effects" | "payments"> = {
  name: "jobs-once",
  title: "Every job takes effect exactly once",
  target: "0 repeated or missing effects",
  parts: ["orders", "effects", "payments"],
  needsWrites: false,
  protection: "queue",
  compare({ part }) {
    const orders = new Map(part("orders").map((order) => [order.id, order]));
    const effects = new RowIndex(part("effects"), (each) => each.orderId);
    const firstKey = new Map<string, string>();
    const keysAtProvider = new Map<string, Set<string>>();
    for (const payment of part("payments")) {
      const first = firstKey.get(payment.orderKey) ?? payment.idempotencyKey;
      firstKey.set(payment.orderKey, first);
      // A set for each of a hundred thousand orders would be there for the few that have more than one key.
      if (first === payment.idempotencyKey) continue;
      const keys = keysAtProvider.get(payment.orderKey) ?? new Set([first]);
      keysAtProvider.set(payment.orderKey, keys.add(payment.idempotencyKey));
    }
    const offences: Offence[] = [];
    for (const order of orders.values()) {
      const done = effects.get(order.id);
      for (const kind of ["payment", "stock", "confirmation", "cancellation"] as const) {
        const times = done?.[kind] ?? 0;
        const [least, most] = timesOf(kind, order.status);
        if (times < least || times > most) {
          offences.push({ text: `order ${order.id} (${order.status}): ${kind} took effect ${times} times` });
        }
      }
      const isCancelled = (done?.cancellation ?? 0) > 0;
      const due = sorted(order.lines.map(([product, quantity]) => `${product}x${isCancelled ? -quantity : quantity}`));
      const moved = sorted((done?.movements ?? []).map(([product, quantity]) => `${product}x${quantity}`));
      if ((isCancelled || (done?.stock ?? 0) > 0) && moved !== due) {
        const what = isCancelled ? "goes back" : "is sold";
        offences.push({ text: `order ${order.id}: ${due} ${what}, moved ${moved === "" ? "nothing" : moved}` });
      }
      const keys = keysAtProvider.get(order.key)?.size ?? 0;
      if (keys > 1) offences.push({ text: `order ${order.id} reached the provider under ${keys} different keys` });
    }
    for (const done of effects.values()) {
      if (!orders.has(done.orderId))
        offences.push({ text: `jobs took effect for order ${done.orderId}, which is gone` });
    }
    return { compared: orders.size, what: `the jobs of ${counted(orders.size, "order")}`, offences };
  },
};

/** How often a step may have taken effect at least and at most, in an order of this state. */
function timesOf(
  kind: "payment" | "stock" | "confirmation" | "cancellation",
  status: string,
): readonly [least: number, most: number] {
  const isCancelled = status === "cancelled";
  if (kind === "cancellation") return isCancelled ? [1, 1] : [0, 0];
  if (isCancelled) return [0, 0];
  return [status === "confirmed" ? 1 : 0, 1];
}

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join(" ");
}
