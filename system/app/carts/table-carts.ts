import type { Pool } from "../database/pool.ts";
import { type Carts, type Line, MOST_LINES } from "./carts.ts";

/** Browsing waits 100 ms for a connection. */
const WAIT_MS = 100;

/** Carts as rows of the primary. */
export class TableCarts implements Carts {
  readonly tier = "database";
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async lines(session: string): Promise<readonly Line[]> {
    return this.#pool.query<LineRow>(
      { kind: "cart", work: "read", text: `${SELECT} limit ${MOST_LINES}`, values: [session] },
      WAIT_MS,
    );
  }

  async add(session: string, line: Line): Promise<readonly Line[]> {
    await this.#pool.write(
      { kind: "cart", work: "write", text: UPSERT, values: [session, line.productId, line.quantity] },
      WAIT_MS,
    );
    return this.lines(session);
  }

  async clear(session: string): Promise<void> {
    await this.#pool.write(
      { kind: "cart", work: "write", text: "delete from carts where session = $1", values: [session] },
      WAIT_MS,
    );
  }

  async probe(canary: string): Promise<void> {
    await this.#pool.write({ kind: "cart", work: "write", text: PROBE, values: [canary] }, WAIT_MS);
    if ((await this.lines(canary)).length === 0) throw new Error("the canary's cart was not read back");
  }
}

interface LineRow {
  readonly productId: number;
  readonly quantity: number;
}

const SELECT = `select product_id as "productId", quantity from carts where session = $1 order by product_id`;
const UPSERT = `insert into carts (session, product_id, quantity, updated_at) values ($1, $2, $3, now())
  on conflict (session, product_id) do update set quantity = carts.quantity + excluded.quantity, updated_at = now()`;
const PROBE = `insert into carts (session, product_id, quantity, updated_at) values ($1, 1, 1, now())
  on conflict (session, product_id) do update set updated_at = now()`;
