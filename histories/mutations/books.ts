import { type PartName, truthParts } from "#system/evidence/truth.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";
import { assigned, dropped, FREE_ID, ofRow } from "./rows.ts";

const LEDGER: readonly Mutation[] = [
  ofRow("ledger-missing", "an order was never booked", "ledger", ["money-conserved"], dropped),
  ofRow("ledger-sign", "customer and revenue were booked with the wrong sign", "ledger", ["money-conserved"], (row) =>
    assigned(row, { customer: -row.customer, revenue: -row.revenue }),
  ),
  ofRow(
    "ledger-payment-sign",
    "provider and receivable were booked with the wrong sign",
    "ledger",
    ["money-conserved"],
    (row) => assigned(row, { provider: -row.provider, receivable: -row.receivable }),
  ),
  ofRow("ledger-amount", "one account was booked a cent too much", "ledger", ["money-conserved"], (row, _, draft) => {
    const account = draft.pick(["customer", "revenue", "provider", "receivable"] as const) ?? "revenue";
    row[account] += 1;
    return true;
  }),
  ofRow(
    "ledger-pair",
    "two accounts of one sale are a cent apart, and sum to nothing",
    "ledger",
    ["money-conserved"],
    (row) => assigned(row, { customer: row.customer - 1, revenue: row.revenue + 1 }),
  ),
  ofRow(
    "ledger-crossed",
    "a cent of the customer's is at the provider, and all sums to nothing",
    "ledger",
    ["money-conserved"],
    (row) => assigned(row, { customer: row.customer + 1, provider: row.provider - 1 }),
  ),
  ofRow("ledger-payment-twice", "a payment was booked twice", "ledger", ["money-conserved"], (row) =>
    assigned(row, { entries: row.entries + 2, provider: 2 * row.provider, receivable: 2 * row.receivable }),
  ),
  ofRow("ledger-payment-missing", "a payment was never booked", "ledger", ["money-conserved"], (row) =>
    assigned(row, { entries: 2, provider: 0, receivable: 0 }),
  ),
  ofRow("ledger-invented", "an order that is nowhere else was booked", "ledger", ["money-conserved"], (row, rows) => {
    rows.push({ ...row, orderId: FREE_ID });
  }),
];

const OUTBOX: readonly Mutation[] = [
  ofRow("outbox-missing", "an order was never announced", "outbox", ["outbox-exact"], dropped),
  ofRow("outbox-twice", "an order was announced twice", "outbox", ["outbox-exact"], (row) =>
    assigned(row, { rows: 2 }),
  ),
  ofRow("outbox-unpublished", "an announcement was never sent", "outbox", ["outbox-exact"], (row) =>
    assigned(row, { unpublished: 1 }),
  ),
  ofRow("outbox-amount", "an order was announced with another amount", "outbox", ["outbox-exact"], (row) =>
    assigned(row, { announcedCents: (row.announcedCents ?? 0) + 1 }),
  ),
  ofRow("outbox-amount-missing", "an order was announced without its amount", "outbox", ["outbox-exact"], (row) =>
    assigned(row, { announcedCents: null }),
  ),
  ofRow("outbox-invented", "an order that does not exist was announced", "outbox", ["outbox-exact"], (row, rows) => {
    rows.push({ ...row, orderId: FREE_ID });
  }),
];

const PAYMENTS: readonly Mutation[] = [
  ofRow(
    "capture-missing",
    "an order counts as paid and the provider took nothing",
    "payments",
    ["no-order-twice"],
    dropped,
  ),
  ofRow("capture-amount", "the provider took another amount", "payments", ["money-conserved"], (row) =>
    assigned(row, { amountCents: row.amountCents + 1 }),
  ),
  ofRow(
    "capture-other-order",
    "the provider took the money for another order",
    "payments",
    ["no-order-twice", "money-conserved"],
    (row) => assigned(row, { orderKey: "nobody-sent-this" }),
  ),
  ofRow("capture-twice", "the provider took the money twice", "payments", ["no-order-twice"], (row, rows) => {
    rows.push({ ...row, idempotencyKey: `${row.idempotencyKey}-again` });
  }),
  ofRow(
    "capture-invented",
    "the provider took money for a key without an order",
    "payments",
    ["money-conserved"],
    (row, rows) => {
      rows.push({ ...row, idempotencyKey: "nobody-sent-this", orderKey: "nobody-sent-this" });
    },
  ),
];

