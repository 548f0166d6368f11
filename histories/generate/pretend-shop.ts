import { pagesToRead } from "#system/evidence/pages-asked.ts";
import type { Part, PartName } from "#system/evidence/truth.ts";

/** Products of which a few are there, so that some buyers come too late; the rest lasts. */
const SCARCE_PRODUCTS = 5;
const SCARCE_STOCK = 12;
const PLENTY = 100_000;
const FIRST_ORDER = 200_001;
const REPLICAS = ["app-eu-1", "app-eu-2", "app-us-1", "app-us-2"] as const;
/** A code for a fifth off, good for a few orders; and every so many-th card is declined. */
export const COUPON = "EARLYBIRD";
const PERCENT = 20;
const MOST_USES = 20;
const DECLINED = 50;

export type Asked = readonly { readonly productId: number; readonly quantity: number }[];
export type Order = Part<"orders">[number];

/** What a shop answers to a purchase that it works on. */
export type Bought =
  | { readonly kind: "created" | "replayed"; readonly order: Order }
  | { readonly kind: "sold-out"; readonly productId: number };

export type Books = { readonly [Name in PartName]: Part<Name> };

function priceOf(productId: number): number {
  return 499 + (productId % 200) * 100;
}

export function isScarce(productId: number): boolean {
  return productId <= SCARCE_PRODUCTS;
}

/** A shop that makes no mistake: what it was asked for, it has in its books in the end, each thing once. */
export class PretendShop {
  readonly #orders: Order[] = [];
  readonly #answers = new Map<string, Bought>();
  readonly #sold = new Map<number, number>();
  /** The least of each product that was ever on the shelf. */
  readonly #lowest = new Map<number, number>();
  #used = 0;

  /** Buys, or says again what was said to this key before. */
  buy(key: string, asked: Asked, coupon?: string): Bought {
    const before = this.#answers.get(key);
    if (before !== undefined) return before.kind === "created" ? { ...before, kind: "replayed" } : before;
    const answer = this.#answer(key, asked, coupon);
    this.#answers.set(key, answer);
    return answer;
  }

  #answer(key: string, asked: Asked, coupon: string | undefined): Bought {
    const missing = asked.find(({ productId, quantity }) => this.#onHand(productId) < quantity);
    if (missing !== undefined) return { kind: "sold-out", productId: missing.productId };
    // What goes back after a declined card would meanwhile be missed, of what is scarce.
    const isPlain = coupon === undefined && !asked.some(({ productId }) => isScarce(productId));
    const isDeclined = isPlain && this.#orders.length % DECLINED === 17;
    for (const { productId, quantity } of asked) {
      const left = this.#onHand(productId) - quantity;
      this.#lowest.set(productId, Math.min(this.#lowest.get(productId) ?? left, left));
      this.#sold.set(productId, (this.#sold.get(productId) ?? 0) + (isDeclined ? 0 : quantity));
    }
    const lines = asked.map(({ productId, quantity }): [number, number, number] => [
      productId,
      quantity,
      priceOf(productId),
    ]);
    const fullCents = fullPriceOf(lines);
    const isUsed = coupon !== undefined && this.#used < MOST_USES;
    if (isUsed) this.#used += 1;
    const discountCents = isUsed ? Math.floor((fullCents * PERCENT) / 100) : 0;
    const order = {
      id: String(FIRST_ORDER + this.#orders.length),
      key,
      status: isDeclined ? "cancelled" : "confirmed",
      totalCents: fullCents - discountCents,
      coupon: isUsed ? coupon : null,
      discountCents,
      lines,
    };
    this.#orders.push(order);
    return { kind: "created", order };
  }

  #onHand(productId: number): number {
    return initialOf(productId) - (this.#sold.get(productId) ?? 0);
  }

  get declined(): number {
    return this.#orders.filter(({ status }) => status === "cancelled").length;
  }

  /** The final read, when everything has been fulfilled. */
  books(): Books {
    const orders = this.#orders;
    const stock = [...this.#sold.keys()]
      .sort((a, b) => a - b)
      .map((productId) => ({
        productId,
        initial: initialOf(productId),
        onHand: this.#onHand(productId),
        lowest: this.#lowest.get(productId) ?? initialOf(productId),
      }));
    const onHand = new Map(stock.map((shelf) => [shelf.productId, shelf.onHand]));
    const shown = pagesToRead(stock).map((product): [number, number[]] => [
      product,
      REPLICAS.map(() => onHand.get(product) ?? 0),
    ]);
    const kept = orders.filter(({ status }) => status !== "cancelled");
    return {
      orders,
      prices: stock.map(({ productId }): [number, number] => [productId, priceOf(productId)]),
      coupons: [{ code: COUPON, percent: PERCENT, mostUses: MOST_USES, used: this.#used, highest: this.#used }],
      replies: [...this.#answers].map(([key, answer]) =>
        answer.kind === "sold-out"
          ? { key, status: 410, orderId: null, totalCents: null, soldOutProductId: answer.productId }
          : { key, status: 201, orderId: answer.order.id, totalCents: answer.order.totalCents, soldOutProductId: null },
      ),
      stock,
      pages: { replicas: [...REPLICAS], asked: shown.length, rows: shown, unread: [] },
      ledger: orders.map(bookingOf),
      outbox: orders.map(({ id, totalCents }) => ({
        orderId: id,
        rows: 1,
        unpublished: 0,
        announcedCents: totalCents,
      })),
      effects: orders.map(effectsOf),
      jobs: { unfinished: { waiting: 0, active: 0, delayed: 0, prioritized: 0, "waiting-children": 0 }, failed: [] },
      payments: kept.map(({ key, totalCents }) => ({ idempotencyKey: key, orderKey: key, amountCents: totalCents })),
      declined: orders.filter(({ status }) => status === "cancelled").map(({ key }) => key),
      warehouse: {
        orders: orders.map(({ id, totalCents }): [string, number] => [id, totalCents]),
        lines: orders.reduce((sum, { lines }) => sum + lines.length, 0),
        linesCents: orders.reduce((sum, { lines }) => sum + fullPriceOf(lines), 0),
      },
    };
  }
}

function fullPriceOf(lines: Order["lines"]): number {
  return lines.reduce((sum, [, quantity, price]) => sum + quantity * price, 0);
}

/** Four entries: a sale and its payment, or a sale and its reversal. */
function bookingOf({ id, status, totalCents }: Order): Books["ledger"][number] {
  // A difference, because nothing has no sign in a file.
  const cents = status === "cancelled" ? 0 : totalCents;
  return { orderId: id, entries: 4, customer: 0 - cents, revenue: cents, provider: 0 - cents, receivable: cents };
}

function effectsOf({ id, status, lines }: Order): Books["effects"][number] {
  const isCancelled = status === "cancelled";
  const done = isCancelled ? 0 : 1;
  return {
    orderId: id,
    payment: done,
    stock: done,
    confirmation: done,
    cancellation: isCancelled ? 1 : 0,
    movements: lines.map(([product, quantity]): [number, number] => [product, isCancelled ? -quantity : quantity]),
  };
}

function initialOf(productId: number): number {
  return isScarce(productId) ? SCARCE_STOCK : PLENTY;
}
