import type { Random } from "#core/random.ts";

/** Draws ranks whose chance falls as 1 / rank^exponent. */
export interface Zipf {
  /** A rank from 1 to the size. `above` leaves out the ranks up to it. */
  draw(random: Random, above?: number): number;
}

export function zipf(size: number, exponent: number): Zipf {
  const cumulative = new Float64Array(size + 1);
  for (let rank = 1; rank <= size; rank += 1) {
    cumulative[rank] = (cumulative[rank - 1] ?? 0) + rank ** -exponent;
  }
  const upTo = (rank: number): number => cumulative[rank] ?? 0;
  return {
    draw(random, above = 0) {
      const wanted = upTo(above) + random.next() * (upTo(size) - upTo(above));
      let low = above + 1;
      let high = size;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (upTo(middle) > wanted) high = middle;
        else low = middle + 1;
      }
      return low;
    },
  };
}

/** Draws the key of a table of shares that sum to one. */
export function drawShare<K extends string>(random: Random, shares: Readonly<Record<K, number>>): K {
  const entries = shareEntries(shares);
  let rest = random.next();
  for (const [key, share] of entries) {
    rest -= share;
    if (rest < 0) return key;
  }
  // Shares are decimal fractions: their sum may miss one by a rounding error.
  return entries[entries.length - 1]?.[0] ?? unreachable();
}

function shareEntries<K extends string>(shares: Readonly<Record<K, number>>): readonly [K, number][] {
  const entries: [K, number][] = [];
  for (const key in shares) entries.push([key, shares[key]]);
  return entries;
}

function unreachable(): never {
  throw new RangeError("a table of shares has no entries");
}
