import { counted, type Invariant, type Offence } from "./finding.ts";

/**
 * How many of a product a cart holds is known to the shop alone. With as many as this on the shelf no shopper's cart can
 * have been too large (they take up to three at a time); with fewer the answer may have been true.
 */
const MOST_IN_A_CART = 10;

/**
 * What left the shelf was sold, no shelf is below zero, and whoever was told "sold out" was told the truth. Stock never
 * grows during a run, so a product that was too scarce at the time of the answer is still too scarce at the end.
 */
export const nothingOversold: Invariant<"orders" | "stock"> = {
  name: "nothing-oversold",
  title: "Nothing is sold that was not there",
  target: "0 oversold",
  parts: ["orders", "stock"],
  needsWrites: false,
  compare({ writes, part }) {
    const sold = new Map<number, number>();
    for (const order of part("orders")) {
      for (const [product, quantity] of order.lines) sold.set(product, (sold.get(product) ?? 0) + quantity);
    }
    const shelves = new Map(part("stock").map((shelf) => [shelf.productId, shelf]));
    const offences: Offence[] = [];
    for (const product of new Set([...sold.keys(), ...shelves.keys()])) {
      const shelf = shelves.get(product);
      const units = sold.get(product) ?? 0;
      if (shelf === undefined) {
        offences.push({ text: `product ${product} was sold ${units} times and has no stock row` });
      } else if (shelf.onHand < 0 || units > shelf.initial) {
        offences.push({
          text: `product ${product}: ${units} sold of ${shelf.initial}, ${shelf.onHand} on hand`,
        });
      } else if (shelf.initial - shelf.onHand !== units) {
        offences.push({
          text: `product ${product}: ${shelf.initial - shelf.onHand} left the shelf, ${units} are in orders`,
        });
      }
    }
    let refusals = 0;
    for (const write of writes.values()) {
      for (const { productId, seq } of write.soldOut) {
        const onHand = shelves.get(productId)?.onHand;
        const asked = write.lines
          .filter((line) => line.productId === productId)
          .reduce((sum, line) => sum + line.quantity, 0);
        const wanted = asked === 0 ? MOST_IN_A_CART : asked;
        refusals += 1;
        if (onHand === undefined || onHand >= wanted) {
          offences.push({
            text: `key ${write.key}: product ${productId} was said to be sold out, ${onHand ?? "all"} are on hand`,
            seqs: [seq],
          });
        }
      }
    }
    return {
      compared: shelves.size,
      what: `${counted(shelves.size, "product")} and ${counted(refusals, "answer")} "sold out"`,
      offences,
    };
  },
};
