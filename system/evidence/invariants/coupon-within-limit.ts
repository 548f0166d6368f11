import type { Part } from "../truth.ts";
import { counted, type Invariant, type Offence } from "./finding.ts";
import { unordered } from "./unordered.ts";
import type { Writes } from "./writes.ts";

type Order = Part<"orders">[number];
type Coupon = Part<"coupons">[number];

/**
 * A coupon is good for so many orders and no more, at the end and at every moment before: its counter is the number of
 * orders that have the discount and were not cancelled, and the most that it ever was, which the database keeps beside
 * it, is within the limit. Each order that has the coupon has its discount in full, and buyers were told of theirs what
 * is stored.
 *
 * A discount is due to every order in the books whose buyer sent a coupon that exists, whether the answer ever reached
 * that buyer or not, unless the coupon can have been used up when the order was placed: as many orders as it is good for
 * had it before. Those that were cancelled count among them, because no buyer was told at which instant their use went
 * back. Before is told in two ways, and an order without its discount must be right by both:
 *
 * - by the history: orders whose first attempt was announced before the first answer to this one came. It says nothing of
 *   an order that was never answered, except where the coupon was not used up in the whole run.
 * - by the numbers of the orders: the shop gives a number after it has looked at the coupon, and those who used it up had
 *   theirs before. It counts where numbers rise, that is, where none that buyers were told contradicts it.
 */
export const couponWithinLimit: Invariant<"orders" | "coupons"> = {
  name: "coupon-within-limit",
  title: "A coupon is used as often as it may be",
  target: "0 uses above the limit, uncounted or untold",
  parts: ["orders", "coupons"],
  needsWrites: true,
  compare({ writes, part }) {
    const coupons = new Map(part("coupons").map((coupon) => [coupon.code, coupon]));
    const orders = part("orders");
    const used = orders.filter((order) => order.coupon !== null);
    const refused = orders.flatMap((order) => refusedOf(order, writes, coupons));
    const astray = refused.length === 0 ? new Set<string>() : unordered(writes, orders);
    return {
      // A limit that nobody came near has not been tried by anybody.
      compared: used.length,
      what: `${counted(used.length, "order")} with a coupon and ${counted(refused.length, "order")} that asked for it in vain`,
      offences: [
        ...counters(orders, coupons),
        ...discounts(orders, coupons),
        ...untold(writes, orders),
        ...withheld(refused, writes, orders, astray),
      ],
      ...(astray.size === 0
        ? {}
        : {
            note: `left out by number: ${counted(astray.size, "order")} that asked for a coupon, with a number out of its order in time, which says nothing of who came first`,
          }),
    };
  },
};

function counters(orders: readonly Order[], coupons: ReadonlyMap<string, Coupon>): readonly Offence[] {
  const offences: Offence[] = [];
  for (const { code, mostUses, used, highest } of coupons.values()) {
    const uses = orders.filter((order) => order.coupon === code && order.status !== "cancelled");
    // Each is a discount that the shop did not mean to give: the latest are those.
    for (const order of uses.slice(mostUses)) {
      offences.push({ text: `order ${order.id} has the coupon ${code} as well, which is good for ${mostUses} orders` });
    }
    if (used !== uses.length || used > mostUses) {
      offences.push({ text: `coupon ${code} counts ${used} uses of ${mostUses}, ${uses.length} orders have it` });
    }
    if (highest < used) {
      offences.push({
        text: `coupon ${code} was never used more than ${highest} times by its row, which counts ${used}`,
      });
    } else if (highest > mostUses && used <= mostUses) {
      offences.push({ text: `coupon ${code} had ${highest} uses of ${mostUses} for a time, ${used} in the end` });
    }
  }
  return offences;
}

function discounts(orders: readonly Order[], coupons: ReadonlyMap<string, Coupon>): readonly Offence[] {
  const offences: Offence[] = [];
  for (const order of orders) {
    const coupon = order.coupon === null ? undefined : coupons.get(order.coupon);
    if (order.coupon !== null && coupon === undefined) {
      offences.push({ text: `order ${order.id} has the coupon ${order.coupon}, which does not exist` });
      continue;
    }
    const lines = order.lines.reduce((sum, [, quantity, price]) => sum + quantity * price, 0);
    const due = Math.floor((lines * (coupon?.percent ?? 0)) / 100);
    if (order.discountCents !== due) {
      const why = coupon === undefined ? "no coupon" : `${coupon.percent} % of ${lines}`;
      offences.push({ text: `order ${order.id} is ${order.discountCents} cents cheaper instead of ${due} (${why})` });
    }
  }
  return offences;
}

