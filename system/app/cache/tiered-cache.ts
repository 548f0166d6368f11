import { Generations } from "./generations.ts";
import { type HotEntry, HotTier, spread } from "./hot-tier.ts";
import { type CachedKind, cacheKey, freshnessOf, keptStock, readWarm, type WarmValue, warmEntry } from "./keys.ts";
import type { WarmTier } from "./warm-tier.ts";

/**
 * What a logical read cost. `database`: a query was sent for it, also where that failed and an old value stood in.
 * `stale`: an old value, and no query for it.
 */
type Tier = "hot" | "warm" | "database" | "stale";

/** The JSON of a value from the database; `null` where it does not exist. */
export type Load = (kind: CachedKind, id: string) => Promise<string>;

export interface TieredCacheOptions {
  readonly hot: boolean;
  readonly warm: WarmTier | undefined;
  readonly singleFlight: boolean;
  readonly stale: boolean;
  readonly jitter: boolean;
  /** The stock feed keeps the warm tier's stock true. */
  readonly stockFeed: boolean;
  /** Planted: what a page loaded is left in the warm tier as if the feed had told it. */
  readonly fillsAfterInvalidation?: boolean;
  readonly load: Load;
  /** Told once for each logical read. */
  readonly counted: (kind: CachedKind, tier: Tier) => void;
  readonly now?: () => number;
}

interface Answer {
  readonly json: string;
  readonly tier: Tier;
}

interface Wanted {
  readonly kind: CachedKind;
  readonly id: string;
  readonly key: string;
}

/** What does not exist may exist soon, and a guess at random ids should not fill the tiers. */
const ABSENT_MS = 10_000;
/**
 * While the warm tier is not asked every refresh would go to the database: what is here then lasts five times as long.
 * A hundred thousand reads do not notice that a product's text is four minutes old; the database notices the difference.
 */
const EKE_OUT = 4;
/** After a failed refresh the old value stands for this long before the next try. */
const RETRY_MS = 1_000;

/**
 * Hot tier, warm tier, database, in this order; values are JSON texts that pages put together without parsing them.
 * Each of its protections can be left out.
 */
export class TieredCache {
  readonly #options: TieredCacheOptions;
  readonly #now: () => number;
  readonly #hot: HotTier | undefined;
  readonly #warm: WarmTier | undefined;
  readonly #flights = new Map<string, Promise<Answer>>();
  readonly #generations = new Generations();

  constructor(options: TieredCacheOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#hot = options.hot ? new HotTier() : undefined;
    this.#warm = options.warm;
  }

  /** The value, at once when the hot tier has it. Rejects only when no tier has one, not even an old one. */
  get(kind: CachedKind, id: string): string | Promise<string> {
    const key = cacheKey(kind, id);
    const entry = this.#hot?.get(key);
    if (entry !== undefined) {
      const now = this.#now();
      if (now < entry.freshUntil) {
        this.#options.counted(kind, "hot");
        return entry.json;
      }
      if (this.#options.stale && now < entry.usableUntil) {
        const { staleWhileRevalidate, hotMs } = freshnessOf(kind);
        if (staleWhileRevalidate && this.#warm?.unavailable === true && now < entry.freshUntil + EKE_OUT * hotMs) {
          this.#options.counted(kind, "stale");
          return entry.json;
        }
        if (staleWhileRevalidate) {
          this.#revalidate({ kind, id, key }, entry);
          return entry.json;
        }
        return this.#fetch({ kind, id, key }, entry);
      }
    }
    return this.#fetch({ kind, id, key }, undefined);
  }

  /**
   * Forgets a value in both tiers; a load under way will not put it back. Stock that the feed keeps stays in the warm
   * tier: the feed tells it of each sale within a second and from the primary, while a page would put there what its
   * replica says, which may be as old as the replica is behind.
   */
  invalidate(kind: CachedKind, id: string): void {
    const key = cacheKey(kind, id);
    this.#generations.advance(key);
    // A caller from now on starts a load of its own.
    this.#flights.delete(key);
    this.#hot?.delete(key);
    if (kind === "stock") this.#warm?.removeUnkept(key);
    else this.#warm?.remove(key);
  }

  get hotEntries(): number {
    return this.#hot?.size ?? 0;
  }

  async #fetch(wanted: Wanted, old: HotEntry | undefined): Promise<string> {
    const under = this.#options.singleFlight ? this.#flights.get(wanted.key) : undefined;
    try {
      const answer = await (under ?? this.#fly(wanted, this.#options.stale));
      // Whoever waited for another's fetch was answered out of this process, at no cost to any other part.
      this.#options.counted(wanted.kind, under === undefined ? answer.tier : "hot");
      return answer.json;
    } catch (error) {
      // Whoever fetched has asked the database; whoever waited for another's fetch has not, unless nothing was left to show.
      this.#options.counted(wanted.kind, under !== undefined && old !== undefined ? "stale" : "database");
      if (old === undefined) throw error;
      return old.json;
    }
  }

