import pg from "pg";
import type { Address } from "../config.ts";
import { withDeadline } from "../deadline.ts";
import type { PoolObserver, Server, WorkClass } from "../metrics.ts";
import {
  DialTimeoutError,
  InDoubtError,
  NotExecutedError,
  provesNothingHappened,
  spoilsConnection,
} from "./failures.ts";
import { Gate } from "./gate.ts";

export interface PoolSettings {
  /** Name of the pool in the metrics. */
  readonly name: string;
  readonly server: Server;
  readonly address: Address;
  readonly user: string;
  readonly database: string;
  readonly password: string;
  readonly applicationName: string;
  readonly size: number;
  /** Connections that are opened before the first request and stay open. */
  readonly kept: number;
  /** False: the library's own queue, in which requests wait without bound. */
  readonly bounded: boolean;
  /** A query without an answer by then is given up, and its connection with it. Undefined: waits for ever. */
  readonly queryTimeoutMs: number | undefined;
}

export interface Statement {
  /** What is read or written, as in the metrics. */
  readonly kind: string;
  readonly work: WorkClass;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A connection in hand, inside one transaction or for one statement. */
export interface Session {
  run<Row extends pg.QueryResultRow>(statement: Statement): Promise<readonly Row[]>;
}

/** Dialling takes some four round trips (proxy, start-up, SCRAM): 130 ms across the regions; beyond a second it will not be. */
const DIAL_MS = 1_000;
const IDLE_MS = 30_000;
/** Connections are renewed now and then, not all in the same second. */
const LIFETIME_SECONDS = 600;
/** The commit is on this server only: the wait for a second one was cancelled. */
const WARNING_UNREPLICATED = "01000";

/** Connections to one server for one class of work. Every wait is measured; with `bounded` every wait has an end. */
export class Pool implements AsyncDisposable {
  readonly name: string;
  readonly server: Server;
  readonly #settings: PoolSettings;
  readonly #pool: pg.Pool;
  readonly #gate: Gate | undefined;
  readonly #observer: PoolObserver;
  #lastAnswerAt = Number.NEGATIVE_INFINITY;

