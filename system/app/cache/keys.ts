/** What the cache keeps. The same words label the reads in the metrics. */
export type CachedKind = "best-sellers" | "search" | "category" | "product" | "reviews" | "stock";

export const CACHED_KINDS: readonly CachedKind[] = [
  "best-sellers",
  "search",
  "category",
  "product",
  "reviews",
  "stock",
];

/** The warm tier is invalidated hourly. */
const HOUR_MS = 3_600_000;
/** Stock on pages may be five seconds old; the sale decides at the row. */
const STOCK_MS = 5_000;
/** How long an old value may stand in while a fresh one is fetched, or when none can be had. */
const STALE_MS = 600_000;
/** An old stock figure misleads, so it stands in for one minute, and only when no fresh one can be had. */
const STALE_STOCK_MS = 60_000;

export interface Freshness {
  /** How long the hot tier takes a value for fresh. */
  readonly hotMs: number;
  /** Whether it may be served old while a fresh one is fetched. */
  readonly staleWhileRevalidate: boolean;
  /** How long after that it may be served when none can be had. */
  readonly staleMs: number;
}

export function freshnessOf(kind: CachedKind): Freshness {
  return kind === "stock"
    ? { hotMs: STOCK_MS, staleWhileRevalidate: false, staleMs: STALE_STOCK_MS }
    : { hotMs: 60_000, staleWhileRevalidate: true, staleMs: STALE_MS };
}

/** Protections that decide how values lie in the warm tier. */
export interface WarmPolicy {
  readonly jitter: boolean;
  readonly stale: boolean;
}

export interface WarmEntry {
  readonly key: string;
  readonly value: string;
  readonly ttlMs: number;
}

/**
 * Where the stock feed leaves its mark in a region's warm tier: the moment (milliseconds since the epoch) up to which
 * all sales are told there.
 */
export const STOCK_FEED_KEY = "v1:stock-feed";

/** In the place of the hour: the feed keeps this stock true for as long as its mark is young. */
const KEPT_BY_FEED = 1;

/** What a value begins with that the feed left. */
export const KEPT_PREFIX = `${KEPT_BY_FEED}~`;

/** A stock figure as the feed leaves it. It goes when nobody has sold or asked for a day, like all that nobody wants. */
export function keptStock(productId: string, onHand: number, now: number): WarmEntry {
  return {
    key: cacheKey("stock", productId),
    value: `${KEPT_PREFIX}${Math.round(now)}~${onHand}`,
    ttlMs: 24 * HOUR_MS,
  };
}

/** A value found in the warm tier. Moments are milliseconds since the epoch. */
export interface WarmValue {
  readonly json: string;
  readonly freshUntil: number;
}

/** The key of a value in both tiers. The version changes with the form of the values. */
export function cacheKey(kind: CachedKind, id: string): string {
  return `v1:${kind}:${id}`;
}

/**
 * How a value lies in the warm tier: `<hour>~<stored at>~<JSON>`. The hour is part of the value, not of the key, so
 * that the value of the hour before can stand in while a fresh one is fetched. Each key has an hour of its own (by its
 * hash) when expiry is spread, else all hours end at once.
 */
export function warmEntry(
  kind: CachedKind,
  id: string,
  json: string,
  now: number,
  policy: WarmPolicy = { jitter: true, stale: true },
): WarmEntry {
  const key = cacheKey(kind, id);
  const hour = hourOf(kind, key, now, policy.jitter);
  const grace = policy.stale ? freshnessOf(kind).staleMs : 0;
  return {
    key,
    value: `${hour}~${Math.round(now)}~${json}`,
    ttlMs: Math.max(1, Math.ceil(freshUntil(kind, key, hour, now, policy.jitter) - now) + grace),
  };
}

/**
 * Reads what `warmEntry` or `keptStock` wrote; undefined when it is something else, which then counts as a miss.
 * @param toldUntil the mark of the stock feed, for stock.
 */
export function readWarm(
  kind: CachedKind,
  key: string,
  text: string,
  policy: WarmPolicy,
  toldUntil?: number,
): WarmValue | undefined {
  const first = text.indexOf("~");
  const second = text.indexOf("~", first + 1);
  if (first < 1 || second < 0) return undefined;
  const hour = Number(text.slice(0, first));
  const storedAt = Number(text.slice(first + 1, second));
  if (!Number.isSafeInteger(hour) || !Number.isSafeInteger(storedAt)) return undefined;
  const json = text.slice(second + 1);
  if (kind === "stock" && hour === KEPT_BY_FEED) {
    return { json, freshUntil: Math.max(storedAt, toldUntil ?? 0) + STOCK_MS };
  }
  return { json, freshUntil: freshUntil(kind, key, hour, storedAt, policy.jitter) };
}

function hourOf(kind: CachedKind, key: string, now: number, jitter: boolean): number {
  return kind === "stock" ? 0 : Math.floor((now + offsetMs(key, jitter)) / HOUR_MS);
}

function freshUntil(kind: CachedKind, key: string, hour: number, storedAt: number, jitter: boolean): number {
  return kind === "stock" ? storedAt + STOCK_MS : (hour + 1) * HOUR_MS - offsetMs(key, jitter);
}

function offsetMs(key: string, jitter: boolean): number {
  return jitter ? hashKey(key) % HOUR_MS : 0;
}

/** 32-bit FNV-1a with a final avalanche: neighbouring keys get unrelated hours. */
export function hashKey(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) {
    hash ^= key.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  return hash >>> 0;
}
