import { createHash } from "node:crypto";
import type { Line } from "../carts/carts.ts";

/**
 * What a checkout asks for, as a digest: the same key with another request is refused. Lines count in any order, and
 * two of the same product as their sum. A checkout of the session's cart is identified by the session: its resend finds
 * the cart empty, and is the same request all the same. With a coupon it is another request than without.
 */
export function requestHash(
  request: { readonly lines: readonly Line[] } | { readonly cartOf: string },
  coupon?: string,
): string {
  const bought = "cartOf" in request ? `cart:${request.cartOf}` : `lines:${canonical(request.lines)}`;
  // Neither sessions nor lines have a semicolon.
  const text = coupon === undefined ? bought : `${bought};coupon:${coupon}`;
  return createHash("sha256").update(text).digest("hex");
}

function canonical(lines: readonly Line[]): string {
  const quantities = new Map<number, number>();
  for (const line of lines) quantities.set(line.productId, (quantities.get(line.productId) ?? 0) + line.quantity);
  return [...quantities]
    .sort(([a], [b]) => a - b)
    .map(([product, quantity]) => `${product}x${quantity}`)
    .join(",");
}
