import type { WriteResult } from "#core/history.ts";
import type { Part } from "#system/evidence/truth.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";
import { FREE_ID } from "./rows.ts";

type Order = Part<"orders">[number];
type Acknowledgement = ReturnType<typeof acknowledgements>[number];

/** Answers "ok" to keys that got exactly one of them: the other answer would still stand for a key that got two. */
function acknowledgements(draft: Draft) {
  const ok = draft.all("write.result").filter((record) => record.result === "ok");
  const times = new Map<string, number>();
  for (const { key } of ok) times.set(key, (times.get(key) ?? 0) + 1);
  return ok.filter(({ key }) => times.get(key) === 1);
}

/**
 * An order that stands and that its buyer was told of. One of a buyer in doubt may be there or not: to take it away is no
 * violation. Those with a coupon are left out, because its counter would have to follow.
 */
function toldOrder(draft: Draft): Order | undefined {
  const told = new Set(acknowledgements(draft).map(({ key }) => key));
  return draft.pick(
    (draft.book("orders") ?? []).filter(
      ({ key, status, coupon }) => told.has(key) && status === "confirmed" && coupon === null,
    ),
  );
}

/** Rows of an order taken out of every book, and its goods put back on the shelf: a commit that never happened. */
function unmake(draft: Draft, { id, key, lines, totalCents }: Order): void {
  const without = <T>(rows: T[] | undefined, isOurs: (row: T) => boolean): void => {
    for (let i = (rows?.length ?? 0) - 1; i >= 0; i -= 1) {
      const row = rows?.[i];
      if (row !== undefined && isOurs(row)) rows?.splice(i, 1);
    }
  };
  without(draft.book("orders"), (row) => row.id === id);
  without(draft.book("replies"), (row) => row.key === key);
  without(draft.book("ledger"), (row) => row.orderId === id);
  without(draft.book("outbox"), (row) => row.orderId === id);
  without(draft.book("effects"), (row) => row.orderId === id);
  without(draft.book("payments"), (row) => row.orderKey === key);
  const warehouse = draft.book("warehouse");
  without(warehouse?.orders, ([order]) => order === id);
  if (warehouse !== undefined) {
    warehouse.lines -= lines.length;
    warehouse.linesCents -= totalCents;
  }
  for (const [product, quantity] of lines) {
    const shelf = draft.book("stock")?.find(({ productId }) => productId === product);
    if (shelf !== undefined) shelf.onHand += quantity;
  }
}

/** An order written into every book, and its goods taken off the shelf. */
function make(draft: Draft, order: Order): void {
  const { id, key, lines, totalCents } = order;
  draft.book("orders")?.push(order);
  draft.book("replies")?.push({ key, status: 201, orderId: id, totalCents, soldOutProductId: null });
  draft.book("ledger")?.push({
    orderId: id,
    entries: 4,
    customer: -totalCents,
    revenue: totalCents,
    provider: -totalCents,
    receivable: totalCents,
  });
  draft.book("outbox")?.push({ orderId: id, rows: 1, unpublished: 0, announcedCents: totalCents });
  const movements = lines.map(([product, quantity]): [number, number] => [product, quantity]);
  draft.book("effects")?.push({ orderId: id, payment: 1, stock: 1, confirmation: 1, cancellation: 0, movements });
  draft.book("payments")?.push({ idempotencyKey: key, orderKey: key, amountCents: totalCents });
  const warehouse = draft.book("warehouse");
  warehouse?.orders.push([id, totalCents]);
  if (warehouse !== undefined) {
    warehouse.lines += lines.length;
    warehouse.linesCents += totalCents;
  }
  for (const [product, quantity] of lines) {
    const shelf = draft.book("stock")?.find(({ productId }) => productId === product);
    if (shelf === undefined) continue;
    shelf.onHand -= quantity;
    shelf.lowest = Math.min(shelf.lowest, shelf.onHand);
  }
}

/** A mutation of one order that its buyer was told of. */
function ofOrder(
  name: string,
  does: string,
  expects: readonly string[],
  spoil: (order: Order, draft: Draft) => boolean,
): Mutation {
  return {
    name,
    does,
    expects,
    as: "broken",
    spoil(draft) {
      const order = toldOrder(draft);
      return order !== undefined && spoil(order, draft) ? `order ${order.id}` : undefined;
    },
  };
}

/** A mutation of one answer "ok". */
function ofAnswer(
  name: string,
  does: string,
  expects: readonly string[],
  spoil: (answer: Acknowledgement, draft: Draft) => Partial<WriteResult> | undefined,
): Mutation {
  return {
    name,
    does,
    expects,
    as: "broken",
    spoil(draft) {
      const answer = draft.pick(acknowledgements(draft));
      const change = answer && spoil(answer, draft);
      if (answer === undefined || change === undefined) return undefined;
      draft.replace(answer, { ...answer, ...change });
      return `the answer to ${answer.key}`;
    },
  };
}