const REPLIES: readonly Mutation[] = [
  ofRow("reply-missing", "the stored answer of an order is gone", "replies", ["replies-agree"], dropped),
  ofRow("reply-total", "a stored answer has another total", "replies", ["replies-agree"], (row) =>
    row.totalCents === null ? false : assigned(row, { totalCents: row.totalCents + 1 }),
  ),
  ofRow("reply-order", "a stored answer names another order", "replies", ["replies-agree"], (row) =>
    row.orderId === null ? false : assigned(row, { orderId: FREE_ID }),
  ),
  ofRow(
    "reply-sold-out",
    "a stored answer says sold out, and the order is there",
    "replies",
    ["replies-agree"],
    (row) =>
      row.orderId === null
        ? false
        : assigned(row, { status: 410, orderId: null, totalCents: null, soldOutProductId: 1 }),
  ),
  ofRow(
    "reply-other-product",
    "a stored answer names another product as sold out",
    "replies",
    ["replies-agree"],
    (row, rows) => {
      const refused = rows.find(({ soldOutProductId }) => soldOutProductId !== null) ?? row;
      return refused.soldOutProductId === null
        ? false
        : assigned(refused, { soldOutProductId: FREE_ID.length * 1_000 });
    },
  ),
];

const STOCK: readonly Mutation[] = [
  ofRow("stock-one-more", "one was sold and is on the shelf as well", "stock", ["nothing-oversold"], (row) =>
    assigned(row, { onHand: row.onHand + 1 }),
  ),
  ofRow("stock-one-less", "one left the shelf without an order", "stock", ["nothing-oversold"], (row) =>
    assigned(row, { onHand: row.onHand - 1, lowest: row.lowest - 1 }),
  ),
  ofRow("stock-oversold", "more was sold than was there", "stock", ["nothing-oversold"], (row) => {
    const sold = row.initial - row.onHand;
    return assigned(row, { initial: sold - 1, onHand: -1, lowest: -1 });
  }),
  ofRow(
    "stock-oversold-for-a-time",
    "a shelf was below zero until a declined card brought goods back",
    "stock",
    ["nothing-oversold"],
    (row) => assigned(row, { lowest: -1 }),
  ),
  ofRow(
    "stock-lowest-too-high",
    "the row of a shelf says that it was never as low as it is",
    "stock",
    ["nothing-oversold"],
    (row) => assigned(row, { lowest: row.onHand + 1 }),
  ),
  ofRow("stock-missing", "a product that was sold has no shelf", "stock", ["nothing-oversold"], dropped),
  ofRow(
    "stock-returned-twice",
    "goods of an order were put back though it stands",
    "stock",
    ["nothing-oversold"],
    (row) => assigned(row, { onHand: row.onHand + 2 }),
  ),
];

const PRICES: readonly Mutation[] = [
  ofRow(
    "price-for-everybody",
    "everybody was charged a cent more for a product than the catalogue says",
    "prices",
    ["money-conserved"],
    (row) => {
      row[1] -= 1;
      return true;
    },
  ),
  ofRow("price-missing", "a product was sold that the catalogue does not have", "prices", ["money-conserved"], dropped),
];

