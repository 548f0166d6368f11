import pg from "pg";
import type { DatabaseAddress } from "./config.ts";

/** Nobody waits for a connection longer than this: the job or the sweep is tried again anyway. */
const CONNECT_MS = 2_000;

/** A statement of this room takes milliseconds; one without an answer after 5 s is on a dead connection. */
const QUERY_MS = 5_000;

export interface Session {
  query<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
}

/**
 * A pool that keeps a connection when only a statement failed: pg's own `pool.query` throws the connection away with
 * every SQL error, so that a storm of conflicts becomes a storm of reconnections.
 */
export class Database implements Session, AsyncDisposable {
  readonly #pool: pg.Pool;

  constructor(address: DatabaseAddress, applicationName: string, connections: number) {
    this.#pool = new pg.Pool({
      ...address,
      application_name: applicationName,
      max: connections,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: QUERY_MS,
      // A connection that idles longer than this is not worth its place in the pooler.
      idleTimeoutMillis: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 5_000,
    });
    // An idle connection that breaks is replaced by the next query; without a listener it would end the process.
    this.#pool.on("error", () => {});
  }

  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
    return this.#with(async (client) => (await client.query<Row>(text, [...values])).rows);
  }

  /** All or nothing. The connection goes back only when the transaction is certainly over. */
  async transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#with(async (client) => {
      await client.query("begin");
      try {
        const result = await work({
          query: async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
            (await client.query<Row>(text, [...values])).rows,
        });
        await client.query("commit");
        return result;
      } catch (failure) {
        if (!isConnectionFailure(failure)) await client.query("rollback");
        throw failure;
      }
    });
  }

  async #with<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect();
    // A connection in use has no listener of its own; its failure reaches the caller through the query.
    const ignore = (): void => {};
    client.on("error", ignore);
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } catch (failure) {
      broken = isConnectionFailure(failure);
      throw failure;
    } finally {
      client.off("error", ignore);
      client.release(broken);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}

/**
 * Whether the connection cannot be used again. The server's answers to a statement carry an SQLSTATE; of these only
 * classes 08 (connection) and 57P (shutdown), and 25006 (this server has become read-only) condemn it. Whatever has
 * none came from the socket or from our own deadline.
 */
export function isConnectionFailure(failure: unknown): boolean {
  if (!(failure instanceof pg.DatabaseError) || failure.code === undefined) return true;
  return failure.code.startsWith("08") || failure.code.startsWith("57P") || failure.code === "25006";
}
