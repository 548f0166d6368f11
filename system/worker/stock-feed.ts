import { Redis } from "ioredis";
import { keptStock, STOCK_FEED_KEY } from "#system/app/cache/keys.ts";
import type { BugName } from "#system/bugs.ts";
import type { WarmTierAddress } from "./config.ts";
import type { Database } from "./database.ts";

/** Pages promise stock that is at most 5 s old, and this leaves a feed that fails some tries before it is missed. */
const LOOK_MS = 500;

/** A tier that is away or late is tried again at the next look; what it missed is kept until then. */
const COMMAND_MS = 1_000;

/** Values of one pipeline: 20,000 at once would hold the tier for 30 ms. */
const AT_ONCE = 1_000;

/** Stock by product. */
type Stock = ReadonlyMap<number, number>;

/** One region's warm tier, and what it has not been told yet: at most the catalogue. */
class Listener {
  readonly #redis: Redis;
  readonly #bug: BugName | undefined;
  #untold = new Map<number, number>();

  constructor(address: WarmTierAddress, bug: BugName | undefined) {
    this.#bug = bug;
    this.#redis = new Redis({
      host: address.host,
      port: address.port,
      password: address.password,
      connectionName: "stock-feed",
      commandTimeout: COMMAND_MS,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(100 * times, 500),
    });
    // Without a listener the library prints every failed attempt; the next look finds out by itself.
    this.#redis.on("error", () => undefined);
  }

  /**
   * Tells what has changed, then marks up to when all is told. A tier without a mark is new or has lost everything: it
   * is told the whole stock. Rejects when the tier is away; what it misses is told the next time.
   */
  async tell(changed: Stock, whole: () => Promise<Stock>, at: number): Promise<void> {
    if (this.#bug !== "no-invalidation") for (const [product, onHand] of changed) this.#untold.set(product, onHand);
    if ((await this.#redis.exists(STOCK_FEED_KEY)) === 0) this.#untold = new Map(await whole());
    const rows = [...this.#untold];
    for (let from = 0; from < rows.length; from += AT_ONCE) {
      const pipeline = this.#redis.pipeline();
      for (const [product, onHand] of rows.slice(from, from + AT_ONCE)) {
        const { key, value, ttlMs } = keptStock(String(product), onHand, at);
        if (this.#bug === "fill-after-invalidation") pipeline.unlink(key);
        else pipeline.set(key, value, "PX", ttlMs);
      }
      const failure = (await pipeline.exec())?.find(([error]) => error !== null)?.[0];
      if (failure instanceof Error) throw failure;
    }
    await this.#redis.set(STOCK_FEED_KEY, at);
    this.#untold.clear();
  }

  close(): void {
    this.#redis.disconnect();
  }
}

interface Look {
  readonly horizon: string;
  readonly stock: Readonly<Record<string, number>> | null;
}

/**
 * Reads what was sold since the last look and tells it to the warm tier of every region. A row counts as changed when
 * the transaction that wrote it had not ended at the last look, so that a late commit is never missed; the scan of
 * 20,000 rows takes 3 ms of the primary.
 */
export class StockFeed implements Disposable {
  readonly #database: Database;
  readonly #listeners: readonly Listener[];
  /** Transactions below it had all ended at the last look. */
  #horizon = "0";

  constructor(database: Database, warmTiers: readonly WarmTierAddress[], bug?: BugName) {
    this.#database = database;
    this.#listeners = warmTiers.map((address) => new Listener(address, bug));
  }

  /** One look. Answers how long to wait for the next; rejects when a tier could not be told. */
  async turn(): Promise<number> {
    const at = Date.now();
    const { horizon, stock } = await this.#look(this.#horizon);
    const whole = async (): Promise<Stock> => (await this.#look("0")).stock;
    // The first look sees every product; who has a mark already was told all but what changed by another relay before.
    const told = await Promise.allSettled(this.#listeners.map((listener) => listener.tell(stock, whole, at)));
    this.#horizon = horizon;
    const failed = told.find((outcome) => outcome.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return LOOK_MS;
  }

  async #look(horizon: string): Promise<{ readonly horizon: string; readonly stock: Stock }> {
    // xmin is the low half of a transaction id; a server has to live for four thousand million of them to notice.
    const [row] = await this.#database.query<Look>(
      `select pg_snapshot_xmin(pg_current_snapshot())::text as horizon,
              (select json_object_agg(product_id, on_hand) from stock where xmin::text::bigint >= $1::bigint) as stock`,
      [horizon],
    );
    const stock = new Map(Object.entries(row?.stock ?? {}).map(([product, onHand]) => [Number(product), onHand]));
    return { horizon: row?.horizon ?? horizon, stock };
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners) listener.close();
  }
}
