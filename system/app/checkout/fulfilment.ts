import { z } from "zod";
import type { Address } from "../config.ts";
import { InDoubtError } from "../database/failures.ts";
import type { Pool } from "../database/pool.ts";
import { CHECKOUT_WAIT_MS } from "./order.ts";

/** The provider answers in 1.2 s at p99; its slowest in 3.3 s. */
const PAYMENT_TIMEOUT_MS = 5_000;

export interface PaymentSettings {
  readonly address: Address;
  readonly token: string;
}

/**
 * Pays and confirms an accepted order, or cancels it when the card is declined, and gives the answer as it is then. Safe
 * to repeat: every step has a key. A cancelled order is an answer like another: its buyer is told the order and its
 * state, as one whose order is fulfilled later finds it on the order's page.
 */
export type Fulfil = (order: {
  readonly key: string;
  readonly orderId: string;
  readonly totalCents: number;
}) => Promise<string>;

/** Fulfilment within the checkout: its user waits for the payment provider and for four more round trips. */
export function fulfilInline(pool: Pool, payment: PaymentSettings): Fulfil {
  return async (order) => {
    try {
      const reference = await capture(payment, order.key, order.totalCents);
      return await settle(pool, order.key, order.orderId, reference);
    } catch (error) {
      // The order stands, and whether it is paid is not known here: a resend of its key takes up where this one stopped.
      throw new InDoubtError(`order ${order.orderId} is accepted and neither confirmed nor cancelled`, {
        cause: error,
      });
    }
  };
}

const captureSchema = z.object({ captureId: z.string() });
const declinedSchema = z.object({ code: z.literal("declined") });

/** The provider's reference; undefined when the card was declined. */
async function capture(payment: PaymentSettings, key: string, amountCents: number): Promise<string | undefined> {
  const response = await fetch(`http://${payment.address.host}:${payment.address.port}/captures`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${payment.token}`,
      "content-type": "application/json",
      "idempotency-key": key,
    },
    body: JSON.stringify({ orderKey: key, amountCents }),
    signal: AbortSignal.timeout(PAYMENT_TIMEOUT_MS),
  });
  if (response.status === 402) {
    declinedSchema.parse(await response.json());
    return undefined;
  }
  if (!response.ok) throw new Error(`the payment provider answered ${response.status}`);
  return captureSchema.parse(await response.json()).captureId;
}

async function settle(pool: Pool, key: string, orderId: string, reference: string | undefined): Promise<string> {
  return pool.transaction(CHECKOUT_WAIT_MS, async (session) => {
    const ask = (text: string, ...values: readonly unknown[]) =>
      session.run<{ body: string }>({ kind: "fulfilment", work: "write", text, values });
    if (reference === undefined) {
      await ask("select cancel_order($1, $2, 'payment declined')", orderId, `cancellation-${orderId}`);
    } else {
      await ask("select capture_payment($1, $2, $3)", orderId, `payment-${orderId}`, reference);
      await ask("select book_stock($1, $2)", orderId, `stock-${orderId}`);
      await ask("select confirm_order($1, $2)", orderId, `confirmation-${orderId}`);
    }
    // Nobody else will: what is left in the outbox would be taken for work that waits.
    await ask("update outbox set published_at = now() where order_id = $1 and published_at is null", orderId);
    const rows = await ask(
      "update idempotency set body = jsonb_set(body, '{status}', to_jsonb($2::text)) where key = $1 returning body::text as body",
      key,
      reference === undefined ? "cancelled" : "paid",
    );
    const body = rows[0]?.body;
    if (body === undefined) throw new Error(`the answer to order ${orderId} is not stored`);
    return body;
  });
}
