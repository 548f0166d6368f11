import { z } from "zod";
import { type Carts, type Line, MOST_OF_A_PRODUCT } from "../carts/carts.ts";
import type { Metrics } from "../metrics.ts";
import { INVALID, ok, type Page } from "./page.ts";
import { sessionOf } from "./parameters.ts";

export const lineSchema = z.strictObject({
  productId: z.int().positive().max(999_999_999),
  quantity: z.int().positive().max(MOST_OF_A_PRODUCT),
});

/** The session's cart. */
export function cart(carts: Carts, metrics: Metrics): Page {
  return {
    name: "cart",
    method: "GET",
    url: "/cart",
    work: "browse",
    handle: async (request) => {
      const session = sessionOf(request);
      if (session === undefined) return INVALID;
      metrics.read("cart", carts.tier);
      return ok(cartBody(await carts.lines(session)));
    },
  };
}

/** Puts a product into the session's cart. */
export function addToCart(carts: Carts): Page {
  return {
    name: "add",
    method: "POST",
    url: "/cart/items",
    work: "browse",
    handle: async (request) => {
      const session = sessionOf(request);
      const line = lineSchema.safeParse(request.body);
      if (session === undefined || !line.success) return INVALID;
      return ok(cartBody(await carts.add(session, line.data)));
    },
  };
}

function cartBody(lines: readonly Line[]): string {
  const texts = lines.map((line) => `{"productId":${line.productId},"quantity":${line.quantity}}`);
  return `{"lines":[${texts.join(",")}]}`;
}
