import type { Part } from "./truth.ts";

/**
 * Of the products that moved so many are looked at. A page takes a replica some 8 ms at its size (600 of each of four
 * replicas were read in five seconds), so these take eight.
 */
const MOST_MOVED = 1_000;

/** Of more than that the first by popularity, which people look at, and of the rest a share that lies all over it. */
const FIRST_MOVED = 750;

/** Of those that never moved a few, spread as well: their pages can only be wrong, not late. */
const MOST_STILL = 50;

/**
 * Numbers of the products whose pages have to be read, in order: all that moved, as long as they are not too many. The
 * reader asks for these, and the judge misses each of them that was not read.
 */
export function pagesToRead(stock: Part<"stock">): readonly number[] {
  const moved: number[] = [];
  const still: number[] = [];
  for (const { productId, initial, onHand, lowest } of stock) {
    (onHand === initial && lowest === initial ? still : moved).push(productId);
  }
  const chosen =
    moved.length <= MOST_MOVED
      ? moved
      : [...moved.slice(0, FIRST_MOVED), ...spread(moved.slice(FIRST_MOVED), MOST_MOVED - FIRST_MOVED)];
  return [...chosen, ...spread(still, MOST_STILL)].sort((a, b) => a - b);
}

/** So many of them at equal distances; all where there are no more. */
function spread(items: readonly number[], most: number): readonly number[] {
  if (items.length <= most) return items;
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)] ?? 0);
}
