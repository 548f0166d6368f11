import { z } from "zod";

/**
 * The parts of a final read: what the shop holds when it is quiet. Only orders of the run; the history of before has
 * keys of its own. Ids are decimal text, lists are sorted, so that two reads of the same state are the same text.
 */
const id = z.string();
const count = z.int().nonnegative();

/** Stock that a page shows: null where it shows none, `unread` where the page could not be had. */
const shown = z.union([z.int(), z.null(), z.literal("unread")]);

export type Shown = z.infer<typeof shown>;

export const truthParts = {
  orders: z.array(
    z.strictObject({
      id,
      key: z.string(),
      status: z.string(),
      /** What the buyer pays: the lines less the discount. */
      totalCents: z.int(),
      /** The code that gave the discount. */
      coupon: z.string().nullable(),
      discountCents: z.int(),
      /** Product, quantity, price in cents. */
      lines: z.array(z.tuple([z.int(), z.int(), z.int()])),
    }),
  ),
  /** The catalogue's price in cents of each product that was sold. Nobody changes a price during a run. */
  prices: z.array(z.tuple([z.int(), z.int()])),
  /** Codes for a discount, each good for a number of orders. */
  coupons: z.array(
    z.strictObject({
      code: z.string(),
      percent: z.int(),
      /** How many orders it is good for. */
      mostUses: z.int(),
      used: z.int(),
      /** The most that `used` ever was. */
      highest: z.int(),
    }),
  ),
  /** The stored answers to idempotency keys. */
  replies: z.array(
    z.strictObject({
      key: z.string(),
      status: z.int(),
      orderId: id.nullable(),
      totalCents: z.int().nullable(),
      soldOutProductId: z.int().nullable(),
    }),
  ),
  /** Products that were sold, or whose stock is not what it was at first, or was ever too small for the largest order. */
  stock: z.array(
    z.strictObject({
      productId: z.int(),
      initial: z.int(),
      onHand: z.int(),
      /** The least that `onHand` ever was. */
      lowest: z.int(),
    }),
  ),
  /** Sums of each order's entries by account. */
  ledger: z.array(
    z.strictObject({
      orderId: id,
      entries: count,
      customer: z.int(),
      revenue: z.int(),
      provider: z.int(),
      receivable: z.int(),
    }),
  ),
  outbox: z.array(z.strictObject({ orderId: id, rows: count, unpublished: count, announcedCents: z.int().nullable() })),
  /** How often each step of fulfilment took effect, and the goods that were moved. */
  effects: z.array(
    z.strictObject({
      orderId: id,
      payment: count,
      stock: count,
      confirmation: count,
      cancellation: count,
      /** Product and quantity of each movement: below zero what went back to the shelf. */
      movements: z.array(z.tuple([z.int(), z.int()])),
    }),
  ),
  jobs: z.strictObject({
    unfinished: z.record(z.string(), count),
    failed: z.array(z.strictObject({ queue: z.string(), id: z.string(), reason: z.string() })),
  }),
  payments: z.array(z.strictObject({ idempotencyKey: z.string(), orderKey: z.string(), amountCents: z.int() })),
  /** Keys of the orders whose card the provider declined. */
  declined: z.array(z.string()),
  warehouse: z.strictObject({
    /** Order and total in cents. */
    orders: z.array(z.tuple([id, z.int()])),
    lines: count,
    linesCents: z.int(),
  }),
  /** What the pages of products tell their readers. */
  pages: z.strictObject({
    replicas: z.array(z.string()),
    /** How many products had to be looked at (`pages-asked.ts`); `rows` has those of them for which there was time. */
    asked: count,
    /** Product, and what its page shows at each of `replicas`. */
    rows: z.array(z.tuple([z.int(), z.array(shown)])),
    /** Why pages could not be read, of the first few. */
    unread: z.array(z.string()),
  }),
} as const;

export type PartName = keyof typeof truthParts;

/** Asked for in the second round alone: to look at a page changes what the shop remembers. */
export const READ_ONCE: readonly PartName[] = ["pages"];

export type Part<Name extends PartName> = z.infer<(typeof truthParts)[Name]>;