const COUPONS: readonly Mutation[] = [
  ofRow(
    "coupon-above-its-limit",
    "a coupon was used once more than it is good for",
    "coupons",
    ["coupon-within-limit"],
    (row) => row.used === row.mostUses && assigned(row, { mostUses: row.mostUses - 1 }),
  ),
  ofRow(
    "coupon-above-limit-for-a-time",
    "a coupon was used once more than it is good for, until a cancellation",
    "coupons",
    ["coupon-within-limit"],
    (row) => assigned(row, { highest: row.mostUses + 1 }),
  ),
  ofRow(
    "coupon-highest-too-low",
    "the row of a coupon says that it was never used as often as it is",
    "coupons",
    ["coupon-within-limit"],
    (row) => assigned(row, { highest: row.used - 1 }),
  ),
  ofRow("coupon-uncounted", "a use of a coupon was not counted", "coupons", ["coupon-within-limit"], (row) =>
    assigned(row, { used: row.used - 1 }),
  ),
  ofRow("coupon-missing", "a coupon that orders have does not exist", "coupons", ["coupon-within-limit"], dropped),
  ofRow(
    "coupon-not-sent",
    "an order has a coupon that its buyer did not send",
    "orders",
    ["coupon-within-limit"],
    (_, rows, draft) => {
      const [coupon] = draft.book("coupons") ?? [];
      const plain = draft.pick(rows.filter((order) => order.coupon === null && order.discountCents === 0));
      return coupon !== undefined && plain !== undefined && assigned(plain, { coupon: coupon.code });
    },
  ),
  ofRow(
    "discount-larger",
    "an order is a cent cheaper than its coupon makes it",
    "orders",
    ["coupon-within-limit"],
    (_, rows, draft) => {
      const cheap = draft.pick(rows.filter(({ coupon }) => coupon !== null));
      return (
        cheap !== undefined &&
        assigned(cheap, { discountCents: cheap.discountCents + 1, totalCents: cheap.totalCents - 1 })
      );
    },
  ),
];

const PARTS = Object.keys(truthParts) as PartName[];

/** What nobody could read, or what changed between the two reads: no verdict on it, whatever it says. */
function ofRead(name: string, does: string, spoil: (part: PartName, draft: Draft) => void): Mutation {
  return {
    name,
    does,
    expects: [
      "no-order-*",
      "nothing-oversold",
      "money-conserved",
      "outbox-exact",
      "coupon-within-limit",
      "jobs-*",
      "warehouse-converges",
      "replies-agree",
    ],
    as: "unknown",
    spoil(draft) {
      const there = PARTS.filter((part) => draft.all("evidence").some((record) => record.name === `final/2/${part}`));
      const part = draft.pick(there);
      if (part === undefined) return undefined;
      spoil(part, draft);
      draft.renumber();
      return part;
    },
  };
}

const READS: readonly Mutation[] = [
  ofRead("first-read-missing", "a part is missing in the first final read", (part, draft) => {
    draft.change("evidence", (record) => (record.name === `final/1/${part}` ? undefined : record));
  }),
  ofRead("second-read-missing", "a part is missing in the second final read", (part, draft) => {
    draft.change("evidence", (record) => (record.name === `final/2/${part}` ? undefined : record));
  }),
  ofRead("reads-differ", "a row came between the two final reads", (part, draft) => {
    draft.change("evidence", (record) => {
      if (record.name !== `final/1/${part}`) return record;
      const data = Array.isArray(record.data) ? record.data.slice(0, -1) : {};
      return { ...record, data };
    });
  }),
  ofRead("read-malformed", "a part has another form than the shop's", (part, draft) => {
    draft.change("evidence", (record) =>
      record.name.endsWith(`/${part}`) ? { ...record, data: [{ id: 7, nothing: "known" }] } : record,
    );
  }),
];

export const BOOK_MUTATIONS: readonly Mutation[] = [
  ...LEDGER,
  ...OUTBOX,
  ...PAYMENTS,
  ...REPLIES,
  ...STOCK,
  ...PRICES,
  ...COUPONS,
  ...READS,
];
