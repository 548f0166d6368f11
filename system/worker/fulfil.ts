import type { Database } from "./database.ts";
import type { FulfilmentJob } from "./jobs.ts";
import type { Provider } from "./provider.ts";

/** `done`, `cancelled`: this run took effect; `repeated`: an earlier run had. */
export type FulfilmentResult = "done" | "cancelled" | "repeated";

export interface FulfilmentTools {
  readonly database: Database;
  readonly provider: Provider;
}

/**
 * Fulfils an order: the provider captures its payment, then payment, stock and confirmation take effect in one commit.
 * Where the card is declined the order is cancelled in one commit instead. It may run any number of times, also twice at
 * once: the provider knows the order's key, and the database lets each effect happen once. A kill anywhere repeats and
 * never skips.
 */
export async function fulfil(job: FulfilmentJob, { database, provider }: FulfilmentTools): Promise<FulfilmentResult> {
  const captured = await provider.capture(job.orderKey, job.totalCents);
  if (captured.kind === "declined") {
    const [row] = await database.query<{ first: boolean }>("select cancel_order($1, $2, 'payment declined') as first", [
      job.orderId,
      `cancellation-${job.orderId}`,
    ]);
    return row?.first === true ? "cancelled" : "repeated";
  }
  const [row] = await database.query<{ first: boolean }>(
    // In this order: an order is confirmed only when it is paid.
    "select capture_payment($1, $2, $3) as first, book_stock($1, $4), confirm_order($1, $5)",
    [job.orderId, `payment-${job.orderId}`, captured.reference, `stock-${job.orderId}`, `confirmation-${job.orderId}`],
  );
  return row?.first === true ? "done" : "repeated";
}
