import { createHash } from "node:crypto";
import { z } from "zod";
import type { Line } from "../carts/carts.ts";
import type { OrderRequest, Placed, PlaceOrder } from "./order.ts";

const productSchema = z.object({ priceCents: z.int() });

/** A value of the tiered cache. */
type Product = (productId: string) => string | Promise<string>;

interface PricedLine extends Line {
  readonly priceCents: number;
}

/**
 * The planted bug `acknowledge-before-commit`: the buyer is told of the order as soon as its write has been handed over,
 * and nobody looks whether it ever lands. What only the database knows (a coupon's worth) is still waited for.
 */
export function acknowledgingFirst(place: PlaceOrder, product: Product): PlaceOrder {
  return async (request) => {
    const lines = request.coupon === undefined ? await priced(request.lines, product) : [];
    if (lines.length === 0) return place(request);
    place(request).catch(() => undefined);
    return acknowledgement(request, lines);
  };
}

function acknowledgement({ key }: OrderRequest, lines: readonly PricedLine[]): Placed {
  const orderId = numberOf(key);
  const totalCents = lines.reduce((sum, line) => sum + line.quantity * line.priceCents, 0);
  return { outcome: "created", orderId, body: JSON.stringify({ orderId, totalCents, lines, status: "accepted" }) };
}

/**
 * The order's number is made from its key, so that it can be told before there is an order; the database makes the same
 * (`planted-sql.ts`): 40 bits of a digest, above all numbers that were given out one by one.
 */
function numberOf(key: string): string {
  const digest = createHash("sha256").update(key).digest("hex");
  return String(1_000_000 + Number.parseInt(digest.slice(0, 10), 16));
}

async function priced(lines: readonly Line[], product: Product): Promise<readonly PricedLine[]> {
  return Promise.all(
    lines.map(async ({ productId, quantity }) => {
      const { priceCents } = productSchema.parse(JSON.parse(await product(String(productId))));
      return { productId, quantity, priceCents };
    }),
  );
}
