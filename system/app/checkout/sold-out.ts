import type { TieredCache } from "../cache/tiered-cache.ts";

/**
 * Everybody who comes too late for a door-buster is told so, twenty a second; the page needs to hear it once. Five
 * seconds is also how old stock on pages may be.
 */
const AGAIN_AFTER_MS = 5_000;
/** Products that sold out within one such span: five door-busters, and room for more. */
const MOST_REMEMBERED = 1_000;

/** Makes pages look again at the stock of a product that a checkout found sold out, before its five seconds are over. */
export function soldOutNotice(
  cache: Pick<TieredCache, "invalidate">,
  now: () => number = () => performance.now(),
): (productId: string) => void {
  const told = new Map<string, number>();
  return (productId) => {
    const last = told.get(productId);
    if (last !== undefined && now() - last < AGAIN_AFTER_MS) return;
    if (told.size >= MOST_REMEMBERED) told.clear();
    told.set(productId, now());
    cache.invalidate("stock", productId);
  };
}
