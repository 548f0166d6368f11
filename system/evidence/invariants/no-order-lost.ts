import { counted, type Invariant, type Offence } from "./finding.ts";
import { type Write, wordsOf } from "./writes.ts";

/** Every order that a buyer was told of is there, with the lines and the total that were asked for and told. */
export const noOrderLost: Invariant<"orders"> = {
  name: "no-order-lost",
  title: "No acknowledged order is lost",
  target: "0 lost or changed",
  parts: ["orders"],
  needsWrites: true,
  compare({ writes, part }) {
    const byKey = new Map(part("orders").map((order) => [order.key, order]));
    const offences: Offence[] = [];
    let acknowledged = 0;
    let landed = 0;
    for (const write of writes.values()) {
      const order = byKey.get(write.key);
      if (write.outcome === "info" && order !== undefined) landed += 1;
      if (write.outcome !== "ok") continue;
      acknowledged += 1;
      const problem = order === undefined ? "is not in the database" : changed(write, order);
      if (problem !== undefined) {
        const told = write.acknowledged[0]?.orderId ?? "without a number";
        offences.push({ text: `order ${told} (key ${write.key}) was acknowledged and ${problem}`, seqs: write.seqs });
      }
    }
    return {
      compared: acknowledged,
      what: counted(acknowledged, "acknowledged order"),
      offences,
      note: `${counted(landed, "order")} of attempts in doubt are there as well, which is right`,
    };
  },
};

interface Stored {
  readonly id: string;
  readonly totalCents: number;
  readonly lines: readonly (readonly [number, number, number])[];
}

function changed(write: Write, order: Stored): string | undefined {
  for (const { orderId, totalCents, lines } of write.acknowledged) {
    if (orderId !== undefined && orderId !== order.id) return `is stored as order ${order.id}`;
    if (totalCents !== undefined && totalCents !== order.totalCents) {
      return `has a total of ${order.totalCents} cents instead of ${totalCents}`;
    }
    if (lines === undefined) continue;
    const stored = wordsOf(order.lines);
    if (lines !== stored) return `has other lines than its buyer was told of: ${stored} instead of ${lines}`;
  }
  if (write.lines.length === 0) return undefined;
  const asked = new Map<number, number>();
  for (const line of write.lines) asked.set(line.productId, (asked.get(line.productId) ?? 0) + line.quantity);
  const same =
    asked.size === order.lines.length && order.lines.every(([product, quantity]) => asked.get(product) === quantity);
  return same ? undefined : `has other lines than were asked for: ${JSON.stringify(order.lines)}`;
}
