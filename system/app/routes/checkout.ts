import { z } from "zod";
import { type Carts, type Line, MOST_LINES } from "../carts/carts.ts";
import type { Fulfil } from "../checkout/fulfilment.ts";
import type { Placed, PlaceOrder } from "../checkout/order.ts";
import { requestHash } from "../checkout/request-hash.ts";
import type { Region } from "../config.ts";
import { InDoubtError, NotExecutedError } from "../database/failures.ts";
import type { Metrics } from "../metrics.ts";
import { lineSchema } from "./cart.ts";
import { type Answer, INVALID, type Page } from "./page.ts";
import { idempotencyKey, sessionOf, userRegion } from "./parameters.ts";

const bodySchema = z.strictObject({
  lines: z.array(lineSchema).min(1).max(MOST_LINES).optional(),
  /** A code that people type; whether it is one of the shop's, the database knows. */
  coupon: z
    .string()
    .regex(/^[A-Z0-9]{1,32}$/)
    .optional(),
});
const acceptedSchema = z.object({ orderId: z.string(), totalCents: z.int(), status: z.string() });

export interface CheckoutParts {
  readonly carts: Carts;
  readonly place: PlaceOrder;
  /** Undefined: workers fulfil the order later. */
  readonly fulfil: Fulfil | undefined;
  readonly metrics: Metrics;
  readonly region: Region;
  /** Told of a product that nobody can buy any more. */
  readonly soldOut: (productId: string) => void;
}

/**
 * Buys: the session's cart, or the lines in the body. Once for each idempotency key, however often it is sent. A coupon
 * that is used up is no reason to refuse: the order stands at the full price, and the answer says so.
 */
export function checkout(parts: CheckoutParts): Page {
  return {
    name: "checkout",
    method: "POST",
    url: "/checkout",
    work: "checkout",
    handle: async (request) => {
      const session = sessionOf(request);
      const key = idempotencyKey(request);
      const body = bodySchema.safeParse(request.body);
      if (session === undefined || key === undefined || !body.success) return invalid(parts);
      const { lines: bought, coupon } = body.data;
      try {
        const placed = await parts.place({
          key,
          hash: requestHash(bought === undefined ? { cartOf: session } : { lines: bought }, coupon),
          session,
          region: userRegion(request, parts.region),
          lines: bought ?? (await linesOfCart(session, parts)),
          coupon,
        });
        const answer = await answerTo(placed, key, parts);
        // The order stands, whatever becomes of the cart: nobody waits for it.
        if (bought === undefined && answer.status < 300) parts.carts.clear(session).catch(() => undefined);
        return answer;
      } catch (error) {
        parts.metrics.checkout(
          error instanceof NotExecutedError ? "not-executed" : error instanceof InDoubtError ? "in-doubt" : "failed",
        );
        throw error;
      }
    },
  };
}

async function linesOfCart(session: string, parts: CheckoutParts): Promise<readonly Line[]> {
  parts.metrics.read("cart", parts.carts.tier);
  return parts.carts.lines(session);
}

async function answerTo(placed: Placed, key: string, parts: CheckoutParts): Promise<Answer> {
  switch (placed.outcome) {
    case "created":
    case "replayed": {
      const body = await finished(placed, key, parts);
      parts.metrics.checkout(placed.outcome);
      return { status: placed.outcome === "created" ? 201 : 200, body };
    }
    case "sold-out": {
      parts.metrics.checkout(placed.outcome);
      const productId = /"productId": ?(\d+)/.exec(placed.body ?? "")?.[1];
      if (productId !== undefined) parts.soldOut(productId);
      return { status: 410, body: placed.body ?? '{"code":"sold-out"}' };
    }
    case "in-flight":
      parts.metrics.checkout(placed.outcome);
      return { status: 409, body: '{"code":"in-flight"}', retryAfterSeconds: 1 };
    case "mismatch":
      parts.metrics.checkout(placed.outcome);
      return { status: 422, body: '{"code":"key-used-for-another-request"}' };
    case "invalid":
      return invalid(parts);
  }
}

/** Without a queue an order that is only accepted is fulfilled now; a resend takes up what an earlier attempt left. */
async function finished(placed: Placed, key: string, parts: CheckoutParts): Promise<string> {
  if (placed.body === null) throw new Error(`the answer to ${key} is not stored`);
  if (parts.fulfil === undefined) return placed.body;
  const order = acceptedSchema.parse(JSON.parse(placed.body));
  if (order.status !== "accepted") return placed.body;
  return parts.fulfil({ key, orderId: order.orderId, totalCents: order.totalCents });
}

function invalid(parts: CheckoutParts): Answer {
  parts.metrics.checkout("invalid");
  return INVALID;
}
