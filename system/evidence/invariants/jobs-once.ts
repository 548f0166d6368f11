import { counted, type Invariant, type Offence } from "./finding.ts";

/** Jobs come at least once and take effect once: in the database, on the shelf, and at the provider. */
export const jobsOnce: Invariant<"orders" | "effects" | "payments"> = {
  name: "jobs-once",
  title: "Every job takes effect exactly once",
  target: "0 repeated or missing effects",
  parts: ["orders", "effects", "payments"],
  needsWrites: false,
  protection: "queue",
  compare({ part }) {
    const orders = new Map(part("orders").map((order) => [order.id, order]));
    const effects = new Map(part("effects").map((each) => [each.orderId, each]));
    const keysAtProvider = new Map<string, Set<string>>();
    for (const payment of part("payments")) {
      const keys = keysAtProvider.get(payment.orderKey) ?? new Set();
      keysAtProvider.set(payment.orderKey, keys.add(payment.idempotencyKey));
    }
    const offences: Offence[] = [];
    for (const order of orders.values()) {
      const done = effects.get(order.id);
      const must = order.status === "confirmed" ? 1 : 0;
      for (const kind of ["payment", "stock", "confirmation"] as const) {
        const times = done?.[kind] ?? 0;
        if (times > 1 || times < must) {
          offences.push({ text: `order ${order.id} (${order.status}): ${kind} took effect ${times} times` });
        }
      }
      const sold = sorted(order.lines.map(([product, quantity]) => `${product}x${quantity}`));
      const moved = sorted((done?.movements ?? []).map(([product, quantity]) => `${product}x${quantity}`));
      if ((done?.stock ?? 0) > 0 && moved !== sold) {
        offences.push({ text: `order ${order.id}: sold ${sold}, moved ${moved === "" ? "nothing" : moved}` });
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

function sorted(texts: readonly string[]): string {
  return texts.toSorted().join(" ");
}
