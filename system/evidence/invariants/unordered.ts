import type { Part } from "../truth.ts";
import type { Writes } from "./writes.ts";

/** Instants of the history at which an order was announced and its first answer came, and its number. */
interface Placed {
  readonly id: string;
  readonly number: number;
  readonly announcedSeq: number;
  readonly toldSeq: number;
}

/**
 * Ids of orders that asked for a coupon and whose numbers do not lie in the order in which they were placed, as far as
 * buyers can tell: one that was announced after the answer to another must have the greater number. Of two that contradict
 * each other nobody knows which is astray. So the one that most others contradict is left out first, and those that are
 * contradicted half as often with it, until nobody contradicts anybody: a single number out of place takes none of the
 * others with it, and a shop that makes its numbers in any order loses most of them. It halves what is left of
 * contradictions each time, so a few rounds are enough.
 */
export function unordered(writes: Writes, orders: Part<"orders">): ReadonlySet<string> {
  let left = orders.flatMap((order) => placedOf(order, writes));
  const astray = new Set<string>();
  for (;;) {
    const times = contradictions(left);
    const most = left.reduce((greatest, { id }) => Math.max(greatest, times.get(id) ?? 0), 0);
    if (most === 0) return astray;
    const kept = left.filter(({ id }) => (times.get(id) ?? 0) * 2 < most);
    for (const { id } of left) if ((times.get(id) ?? 0) * 2 >= most) astray.add(id);
    left = kept;
  }
}

function placedOf({ id, key }: Part<"orders">[number], writes: Writes): readonly Placed[] {
  const write = writes.get(key);
  if (write?.coupon === undefined) return [];
  const told = write.acknowledged.find(({ orderId }) => orderId === id);
  return [
    {
      id,
      number: Number(id),
      // Who was never announced, or never answered, comes after nobody, or before nobody.
      announcedSeq: write.announcedSeq ?? Number.NEGATIVE_INFINITY,
      toldSeq: told?.seq ?? Number.POSITIVE_INFINITY,
    },
  ];
}

/** By how many others each is contradicted; absent where it is by none. */
function contradictions(placed: readonly Placed[]): ReadonlyMap<string, number> {
  const ranks = new Map(
    placed
      .map(({ number }) => number)
      .sort((a, b) => a - b)
      .map((number, rank) => [number, rank + 1]),
  );
  const steps = placed
    .flatMap((each) => [
      { each, seq: each.announcedSeq, isTold: false },
      { each, seq: each.toldSeq, isTold: true },
    ])
    .filter(({ seq }) => Number.isFinite(seq))
    .sort((a, b) => a.seq - b.seq);
  const times = new Map<string, number>();
  const count = ({ id }: Placed, more: number): void => {
    if (more > 0) times.set(id, (times.get(id) ?? 0) + more);
  };
  const told = new Tally(placed.length);
  for (const { each, isTold } of steps) {
    const rank = ranks.get(each.number) ?? 0;
    if (isTold) told.add(rank);
    else count(each, told.total - told.upTo(rank));
  }
  const later = new Tally(placed.length);
  for (const { each, isTold } of steps.toReversed()) {
    const rank = ranks.get(each.number) ?? 0;
    if (isTold) count(each, later.upTo(rank - 1));
    else later.add(rank);
  }
  return times;
}

/** How many of the ranks that were added are no greater than one (a binary indexed tree: Fenwick 1994). */
class Tally {
  readonly #sums: Uint32Array;
  total = 0;

  constructor(ranks: number) {
    this.#sums = new Uint32Array(ranks + 1);
  }

  add(rank: number): void {
    this.total += 1;
    for (let at = rank; at < this.#sums.length; at += at & -at) this.#sums[at] = (this.#sums[at] ?? 0) + 1;
  }

  upTo(rank: number): number {
    let sum = 0;
    for (let at = rank; at > 0; at -= at & -at) sum += this.#sums[at] ?? 0;
    return sum;
  }
}
