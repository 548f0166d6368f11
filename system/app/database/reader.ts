import type pg from "pg";
import type { Breaker } from "../breaker.ts";
import { isServersFault, symptomOf } from "./failures.ts";
import type { Pool } from "./pool.ts";

/** Pages wait this long for a connection: the page has 200 ms in all. */
const WAIT_MS = 100;

export interface ReaderOptions {
  readonly primary: Pool;
  readonly replica: { readonly pool: Pool; readonly breaker: Breaker } | undefined;
  readonly fellBack: (from: string, to: string) => void;
}

/** Reads that may be a moment old: from the region's replica, and from the primary where there is none or it fails. */
export class Reader {
  readonly #options: ReaderOptions;

  constructor(options: ReaderOptions) {
    this.#options = options;
  }

  /** The way to the primary is a pool of few connections: a lost replica must not topple the checkout with it. */
  async read<Row extends pg.QueryResultRow>(
    kind: string,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    const statement = { kind, work: "read", text, values } as const;
    const { replica, primary } = this.#options;
    if (replica === undefined) return primary.query<Row>(statement, WAIT_MS);
    if (replica.breaker.allows()) {
      try {
        const rows = await replica.pool.query<Row>(statement, WAIT_MS);
        replica.breaker.succeeded();
        return rows;
      } catch (error) {
        if (!isServersFault(error)) {
          replica.breaker.succeeded();
          throw error;
        }
        const symptom = symptomOf(error);
        if (symptom !== undefined) replica.breaker.failed(symptom);
      }
    }
    this.#options.fellBack("replica", "primary");
    return primary.query<Row>(statement, WAIT_MS);
  }
}
