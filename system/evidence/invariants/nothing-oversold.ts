import type { Part } from "../truth.ts";
import { counted, type Invariant, type Offence } from "./finding.ts";
import type { Write, Writes } from "./writes.ts";

/**
 * How many of a product a cart holds is known to the shop alone. With as many as this on the shelf no shopper's cart can
 * have been too large (they take up to three at a time); with fewer the answer may have been true.
 */
const MOST_IN_A_CART = 10;

/**
 * What left the shelf was sold, no shelf is below zero or ever was, and whoever was told "sold out" was told the truth.
 * How low a shelf ever was the database keeps beside it, whoever wrote the row: what was promised and not there counts,
 * also when a declined card has brought goods back since.
 *
 * No more of a product can have been off its shelf when somebody was told "sold out" than is in orders that had been
 * announced before the answer came. Those that were cancelled since count as well: their goods lay aside until they went
 * back, at an instant that no buyer was told. So an answer that was wrong because a return came late, or never showed, is
 * not found by this. A shelf that nobody bought from may have been too small for what one buyer wanted; one that the books
 * do not have was not, for it has always had enough for any order.
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
      if (order.status === "cancelled") continue;
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
        const text = `product ${product}: ${units} sold of ${shelf.initial}, ${shelf.onHand} on hand`;
        const beyond = ordersBeyond(part("orders"), shelf);
        offences.push(...(beyond.length === 0 ? [{ text }] : beyond.map((id) => ({ text: `${text}: order ${id}` }))));
      } else if (shelf.initial - shelf.onHand !== units) {
        const shelved = `${shelf.initial} at first, ${shelf.onHand} on hand`;
        offences.push({ text: `product ${product}: ${shelved}, ${units} in orders that were not cancelled` });
      }
      if (shelf !== undefined) offences.push(...lowestOf(shelf));
    }
    const answers = falseAnswers(writes, part("orders"), shelves);
    return {
      compared: shelves.size,
      what: `${counted(shelves.size, "product")} and ${counted(answers.compared, "answer")} "sold out"`,
      offences: [...offences, ...answers.offences],
    };
  },
};

type Shelf = Part<"stock">[number];

/** What the shelf was at its lowest, where that says more than what it is now. */
function lowestOf({ productId, initial, onHand, lowest }: Shelf): readonly Offence[] {
  if (lowest > Math.min(initial, onHand)) {
    return [{ text: `product ${productId}: never below ${lowest} by its row, of ${initial}, with ${onHand} on hand` }];
  }
  if (lowest >= 0 || onHand < 0) return [];
  const meanwhile = `${-lowest} more were sold than were there of ${initial}`;
  return [{ text: `product ${productId}: was at ${lowest} for a time, ${meanwhile}; ${onHand} on hand in the end` }];
}

/** Orders that an empty shelf has to fill, in the order of their numbers: somebody has to be told for each of them. */
function ordersBeyond(orders: Part<"orders">, { productId, initial }: Shelf): readonly string[] {
  let left = initial;
  return orders.flatMap((order) => {
    if (order.status === "cancelled") return [];
    const taken = order.lines.reduce((sum, [product, quantity]) => sum + (product === productId ? quantity : 0), 0);
    left -= taken;
    return taken > 0 && left < 0 ? [order.id] : [];
  });
}

function falseAnswers(
  writes: Writes,
  orders: Part<"orders">,
  shelves: ReadonlyMap<number, Shelf>,
): { readonly compared: number; readonly offences: readonly Offence[] } {
  const sales = salesOf(writes, orders);
  const offences: Offence[] = [];
  let compared = 0;
  for (const write of writes.values()) {
    for (const { productId, seq } of write.soldOut) {
      compared += 1;
      const shelf = shelves.get(productId);
      const wanted = wantedOf(write, productId);
      const said = `key ${write.key}: product ${productId} was said to be sold out`;
      if (shelf === undefined) {
        offences.push({ text: `${said}, nobody bought any, and there was always enough`, seqs: [seq] });
        continue;
      }
      const soldBefore = (sales.get(productId) ?? [])
        .filter((sale) => sale.fromSeq < seq)
        .reduce((sum, sale) => sum + sale.quantity, 0);
      if (shelf.initial - soldBefore >= wanted) {
        const bound = `at most ${soldBefore} of ${shelf.initial} can have been sold by then, ${shelf.onHand} are on hand`;
        offences.push({ text: `${said}, ${bound} and ${wanted} were wanted`, seqs: [seq] });
      }
    }
  }
  return { compared, offences };
}

function wantedOf(write: Write, productId: number): number {
  const lines = write.lines.filter((line) => line.productId === productId);
  return lines.length === 0 ? MOST_IN_A_CART : lines.reduce((sum, line) => sum + line.quantity, 0);
}

interface Sale {
  readonly quantity: number;
  /** The record that it cannot have happened before; an order that nobody announced may be of any time. */
  readonly fromSeq: number;
}

function salesOf(writes: Writes, orders: Part<"orders">): ReadonlyMap<number, readonly Sale[]> {
  const sales = new Map<number, Sale[]>();
  for (const order of orders) {
    const fromSeq = writes.get(order.key)?.announcedSeq ?? Number.NEGATIVE_INFINITY;
    for (const [product, quantity] of order.lines) {
      const list = sales.get(product) ?? [];
      list.push({ quantity, fromSeq });
      sales.set(product, list);
    }
  }
  return sales;
}
