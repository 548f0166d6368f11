import type { Random } from "#core/random.ts";
import { type CachedKind, freshnessOf, type WarmPolicy, warmEntry } from "#system/app/cache/keys.ts";

/** The normal day: this many people at once, each looking at a page every seven seconds (think time of the load). */
const PEOPLE = 5_000;
const VIEW_EVERY_MS = 7_000;

const HOUR_MS = 3_600_000;

/** Shares of the views, and of the regions, as the surge has them: the same people, fewer of them. */
const VIEWS = { home: 0.2, category: 0.2, search: 0.2, product: 0.4 } as const;
export const REGION_SHARES = { eu: 0.6, us: 0.4 } as const;

/** Kinds that outlive the minutes between an hour of shopping and the surge; stock lives for five seconds. */
export type LastingKind = Exclude<CachedKind, "stock">;

const PAGE_OF: Readonly<Record<LastingKind, keyof typeof VIEWS>> = {
  "best-sellers": "home",
  category: "category",
  search: "search",
  product: "product",
  reviews: "product",
};

/** Views of one value in a millisecond: its page's views by its rank, Zipf with exponent 1. */
export function viewsPerMs(kind: LastingKind, rank: number, ranks: number, regionShare: number): number {
  const page = (PEOPLE / VIEW_EVERY_MS) * VIEWS[PAGE_OF[kind]] * regionShare;
  return page / (rank * harmonic(ranks));
}

const harmonics = new Map<number, number>();

function harmonic(ranks: number): number {
  const known = harmonics.get(ranks);
  if (known !== undefined) return known;
  let sum = 0;
  for (let rank = 1; rank <= ranks; rank += 1) sum += 1 / rank;
  harmonics.set(ranks, sum);
  return sum;
}

/**
 * When the value that lies in the warm tier now was stored, if the shop has been open for an hour; undefined when there
 * is none. Views come at random moments at this rate; the first one after an invalidation stores the value.
 */
export function storedAt(
  kind: LastingKind,
  id: string,
  ratePerMs: number,
  now: number,
  policy: WarmPolicy,
  random: Random,
): number | undefined {
  const openedAt = now - HOUR_MS;
  const graceMs = policy.stale ? freshnessOf(kind).staleMs : 0;
  const invalidatedAt = now + warmEntry(kind, id, "", now, policy).ttlMs - graceMs - HOUR_MS;
  const sinceInvalidation = invalidatedAt + random.exponential(1 / ratePerMs);
  if (sinceInvalidation <= now) return sinceInvalidation;
  // Nobody has asked since: the value of the hour before may still be there to stand in.
  const sinceOpening = openedAt + random.exponential(1 / ratePerMs);
  return sinceOpening < invalidatedAt && now < invalidatedAt + graceMs ? sinceOpening : undefined;
}
