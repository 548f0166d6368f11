import { judgeClashes } from "./clashes.ts";
import { counted, type Invariant, type Offence } from "./finding.ts";
import { RowIndex } from "./rows.ts";

/**
 * The contract of an idempotency key: whoever asks again is told what was told first, what was told is stored, and whoever
 * asks for something else under it is refused.
 */
export const repliesAgree: Invariant<"orders" | "replies"> = {
  name: "replies-agree",
  title: "All answers to one idempotency key agree",
  target: "0 contradictions",
  parts: ["orders", "replies"],
  needsWrites: true,
  compare({ writes, clashes, part }) {
    const orders = new Map(part("orders").map((order) => [order.key, order]));
    const stored = new RowIndex(part("replies"), (reply) => reply.key);
    const offences: Offence[] = [];
    let compared = 0;
    let repeated = 0;
    for (const write of writes.values()) {
      const answers = write.acknowledged.length + write.soldOut.length;
      if (answers === 0) continue;
      compared += 1;
      if (answers > 1) repeated += 1;
      const told = new Set([
        ...write.acknowledged.map((each) => `order ${each.orderId} over ${each.totalCents} cents`),
        ...write.soldOut.map((each) => `product ${each.productId} sold out`),
      ]);
      const reply = stored.get(write.key);
      const kept =
        reply === undefined
          ? "nothing"
          : reply.soldOutProductId === null
            ? `order ${reply.orderId} over ${reply.totalCents} cents`
            : `product ${reply.soldOutProductId} sold out`;
      const seqs = [...write.acknowledged, ...write.soldOut].map((each) => each.seq);
      if (told.size > 1) offences.push({ text: `key ${write.key} was told: ${[...told].join("; ")}`, seqs });
      else if (!told.has(kept)) {
        offences.push({ text: `key ${write.key} was told: ${[...told].join("; ")}; stored is ${kept}`, seqs });
      }
    }
    for (const reply of stored.values()) {
      const order = orders.get(reply.key);
      if (reply.orderId !== (order?.id ?? null)) {
        offences.push({ text: `key ${reply.key}: the answer names order ${reply.orderId}, stored is ${order?.id}` });
      }
    }
    for (const order of orders.values()) {
      if (!stored.has(order.key)) {
        offences.push({ text: `order ${order.id} (key ${order.key}) has no stored answer: a resend would buy again` });
      }
    }
    const clashed = judgeClashes(clashes, part("orders"));
    offences.push(...clashed.offences);
    return {
      compared,
      what: `${counted(compared, "answered key")}, ${repeated} of them asked again`,
      offences,
      ...(clashed.missing !== undefined
        ? { missing: clashed.missing }
        : clashed.note === ""
          ? {}
          : { note: clashed.note }),
    };
  },
};
