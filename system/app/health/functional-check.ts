import pg from "pg";
import type { TieredCache } from "../cache/tiered-cache.ts";
import type { Carts } from "../carts/carts.ts";
import type { AppConfig } from "../config.ts";
import { InDoubtError, NotExecutedError } from "../database/failures.ts";
import type { Pool } from "../database/pool.ts";
import { OverdueError, withDeadline } from "../deadline.ts";
import type { Log } from "../log.ts";

/** `degraded`: something that all replicas share is sick; taking this one out would help nobody. */
export type Health = "ok" | "degraded" | "fail";

export interface HealthReport {
  readonly health: Health;
  readonly parts: Readonly<Record<"catalogue" | "carts" | "orders", string>>;
}

export interface FunctionalParts {
  readonly config: AppConfig;
  readonly cache: TieredCache;
  readonly carts: Carts;
  readonly write: Pool;
  readonly log: Log;
}

/** The balancer asks once a second and waits one second: each part has half of that, then counts as not answering. */
const PART_MS = 400;
/** A fresh connection may take its time: 130 ms across the regions. */
const DIAL_MS = 400;
/** A pool that answers nobody for this long while the database takes new connections is stuck, not busy. */
const STUCK_MS = 3_000;
/** Several balancers may ask at once; half a second old is as good as new. */
const KEPT_MS = 500;

interface PartResult {
  readonly health: Health;
  readonly words: string;
}

const FINE: PartResult = { health: "ok", words: "ok" };

/**
 * Whether this replica can sell: it shows a product, keeps a cart, and reaches the orders. A fault of its own is `fail`;
 * a dependency that is away for everybody is `degraded`, else one sick database would take out every replica at once.
 */
export class FunctionalCheck {
  readonly #parts: FunctionalParts;
  #last: { readonly at: number; readonly report: Promise<HealthReport> } | undefined;
  #before: Health = "ok";

  constructor(parts: FunctionalParts) {
    this.#parts = parts;
  }

  async check(): Promise<HealthReport> {
    const now = performance.now();
    if (this.#last === undefined || now - this.#last.at > KEPT_MS) {
      this.#last = { at: now, report: this.#examine() };
    }
    return this.#last.report;
  }

  async #examine(): Promise<HealthReport> {
    const [catalogue, carts, orders] = await Promise.all([this.#catalogue(), this.#carts(), this.#orders()]);
    const all = [catalogue, carts, orders].map((part) => part.health);
    const health = all.includes("fail") ? "fail" : all.includes("degraded") ? "degraded" : "ok";
    const parts = { catalogue: catalogue.words, carts: carts.words, orders: orders.words };
    if (health !== this.#before) {
      this.#before = health;
      this.#parts.log.event("functional-check-changed", `${health}: ${JSON.stringify(parts)}`);
    }
    return { health, parts };
  }

  async #catalogue(): Promise<PartResult> {
    try {
      const json = await withDeadline(Promise.resolve(this.#parts.cache.get("product", "1")), PART_MS);
      return json === "null" ? { health: "fail", words: "the first product is missing" } : FINE;
    } catch (error) {
      return shared(error) ?? { health: "fail", words: wordsOf(error) };
    }
  }

  async #carts(): Promise<PartResult> {
    const { config, carts } = this.#parts;
    try {
      await withDeadline(carts.probe(`${config.region}-canary-${config.id}`), PART_MS);
      return FINE;
    } catch (error) {
      return shared(error) ?? { health: "fail", words: wordsOf(error) };
    }
  }

  async #orders(): Promise<PartResult> {
    const { write } = this.#parts;
    try {
      const probe = {
        kind: "probe",
        work: "write",
        text: "select pg_is_in_recovery() as standby",
        values: [],
      } as const;
      const rows = await withDeadline(write.query<{ standby: boolean }>(probe, PART_MS), PART_MS);
      return rows[0]?.standby === false ? FINE : { health: "degraded", words: "the primary does not take writes" };
    } catch (error) {
      return this.#whoseFault(error);
    }
  }

  /** A connection of its own tells a stuck pool from a database that is away. */
  async #whoseFault(error: unknown): Promise<PartResult> {
    const { config, write } = this.#parts;
    const client = new pg.Client({
      ...config.database.primary,
      user: config.database.user,
      database: config.database.name,
      password: config.database.password,
      application_name: `${config.id}-check`,
      connectionTimeoutMillis: DIAL_MS,
      query_timeout: DIAL_MS,
    });
    client.on("error", () => undefined);
    try {
      await client.connect();
      await client.query("select 1");
    } catch (dialError) {
      // A wrong password or a missing database is this replica's own configuration.
      const own = dialError instanceof pg.DatabaseError && /^(28|3D)/.test(dialError.code ?? "");
      return { health: own ? "fail" : "degraded", words: wordsOf(dialError) };
    } finally {
      client.end().catch(() => undefined);
    }
    const stuck = write.silentMs > STUCK_MS;
    return { health: stuck ? "fail" : "degraded", words: `${stuck ? "pool stuck" : "pool busy"}: ${wordsOf(error)}` };
  }
}

function shared(error: unknown): PartResult | undefined {
  return error instanceof NotExecutedError || error instanceof InDoubtError || error instanceof OverdueError
    ? { health: "degraded", words: wordsOf(error) }
    : undefined;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
