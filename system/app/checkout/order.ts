import type { Line } from "../carts/carts.ts";
import type { Region } from "../config.ts";

/** A checkout as the database is asked for it. */
export interface OrderRequest {
  readonly key: string;
  readonly hash: string;
  readonly session: string;
  readonly region: Region;
  readonly lines: readonly Line[];
  readonly coupon: string | undefined;
}

export const OUTCOMES = ["created", "replayed", "sold-out", "in-flight", "mismatch", "invalid"] as const;

type PlacedOutcome = (typeof OUTCOMES)[number];

/** How it ended. `body` is the JSON of the answer, for `created`, `replayed` and `sold-out`. */
export interface Placed {
  readonly outcome: PlacedOutcome;
  readonly orderId: string | null;
  readonly body: string | null;
}

/** Places orders, each exactly once a key. Rejects with `NotExecutedError` or `InDoubtError`. */
export type PlaceOrder = (request: OrderRequest) => Promise<Placed>;

/** A checkout may wait this long for a connection: its user has waited longer for less. */
export const CHECKOUT_WAIT_MS = 500;
