import type { Part } from "../truth.ts";
import { counted, type Invariant, type Offence } from "./finding.ts";
import type { Write } from "./writes.ts";

type Order = Part<"orders">[number];
type Coupon = Part<"coupons">[number];

/**
 * A coupon is good for so many orders and no more: its counter is the number of orders that have the discount and were
 * not cancelled, each has it in full, and buyers were told of theirs what is stored. Whoever was refused the discount was
 * refused it rightly: by then there can have been enough orders to use the coupon up, those counted that were cancelled
 * at an instant that no buyer was told.
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
    const answers = answered(writes, orders, coupons);
    return {
      // A limit that nobody came near has not been tried by anybody.
      compared: used.length,
      what: `${counted(used.length, "order")} with a coupon and ${counted(answers.refused, "answer")} without the discount`,
      offences: [...counters(orders, coupons), ...discounts(orders, coupons), ...answers.offences],
    };
  },
};

function counters(orders: readonly Order[], coupons: ReadonlyMap<string, Coupon>): readonly Offence[] {
  const offences: Offence[] = [];
  for (const { code, mostUses, used } of coupons.values()) {
    const uses = orders.filter((order) => order.coupon === code && order.status !== "cancelled");
    // Each is a discount that the shop did not mean to give: the latest are those.
    for (const order of uses.slice(mostUses)) {
      offences.push({ text: `order ${order.id} has the coupon ${code} as well, which is good for ${mostUses} orders` });
    }
    if (used !== uses.length || used > mostUses) {
      offences.push({ text: `coupon ${code} counts ${used} uses of ${mostUses}, ${uses.length} orders have it` });
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

function answered(
  writes: ReadonlyMap<string, Write>,
  orders: readonly Order[],
  coupons: ReadonlyMap<string, Coupon>,
): { readonly refused: number; readonly offences: readonly Offence[] } {
  const stored = new Map(orders.map((order) => [order.key, order]));
  const usedUpFrom = usedUp(writes, orders);
  const offences: Offence[] = [];
  let refused = 0;
  for (const write of writes.values()) {
    const order = stored.get(write.key);
    if (order !== undefined && order.coupon !== null && order.coupon !== write.coupon) {
      offences.push({
        text: `order ${order.id} has the coupon ${order.coupon}, its buyer sent ${write.coupon ?? "none"}`,
      });
    }
    const coupon = write.coupon === undefined ? undefined : coupons.get(write.coupon);
    for (const { orderId, discountCents = 0, seq } of write.acknowledged) {
      const told = `order ${orderId} (key ${write.key}) was acknowledged with ${discountCents} cents off`;
      const has = order?.discountCents ?? 0;
      if (has !== discountCents) offences.push({ text: `${told}, stored are ${has}`, seqs: [seq] });
      if (coupon === undefined || discountCents > 0) continue;
      refused += 1;
      if (has === 0 && seq <= usedUpFrom(coupon)) {
        const bound = `fewer than ${coupon.mostUses} orders can have had the coupon ${coupon.code} by then`;
        offences.push({ text: `${told}, and ${bound}`, seqs: [seq] });
      }
    }
  }
  return { refused, offences };
}

/**
 * By coupon, the record from which on it can have been used up: when the last order that it is good for was announced.
 * An order that nobody announced may be of any time.
 */
function usedUp(writes: ReadonlyMap<string, Write>, orders: readonly Order[]): (coupon: Coupon) => number {
  const uses = new Map<string, number[]>();
  for (const order of orders) {
    if (order.coupon === null) continue;
    const list = uses.get(order.coupon) ?? [];
    list.push(writes.get(order.key)?.announcedSeq ?? Number.NEGATIVE_INFINITY);
    uses.set(order.coupon, list);
  }
  for (const list of uses.values()) list.sort((a, b) => a - b);
  return ({ code, mostUses }) =>
    mostUses === 0 ? Number.NEGATIVE_INFINITY : (uses.get(code)?.[mostUses - 1] ?? Number.POSITIVE_INFINITY);
}