  /** Fetches a fresh value behind the back of a reader who took the old one. */
  #revalidate(wanted: Wanted, old: HotEntry): void {
    if (this.#options.singleFlight && this.#flights.has(wanted.key)) {
      this.#options.counted(wanted.kind, "stale");
      return;
    }
    this.#fly(wanted, false).then(
      // The reader did not wait, but its read cost what the refresh cost: counted as that.
      (answer) => this.#options.counted(wanted.kind, answer.tier === "database" ? "database" : "stale"),
      () => {
        old.freshUntil = this.#now() + RETRY_MS;
        // The warm tier never fails, so what failed is a query.
        this.#options.counted(wanted.kind, "database");
      },
    );
  }

  #fly(wanted: Wanted, mayBeStale: boolean): Promise<Answer> {
    const flight = this.#refill(wanted, mayBeStale);
    if (!this.#options.singleFlight) return flight;
    this.#flights.set(wanted.key, flight);
    const landed = () => {
      if (this.#flights.get(wanted.key) === flight) this.#flights.delete(wanted.key);
    };
    flight.then(landed, landed);
    return flight;
  }

  async #refill(wanted: Wanted, mayBeStale: boolean): Promise<Answer> {
    const { kind, key } = wanted;
    const generation = this.#generations.of(key);
    const found = await this.#findWarm(kind, key);
    if (found === undefined) return this.#fromDatabase(wanted, generation);
    const now = this.#now();
    if (now < found.freshUntil) {
      if (generation === this.#generations.of(key)) this.#keepHot(wanted, found.json, found.freshUntil);
      return { json: found.json, tier: "warm" };
    }
    const { staleMs, staleWhileRevalidate } = freshnessOf(kind);
    const usableUntil = found.freshUntil + staleMs;
    const usable = mayBeStale && now < usableUntil;
    const refresh = this.#fromDatabase(wanted, generation);
    if (!usable) return refresh;
    if (this.#hot === undefined || !staleWhileRevalidate) {
      return refresh.catch((): Answer => ({ json: found.json, tier: "database" }));
    }
    // The hour of a warm value is over: it stands in once more while the database is asked, and here until that is done.
    this.#hot.set(key, { json: found.json, freshUntil: now + RETRY_MS, usableUntil });
    refresh.catch(() => undefined);
    return { json: found.json, tier: "database" };
  }

  async #findWarm(kind: CachedKind, key: string): Promise<WarmValue | undefined> {
    if (kind === "stock" && this.#options.stockFeed) {
      const fed = await this.#warm?.getFed(key);
      return fed?.text === undefined ? undefined : readWarm(kind, key, fed.text, this.#options, fed.toldUntil);
    }
    const text = await this.#warm?.get(key);
    return text === undefined ? undefined : readWarm(kind, key, text, this.#options);
  }

  async #fromDatabase(wanted: Wanted, generation: number): Promise<Answer> {
    const json = await this.#options.load(wanted.kind, wanted.id);
    if (wanted.kind === "stock" && json !== "null" && this.#options.fillsAfterInvalidation === true) {
      this.#warm?.put(keptStock(wanted.id, Number(json), this.#now()));
      return { json, tier: "database" };
    }
    if (generation === this.#generations.of(wanted.key)) {
      this.#keepHot(wanted, json, Number.POSITIVE_INFINITY);
      if (json !== "null") {
        const entry = warmEntry(wanted.kind, wanted.id, json, this.#now(), this.#options);
        if (wanted.kind === "stock" && this.#options.stockFeed) this.#warm?.putAbsent(entry);
        else this.#warm?.put(entry);
      }
    }
    return { json, tier: "database" };
  }

  #keepHot(wanted: Wanted, json: string, notAfter: number): void {
    if (this.#hot === undefined) return;
    const { hotMs, staleMs } = freshnessOf(wanted.kind);
    const now = this.#now();
    const ttlMs = json === "null" ? ABSENT_MS : hotMs;
    // Stock has a promise to keep, five seconds at most: its expiry is spread downwards only.
    const chance = this.#options.jitter ? Math.random() * (wanted.kind === "stock" ? 0.5 : 1) : 0.5;
    // Filled from the warm tier, a value is fresh no longer here than there.
    const freshUntil = Math.min(now + spread(ttlMs, chance), notAfter);
    this.#hot.set(wanted.key, { json, freshUntil, usableUntil: freshUntil + staleMs });
  }
}
