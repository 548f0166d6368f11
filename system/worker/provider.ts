import { UnrecoverableError } from "bullmq";
import { z } from "zod";
import type { WorkerConfig } from "./config.ts";

/** `declined`: the bank said no, and will say so again. */
export type Captured = { readonly kind: "captured"; readonly reference: string } | { readonly kind: "declined" };

/** The provider's p99 is 1.2 s and nearly nothing takes longer than 3.3 s; at 5 s the connection is taken for dead. */
const DEADLINE_MS = 5_000;

const captureSchema = z.object({ captureId: z.string() });
const declinedSchema = z.object({ code: z.literal("declined") });

export interface Provider {
  /** Takes the money of an order, once for its key, and returns the provider's reference; or says that it was declined. */
  capture(orderKey: string, amountCents: number): Promise<Captured>;
}

/**
 * The payment provider over HTTP. Any doubt is thrown and tried again: the idempotency key makes a repetition safe.
 * What the provider refuses for good is not tried again.
 */
export function provider(address: WorkerConfig["payment"]): Provider {
  return {
    async capture(orderKey, amountCents) {
      const response = await fetch(`http://${address.host}:${address.port}/captures`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${address.token}`,
          "content-type": "application/json",
          "idempotency-key": orderKey,
        },
        body: JSON.stringify({ orderKey, amountCents }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      if (response.ok) return { kind: "captured", reference: captureSchema.parse(await response.json()).captureId };
      const text = (await response.text()).slice(0, 200);
      if (response.status === 402 && declinedSchema.safeParse(jsonOf(text)).success) return { kind: "declined" };
      const message = `the provider refused the capture of ${orderKey}: ${response.status} ${text}`;
      // 4xx says that the request itself is wrong; 408 and 429 are about the moment.
      const forGood = response.status < 500 && response.status !== 408 && response.status !== 429;
      throw forGood ? new UnrecoverableError(message) : new Error(message);
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