/** In an order's own row, and nowhere else. */
const ROWS: readonly Mutation[] = [
  ofOrder(
    "order-row-dropped",
    "the row of an order is gone, all that follows from it is there",
    ["no-order-lost"],
    (order, draft) => {
      const orders = draft.book("orders") ?? [];
      orders.splice(orders.indexOf(order), 1);
      return true;
    },
  ),
  ofOrder(
    "order-quantity",
    "a line of an order has one more",
    ["no-order-lost", "nothing-oversold"],
    ({ lines }, draft) => {
      const line = draft.pick(lines);
      if (line !== undefined) line[1] += 1;
      return line !== undefined;
    },
  ),
  ofOrder(
    "order-product",
    "a line of an order is of another product",
    ["no-order-lost", "nothing-oversold"],
    ({ lines }, draft) => {
      const line = draft.pick(lines);
      if (line !== undefined) line[0] += 1;
      return line !== undefined;
    },
  ),
  ofOrder(
    "order-price",
    "a line of an order has another price",
    ["money-conserved", "no-order-lost"],
    ({ lines }, draft) => {
      const line = draft.pick(lines);
      if (line !== undefined) line[2] += 1;
      return line !== undefined;
    },
  ),
  ofOrder(
    "order-line-dropped",
    "a line of an order is gone",
    ["no-order-lost", "nothing-oversold"],
    ({ lines }) => lines.pop() !== undefined,
  ),
  ofOrder("order-total", "an order has another total", ["money-conserved"], (order) => {
    order.totalCents += 1;
    return true;
  }),
  ofOrder("order-unconfirmed", "an order was accepted and never fulfilled further", ["jobs-finished"], (order) => {
    order.status = "accepted";
    return true;
  }),
  ofOrder(
    "order-keys-swapped",
    "two orders have each other's key",
    ["no-order-lost", "replies-agree"],
    (order, draft) => {
      const other = toldOrder(draft);
      if (other === undefined || other === order) return false;
      [order.key, other.key] = [other.key, order.key];
      return true;
    },
  ),
  ofOrder(
    "order-ids-swapped",
    "two orders have each other's number",
    ["no-order-lost", "replies-agree"],
    (order, draft) => {
      const other = toldOrder(draft);
      if (other === undefined || other === order) return false;
      [order.id, other.id] = [other.id, order.id];
      return true;
    },
  ),
];

/** In every book alike: nothing in the shop contradicts it, only what buyers sent and were told. */
const WHOLE: readonly Mutation[] = [
  ofOrder("order-lost", "a commit was lost with all that followed from it", ["no-order-lost"], (order, draft) => {
    unmake(draft, order);
    return true;
  }),
  ofOrder(
    "order-invented",
    "an order is in every book and nobody sent its key",
    ["no-order-invented"],
    (order, draft) => {
      make(draft, { ...structuredClone(order), id: FREE_ID, key: "nobody-sent-this" });
      return true;
    },
  ),
  ofOrder("order-twice", "a purchase was made twice, under one key", ["no-order-twice"], (order, draft) => {
    make(draft, { ...structuredClone(order), id: FREE_ID });
    return true;
  }),
  ofOrder(
    "order-changed",
    "an order holds one more than was asked for, in every book",
    ["no-order-lost"],
    (order, draft) => {
      const changed = structuredClone(order);
      const line = draft.pick(changed.lines);
      if (line === undefined) return false;
      line[1] += 1;
      changed.totalCents += line[2];
      unmake(draft, order);
      make(draft, changed);
      return true;
    },
  ),
  ofOrder(
    "order-dearer",
    "an order costs more than its buyer was told, in every book",
    ["no-order-lost"],
    (order, draft) => {
      const changed = structuredClone(order);
      const line = draft.pick(changed.lines);
      if (line === undefined) return false;
      line[2] += 100;
      changed.totalCents += 100 * line[1];
      unmake(draft, order);
      make(draft, changed);
      return true;
    },
  ),
  ofOrder(
    "order-overcharged",
    "an order costs more than the catalogue says, in every book, and its buyer was told so",
    ["money-conserved"],
    (order, draft) => {
      const changed = structuredClone(order);
      for (const line of changed.lines) {
        line[2] += 100;
        changed.totalCents += 100 * line[1];
      }
      unmake(draft, order);
      make(draft, changed);
      draft.change("write.result", (record) => {
        if (record.key !== order.key || record.result !== "ok") return record;
        const lines = changed.lines.map(([productId, quantity, priceCents]) => ({ productId, quantity, priceCents }));
        return { ...record, totalCents: changed.totalCents, ...(record.lines === undefined ? {} : { lines }) };
      });
      return true;
    },
  ),
];

/**
 * In every book alike an order without the discount of its coupon, whose buyer never heard an answer; the coupon is good
 * for one order less, so that all others were treated rightly.
 */
