import type { Part } from "#system/evidence/truth.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";
import { assigned, dropped, FREE_ID, ofRow } from "./rows.ts";

const STEPS = ["payment", "stock", "confirmation"] as const;

const EFFECTS: readonly Mutation[] = [
  ...STEPS.flatMap((step) => [
    ofRow(`effect-${step}-missing`, `the job of an order had no effect: ${step}`, "effects", ["jobs-once"], (row) => {
      row[step] = 0;
    }),
    ofRow(`effect-${step}-twice`, `the job of an order took effect twice: ${step}`, "effects", ["jobs-once"], (row) => {
      row[step] = 2;
    }),
  ]),
  ofRow("effects-missing", "nothing was done for an order", "effects", ["jobs-once"], dropped),
  ofRow(
    "effects-invented",
    "jobs took effect for an order that does not exist",
    "effects",
    ["jobs-once"],
    (row, rows) => {
      rows.push({ ...row, orderId: FREE_ID });
    },
  ),
  ofRow(
    "movement-missing",
    "goods of an order were never moved",
    "effects",
    ["jobs-once"],
    (row) => row.movements.pop() !== undefined,
  ),
  ofRow("movement-twice", "goods of an order were moved twice", "effects", ["jobs-once"], (row) => {
    const [first] = row.movements;
    if (first !== undefined) row.movements.push([...first]);
    return first !== undefined;
  }),
  ofRow(
    "movement-quantity",
    "another number of goods was moved",
    "effects",
    ["jobs-once"],
    ({ movements: [first] }) => {
      if (first !== undefined) first[1] += 1;
      return first !== undefined;
    },
  ),
  ofRow("movement-product", "other goods were moved", "effects", ["jobs-once"], ({ movements: [first] }) => {
    if (first !== undefined) first[0] += 1;
    return first !== undefined;
  }),
];

/** Of an order whose card was declined. */
function ofCancelled(
  name: string,
  does: string,
  expects: readonly string[],
  spoil: (order: Part<"orders">[number], draft: Draft) => boolean,
): Mutation {
  return ofRow(name, does, "orders", expects, (_, rows, draft) => {
    const order = draft.pick(rows.filter(({ status }) => status === "cancelled"));
    return order !== undefined && spoil(order, draft);
  });
}

const CANCELLED: readonly Mutation[] = [
  ofCancelled(
    "cancelled-and-paid",
    "the provider took the money for an order that was cancelled",
    ["money-conserved"],
    ({ key, totalCents }, draft) => {
      draft.book("payments")?.push({ idempotencyKey: key, orderKey: key, amountCents: totalCents });
      return true;
    },
  ),
  ofCancelled(
    "cancelled-without-cause",
    "an order was cancelled whose card was never declined",
    ["money-conserved"],
    ({ key }, draft) => {
      const declined = draft.book("declined") ?? [];
      declined.splice(declined.indexOf(key), 1);
      return true;
    },
  ),
  ofCancelled(
    "cancelled-goods-kept",
    "the goods of a cancelled order never went back",
    ["nothing-oversold"],
    ({ lines: [line] }, draft) => {
      const shelf = draft.book("stock")?.find(({ productId }) => productId === line?.[0]);
      if (shelf === undefined || line === undefined) return false;
      shelf.onHand -= line[1];
      shelf.lowest = Math.min(shelf.lowest, shelf.onHand);
      return true;
    },
  ),
  ofCancelled(
    "cancelled-goods-back-twice",
    "the goods of a cancelled order went back twice",
    ["nothing-oversold"],
    ({ lines: [line] }, draft) => {
      const shelf = draft.book("stock")?.find(({ productId }) => productId === line?.[0]);
      if (shelf === undefined || line === undefined) return false;
      shelf.onHand += line[1];
      return true;
    },
  ),
  ofCancelled(
    "cancelled-and-owed",
    "the customer of a cancelled order still owes it",
    ["money-conserved"],
    ({ id, totalCents }, draft) => {
      const entry = draft.book("ledger")?.find(({ orderId }) => orderId === id);
      return entry !== undefined && assigned(entry, { customer: -totalCents, revenue: totalCents });
    },
  ),
  ofCancelled("cancelled-twice", "an order was cancelled twice", ["jobs-once"], ({ id }, draft) => {
    const done = draft.book("effects")?.find(({ orderId }) => orderId === id);
    return done !== undefined && assigned(done, { cancellation: 2 });
  }),
  ofCancelled("cancelled-and-fulfilled", "a cancelled order was confirmed as well", ["jobs-once"], ({ id }, draft) => {
    const done = draft.book("effects")?.find(({ orderId }) => orderId === id);
    return done !== undefined && assigned(done, { payment: 1, stock: 1, confirmation: 1 });
  }),
];

/** A change to a part that is no list of rows. */
function ofPart<Name extends "jobs" | "warehouse">(
  name: string,
  does: string,
  book: Name,
  expects: string,
  spoil: (part: Part<Name>, draft: Draft) => void,
): Mutation {
  return {
    name,
    does,
    expects: [expects],
    as: "broken",
    spoil(draft) {
      const part = draft.book(book);
      if (part === undefined) return undefined;
      spoil(part, draft);
      return book;
    },
  };
}

const ELSEWHERE: readonly Mutation[] = [
  ofPart("job-left", "a job is still to be done", "jobs", "jobs-finished", (part) => {
    part.unfinished.waiting = 1;
  }),
  ofPart("job-failed", "a job has failed for good", "jobs", "jobs-finished", ({ failed }) => {
    failed.push({ queue: "orders", id: "1", reason: "gave up" });
  }),
  ofPart(
    "warehouse-missing",
    "an order never reached the warehouse",
    "warehouse",
    "warehouse-converges",
    ({ orders }, draft) => {
      orders.splice(draft.random.integer(orders.length), 1);
    },
  ),
  ofPart(
    "warehouse-twice",
    "an order reached the warehouse twice",
    "warehouse",
    "warehouse-converges",
    ({ orders }, draft) => {
      const order = draft.pick(orders);
      if (order !== undefined) orders.push([...order]);
    },
  ),
  ofPart(
    "warehouse-total",
    "an order has another total in the warehouse",
    "warehouse",
    "warehouse-converges",
    ({ orders }, draft) => {
      const order = draft.pick(orders);
      if (order !== undefined) order[1] += 1;
    },
  ),
  ofPart(
    "warehouse-invented",
    "the warehouse has an order that the shop has not",
    "warehouse",
    "warehouse-converges",
    ({ orders }) => {
      orders.push([FREE_ID, 499]);
    },
  ),
  ofPart(
    "warehouse-line-lost",
    "a line of an order never reached the warehouse",
    "warehouse",
    "warehouse-converges",
    (part) => {
      part.lines -= 1;
    },
  ),
  ofPart("warehouse-cents", "the warehouse's lines make another sum", "warehouse", "warehouse-converges", (part) => {
    part.linesCents += 1;
  }),
];

export const FULFILMENT_MUTATIONS: readonly Mutation[] = [...EFFECTS, ...CANCELLED, ...ELSEWHERE];