  constructor(settings: PoolSettings, observer: PoolObserver) {
    this.name = settings.name;
    this.server = settings.server;
    this.#settings = settings;
    this.#observer = observer;
    this.#gate = settings.bounded ? new Gate(settings.size) : undefined;
    this.#pool = new pg.Pool({
      host: settings.address.host,
      port: settings.address.port,
      database: settings.database,
      user: settings.user,
      password: settings.password,
      application_name: settings.applicationName,
      max: settings.size,
      min: settings.kept,
      // The server's own limits (statement_timeout and such) are settings of the role: PgBouncer refuses them at start-up.
      ...(settings.bounded
        ? {
            connectionTimeoutMillis: DIAL_MS,
            idleTimeoutMillis: IDLE_MS,
            maxLifetimeSeconds: Math.round(LIFETIME_SECONDS * (0.8 + 0.4 * Math.random())),
            keepAlive: true,
            keepAliveInitialDelayMillis: 5_000,
          }
        : {}),
    });
    // A socket that breaks while idle concerns nobody; one that breaks in use fails its query.
    this.#pool.on("error", () => undefined);
    this.#pool.on("connect", (client) => client.on("error", () => undefined));
  }

  /** One statement in a transaction of its own. */
  async query<Row extends pg.QueryResultRow>(statement: Statement, waitMs: number): Promise<readonly Row[]> {
    return this.#withClient(waitMs, (client) => this.#run<Row>(client, statement));
  }

  /**
   * One statement that writes, in a transaction of its own. Rejects with `NotExecutedError` when it surely had no
   * effect, else with `InDoubtError`.
   */
  async write<Row extends pg.QueryResultRow>(statement: Statement, waitMs: number): Promise<readonly Row[]> {
    return this.#withClient(waitMs, async (client) => {
      const { result, warned } = await watchCommit(client, () => this.#run<Row>(client, statement));
      if (warned) throw new InDoubtError("the commit was not confirmed by a second server");
      return result;
    }).catch((error: unknown) => {
      throw asWriteFailure(error);
    });
  }

  /** Several statements in one transaction, one round trip each. Errors as in `write`. */
  async transaction<T>(waitMs: number, work: (session: Session) => Promise<T>): Promise<T> {
    let committing = false;
    return this.#withClient(waitMs, async (client) => {
      const session: Session = { run: (statement) => this.#run(client, statement) };
      await this.#ask(client, "begin");
      let result: T;
      try {
        result = await work(session);
      } catch (error) {
        if (!spoilsConnection(error)) await this.#ask(client, "rollback");
        throw error;
      }
      committing = true;
      const { warned } = await watchCommit(client, () => this.#ask(client, "commit"));
      if (warned) throw new InDoubtError("the commit was not confirmed by a second server");
      return result;
    }).catch((error: unknown) => {
      if (error instanceof InDoubtError || error instanceof NotExecutedError) throw error;
      // A transaction whose commit was not sent is rolled back with its connection.
      if (!committing) throw new NotExecutedError("the transaction failed before its commit", { cause: error });
      throw asWriteFailure(error);
    });
  }

  /** Opens the connections that are kept. Rejects when the first of them cannot be had: then there is no use in more. */
  async open(): Promise<void> {
    const first = await this.#lease(DIAL_MS, false);
    const others = await Promise.allSettled(
      Array.from({ length: Math.max(0, this.#settings.kept - 1) }, () => this.#lease(DIAL_MS, false)),
    );
    first.release();
    for (const lease of others) if (lease.status === "fulfilled") lease.value.release();
    const failed = others.find((lease) => lease.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Milliseconds since the last answer of any kind. */
  get silentMs(): number {
    return performance.now() - this.#lastAnswerAt;
  }

  figures(): { readonly size: number; readonly idle: number; readonly waiting: number } {
    return {
      size: this.#pool.totalCount,
      idle: this.#pool.idleCount,
      waiting: this.#gate?.waiting ?? this.#pool.waitingCount,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }

  async #withClient<T>(waitMs: number, use: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const lease = await this.#lease(waitMs);
    try {
      const result = await use(lease.client);
      this.#lastAnswerAt = performance.now();
      lease.release();
      return result;
    } catch (error) {
      // After a time-out or a broken socket the connection is never used again: a late answer would meet the next query.
      const spoilt = !(error instanceof InDoubtError) && spoilsConnection(error);
      if (!spoilt) this.#lastAnswerAt = performance.now();
      lease.release(spoilt);
      throw error;
    }
  }

  async #run<Row extends pg.QueryResultRow>(client: pg.PoolClient, statement: Statement): Promise<readonly Row[]> {
    const began = performance.now();
    try {
      return await this.#ask<Row>(client, statement.text, statement.values);
    } finally {
      this.#observer.queried(statement.work, this.server, statement.kind, (performance.now() - began) / 1_000);
    }
  }

  async #ask<Row extends pg.QueryResultRow>(
    client: pg.PoolClient,
    text: string,
    values: readonly unknown[] = [],
  ): Promise<readonly Row[]> {
    // Unnamed: named statements do not survive PgBouncer 1.18's transaction pooling.
    const asked = client.query<Row>(text, [...values]);
    const { queryTimeoutMs } = this.#settings;
    const result = await (queryTimeoutMs === undefined ? asked : withDeadline(asked, queryTimeoutMs));
    return result.rows;
  }

  async #lease(
    waitMs: number,
    measured = true,
  ): Promise<{ client: pg.PoolClient; release: (spoilt?: boolean) => void }> {
    const began = performance.now();
    const free = this.#pool.idleCount > 0 && (this.#gate === undefined || this.#gate.waiting === 0);
    const gate = this.#gate;
    try {
      await gate?.enter(waitMs);
      const connecting = this.#pool.connect();
      const client = await (gate === undefined
        ? connecting
        : within(connecting, waitMs - (performance.now() - began), () => gate.leave()));
      return {
        client,
        release: (spoilt = false) => {
          client.release(spoilt);
          gate?.leave();
        },
      };
    } catch (error) {
      if (measured) this.#observer.waitTimedOut(this.name);
      throw error instanceof NotExecutedError ? error : new NotExecutedError("no connection", { cause: error });
    } finally {
      if (measured && !free) this.#observer.waited(this.name, (performance.now() - began) / 1_000);
    }
  }
}

/**
 * The client, if it comes in time. One that comes late goes to the pool for the next caller; its place in the line is
 * given back only then, so that there are never more callers inside than connections.
 */
async function within(
  connecting: Promise<pg.PoolClient>,
  waitMs: number,
  givePlaceBack: () => void,
): Promise<pg.PoolClient> {
  let late = false;
  const timer = { id: undefined as NodeJS.Timeout | undefined };
  const inTime = new Promise<never>((_, reject) => {
    timer.id = setTimeout(() => {
      late = true;
      reject(new DialTimeoutError(waitMs));
    }, waitMs);
  });
  connecting.then(
    (client) => {
      clearTimeout(timer.id);
      if (!late) return;
      client.release();
      givePlaceBack();
    },
    () => {
      clearTimeout(timer.id);
      givePlaceBack();
    },
  );
  return Promise.race([connecting, inTime]);
}

/** Runs what commits, and listens for the server's warning that the commit is not replicated as it should be. */
async function watchCommit<T>(
  client: pg.PoolClient,
  commit: () => Promise<T>,
): Promise<{ readonly result: T; readonly warned: boolean }> {
  let warned = false;
  const listen = (notice: { readonly code?: string | undefined; readonly severity?: string | undefined }) => {
    if (notice.severity === "WARNING" && notice.code === WARNING_UNREPLICATED) warned = true;
  };
  client.on("notice", listen);
  try {
    return { result: await commit(), warned };
  } finally {
    client.off("notice", listen);
  }
}

function asWriteFailure(error: unknown): Error {
  if (error instanceof NotExecutedError || error instanceof InDoubtError) return error;
  if (provesNothingHappened(error)) return new NotExecutedError("the database refused the statement", { cause: error });
  return new InDoubtError("the statement was sent, its answer did not come", { cause: error });
}