function withhold(draft: Draft): string | undefined {
  const having = (draft.book("orders") ?? []).filter(({ coupon }) => coupon !== null);
  // Of the last of them nobody can say that the coupon was not used up before.
  const order = draft.pick(having.slice(0, -1));
  const coupon = draft.book("coupons")?.find(({ code }) => code === order?.coupon);
  if (order === undefined || coupon === undefined || coupon.used !== coupon.mostUses) return undefined;
  const dearer = structuredClone(order);
  Object.assign(dearer, { coupon: null, discountCents: 0, totalCents: order.totalCents + order.discountCents });
  unmake(draft, order);
  make(draft, dearer);
  for (const counter of ["mostUses", "used", "highest"] as const) coupon[counter] -= 1;
  draft.change("write.result", (record) => (record.key === order.key ? undefined : record));
  draft.renumber();
  return `order ${order.id}`;
}

/** In what buyers sent and were told. */
const TOLD: readonly Mutation[] = [
  ofAnswer(
    "answer-turned-to-failure",
    "a buyer was told that nothing was bought, and the order is there",
    ["no-order-invented"],
    (answer) => (answer.orderId === undefined ? undefined : { result: "fail", status: 503 }),
  ),
  ofAnswer("answer-total", "a buyer was told another total", ["no-order-lost", "replies-agree"], ({ totalCents }) =>
    totalCents === undefined ? undefined : { totalCents: totalCents + 1 },
  ),
  ofAnswer(
    "answer-order",
    "a buyer was told another order's number",
    ["no-order-lost", "replies-agree"],
    ({ orderId }) => (orderId === undefined ? undefined : { orderId: FREE_ID }),
  ),
  ofAnswer("answer-quantity", "a buyer was told of one more than was bought", ["no-order-lost"], ({ lines = [] }) => {
    const [first, ...rest] = lines;
    return first === undefined ? undefined : { lines: [{ ...first, quantity: first.quantity + 1 }, ...rest] };
  }),
  ofAnswer("answer-line-dropped", "a buyer was told of one line less", ["no-order-lost"], ({ lines = [] }) =>
    lines.length === 0 ? undefined : { lines: lines.slice(1) },
  ),
  ofAnswer(
    "answer-sold-out-falsely",
    "a buyer was told that something is sold out which is not",
    ["nothing-oversold", "no-order-invented"],
    ({ lines = [] }, draft) => {
      const plenty = draft.book("stock")?.find(({ onHand }) => onHand > 100);
      if (lines.length === 0 || plenty === undefined) return undefined;
      return { result: "fail", status: 410, soldOutProductId: plenty.productId };
    },
  ),
  {
    name: "discount-withheld",
    does: "an order whose buyer never heard an answer was not given its coupon's discount",
    expects: ["coupon-within-limit"],
    as: "broken",
    spoil: withhold,
  },
  {
    name: "question-changed",
    does: "a buyer had asked for one more than was bought",
    expects: ["no-order-lost"],
    as: "broken",
    spoil(draft) {
      const ok = new Set(acknowledgements(draft).map(({ key }) => key));
      const intent = draft.pick(draft.all("write.intent").filter(({ key, lines }) => ok.has(key) && lines.length > 0));
      const [first, ...rest] = intent?.lines ?? [];
      if (intent === undefined || first === undefined) return undefined;
      draft.replace(intent, { ...intent, lines: [{ ...first, quantity: first.quantity + 1 }, ...rest] });
      return `what ${intent.key} asked for`;
    },
  },
  {
    name: "answers-contradict",
    does: "a resend of the same key was told another order",
    expects: ["no-order-twice", "replies-agree"],
    as: "broken",
    spoil(draft) {
      const again = draft.pick(
        draft.all("write.result").filter(({ result, attempt }) => result === "ok" && attempt === 2),
      );
      if (again === undefined) return undefined;
      draft.replace(again, { ...again, orderId: FREE_ID });
      return `the second answer to ${again.key}`;
    },
  },
  {
    name: "sold-out-too-early",
    does: "a product was said to be sold out before it can have been",
    expects: ["nothing-oversold"],
    as: "broken",
    spoil(draft) {
      const said = draft.pick(
        draft.all("write.result").filter(({ soldOutProductId }) => soldOutProductId !== undefined),
      );
      const zero = draft.all("run").find(({ state }) => state === "load-begun");
      if (said === undefined || zero === undefined) return undefined;
      // The question and its answer move to the beginning, when every shelf was full.
      const all = draft.records.filter(
        (record) => (record.kind === "write.intent" || record.kind === "write.result") && record.key === said.key,
      );
      for (const record of all) draft.replace(record, undefined);
      for (const record of all.toReversed()) draft.tell(zero.seq + 1, record.source, record);
      return `what ${said.key} was told`;
    },
  },
];

export const ORDER_MUTATIONS: readonly Mutation[] = [...ROWS, ...WHOLE, ...TOLD];
