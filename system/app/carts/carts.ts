/** One product in a cart or an order. */
export interface Line {
  readonly productId: number;
  readonly quantity: number;
}

/** Carts by session. A cart may be lost with the part that keeps it; an order never. */
export interface Carts {
  /** Who answers a read of a cart, as in the metrics. */
  readonly tier: "carts" | "database";
  /** In order of product. Rejects with `NotExecutedError` when the cart cannot be had. */
  lines(session: string): Promise<readonly Line[]>;
  /** Adds and gives the cart as it is then. Rejects with `NotExecutedError` or `InDoubtError`. */
  add(session: string, line: Line): Promise<readonly Line[]>;
  clear(session: string): Promise<void>;
  /** Writes and reads back a cart that belongs to nobody. */
  probe(canary: string): Promise<void>;
}

/** Larger numbers of one product are no shopper's. */
export const MOST_OF_A_PRODUCT = 100;
/** A cart of more different products is no shopper's; it also bounds what one request may cost. */
export const MOST_LINES = 50;
