import { counted, type Invariant, type Offence } from "./finding.ts";

/**
 * At rest, with all faults healed and the five seconds over that stock on a page may be old, every page shows what is on
 * the shelf: nothing that the shop was told late, never told, or told and forgot may be left in any of its tiers.
 */
export const pagesTrue: Invariant<"stock" | "pages"> = {
  name: "pages-true",
  title: "Pages show the stock that is there",
  target: "0 wrong",
  parts: ["stock", "pages"],
  needsWrites: false,
  compare({ part }) {
    const shelves = new Map(part("stock").map(({ productId, onHand }) => [productId, onHand]));
    const { replicas, moved, rows } = part("pages");
    const offences: Offence[] = [];
    let compared = 0;
    for (const [product, shown] of rows) {
      const onHand = shelves.get(product);
      for (const [i, replica] of replicas.entries()) {
        const stock = shown[i];
        if (stock === undefined) continue;
        compared += 1;
        if (stock === onHand) continue;
        const told = stock === null ? "no stock at all" : `${stock} in stock`;
        offences.push({ text: `${replica} shows ${told} of product ${product}, ${onHand ?? "none"} on hand` });
      }
    }
    return {
      compared,
      what: `${counted(compared, "product page")} of ${counted(replicas.length, "replica")}`,
      offences,
      ...(rows.length < moved ? { note: `${rows.length} of ${moved} products that moved were looked at` } : {}),
    };
  },
};