/** Where what a buyer sent or was told is not what is stored. */
function untold(writes: Writes, orders: readonly Order[]): readonly Offence[] {
  const stored = new Map(orders.map((order) => [order.key, order]));
  const offences: Offence[] = [];
  for (const write of writes.values()) {
    const order = stored.get(write.key);
    if (order !== undefined && order.coupon !== null && order.coupon !== write.coupon) {
      offences.push({
        text: `order ${order.id} has the coupon ${order.coupon}, its buyer sent ${write.coupon ?? "none"}`,
      });
    }
    for (const { orderId, discountCents = 0, seq } of write.acknowledged) {
      const has = order?.discountCents ?? 0;
      if (has === discountCents) continue;
      const told = `order ${orderId} (key ${write.key}) was acknowledged with ${discountCents} cents off`;
      offences.push({ text: `${told}, stored are ${has}`, seqs: [seq] });
    }
  }
  return offences;
}

/** An order whose buyer sent a coupon that exists, and that has no discount. */
interface Refused {
  readonly order: Order;
  readonly coupon: Coupon;
  /** The first answer to it; undefined when its buyer never heard of it. */
  readonly toldSeq: number | undefined;
}

function refusedOf(order: Order, writes: Writes, coupons: ReadonlyMap<string, Coupon>): readonly Refused[] {
  const write = writes.get(order.key);
  const coupon = write?.coupon === undefined ? undefined : coupons.get(write.coupon);
  if (coupon === undefined || order.coupon !== null) return [];
  return [{ order, coupon, toldSeq: write?.acknowledged[0]?.seq }];
}

function withheld(
  refused: readonly Refused[],
  writes: Writes,
  orders: readonly Order[],
  astray: ReadonlySet<string>,
): readonly Offence[] {
  const uses = new Map<string, Uses>();
  for (const { coupon } of refused) {
    if (!uses.has(coupon.code)) uses.set(coupon.code, usesOf(coupon.code, writes, orders, astray));
  }
  return refused.flatMap(({ order, coupon: { code, mostUses }, toldSeq }) => {
    const { announced = [], numbers = [] } = uses.get(code) ?? {};
    const text = `order ${order.id} (key ${order.key}) has no discount, its buyer sent ${code}`;
    if (mostUses === 0) return [];
    const usedUpSeq = announced[mostUses - 1] ?? Number.POSITIVE_INFINITY;
    // Of an order that was never answered: of any time in the run.
    if ((toldSeq ?? Number.MAX_VALUE) <= usedUpSeq) {
      const bound = `fewer than ${mostUses} orders can have had it by ${toldSeq === undefined ? "the end" : "then"}`;
      return [{ text: `${text}, and ${bound}`, ...(toldSeq === undefined ? {} : { seqs: [toldSeq] }) }];
    }
    const last = numbers[mostUses - 1] ?? Number.POSITIVE_INFINITY;
    if (astray.has(order.id) || last <= Number(order.id)) return [];
    const before = numbers.filter((number) => number < Number(order.id)).length;
    return [{ text: `${text}, and of the ${mostUses} orders that it is good for, ${before} have a smaller number` }];
  });
}

/** Orders that have a coupon, cancelled ones as well, both ascending. */
interface Uses {
  /** Where they were announced; one that nobody announced may be of any time. */
  readonly announced: readonly number[];
  /** One whose number says nothing may be of any time as well. */
  readonly numbers: readonly number[];
}

function usesOf(code: string, writes: Writes, orders: readonly Order[], astray: ReadonlySet<string>): Uses {
  const having = orders.filter((order) => order.coupon === code);
  return {
    announced: having.map(({ key }) => writes.get(key)?.announcedSeq ?? Number.NEGATIVE_INFINITY).sort((a, b) => a - b),
    numbers: having.map(({ id }) => (astray.has(id) ? Number.NEGATIVE_INFINITY : Number(id))).sort((a, b) => a - b),
  };
}
