import type { Random } from "#core/random.ts";
import { CATALOGUE, MIX, TIMES } from "./mix.ts";
import type { Ask, OrderLine, Submission } from "./step.ts";
import { drawShare, type Zipf, zipf } from "./zipf.ts";

/** The catalogue as the crowd sees it. Made once for a plan. */
export interface Taste {
  readonly products: Zipf;
  readonly categories: Zipf;
  readonly terms: Zipf;
  /** Search terms by rank. */
  readonly words: readonly string[];
}

export function tasteFor(words: readonly string[]): Taste {
  return {
    products: zipf(CATALOGUE.products, CATALOGUE.exponent),
    categories: zipf(CATALOGUE.categories, CATALOGUE.exponent),
    terms: zipf(words.length, CATALOGUE.exponent),
    words,
  };
}

/** One visit from its first page to its last. */
export function visit(random: Random, taste: Taste): readonly Ask[] {
  const kind = random.next();
  if (kind < MIX.buyingVisits) return buyingVisit(random, taste);
  if (kind < MIX.buyingVisits + MIX.abandoningVisits) return abandoningVisit(random, taste);
  return browsing(random, taste, MIX.browsingViews);
}

function buyingVisit(random: Random, taste: Taste): readonly Ask[] {
  const asks: Ask[] = [
    ...browsing(random, taste, MIX.buyingViews),
    ...adds(random, taste, MIX.secondLineOfBuyers),
    { page: "cart" },
    checkout(random, []),
    { page: "order" },
  ];
  if (random.next() < MIX.secondOrderView) asks.push({ page: "order" });
  return asks;
}

function abandoningVisit(random: Random, taste: Taste): readonly Ask[] {
  const asks = [...browsing(random, taste, MIX.abandoningViews), ...adds(random, taste, MIX.secondLineOfAbandoners)];
  if (random.next() < MIX.abandonersWhoLook) asks.push({ page: "cart" });
  return asks;
}

/** At least one view; the number above that is geometric, so that most visits are short and a few long. */
function browsing(random: Random, taste: Taste, meanViews: number): readonly Ask[] {
  const asks: Ask[] = [];
  // The floor of an exponential is geometric; this mean of it makes the mean of the floor `meanViews - 1`.
  const mean = 1 / Math.log(1 + 1 / (meanViews - 1));
  const views = 1 + Math.floor(random.exponential(mean));
  for (let i = 0; i < views; i += 1) asks.push(browse(random, taste));
  return asks;
}

function browse(random: Random, taste: Taste): Ask {
  const page = drawShare(random, MIX.browse);
  switch (page) {
    case "home":
      return { page };
    case "category":
      return { page, id: taste.categories.draw(random) };
    case "search":
      return { page, term: taste.words[taste.terms.draw(random) - 1] ?? "" };
    case "product":
      return { page, id: taste.products.draw(random) };
  }
}

function adds(random: Random, taste: Taste, secondLine: number): readonly Ask[] {
  const add = (): Ask => ({ page: "add", line: line(random, taste, MIX.doorBusterAdds) });
  return random.next() < secondLine ? [add(), add()] : [add()];
}

/** Something to buy: a door-buster with this chance, else anything else by its popularity. */
function line(random: Random, taste: Taste, doorBusters: number): OrderLine {
  if (random.next() < doorBusters) {
    return { productId: doorBuster(random), quantity: 1 + random.integer(MIX.doorBusterLimit) };
  }
  return {
    productId: taste.products.draw(random, CATALOGUE.doorBusters),
    quantity: random.next() < MIX.secondPiece ? 2 : 1,
  };
}

function doorBuster(random: Random): number {
  let rest = random.next();
  const at = MIX.doorBusterShares.findIndex((share) => {
    rest -= share;
    return rest < 0;
  });
  return at === -1 ? CATALOGUE.doorBusters : at + 1;
}

/** What one buyer of the buyers' lane buys at once, without a cart. */
export function purchase(random: Random, taste: Taste): Ask {
  const first = line(random, taste, MIX.doorBusterBuyers);
  const second = random.next() < MIX.secondLineOfBuyers ? line(random, taste, 0) : undefined;
  const lines = second === undefined || second.productId === first.productId ? [first] : [first, second];
  return checkout(random, lines);
}

function checkout(random: Random, lines: readonly OrderLine[]): Ask {
  const ask = { page: "checkout", lines, submission: submission(random) } as const;
  return random.next() < MIX.couponCheckouts ? { ...ask, coupon: CATALOGUE.coupon } : ask;
}

/** A bot watches the offers. */
export function botAsk(random: Random, taste: Taste): Ask {
  const page = drawShare(random, MIX.botPages);
  switch (page) {
    case "home":
      return { page };
    case "category":
      return { page, id: taste.categories.draw(random) };
    case "product":
      return { page, id: doorBuster(random) };
  }
}

function submission(random: Random): Submission {
  if (random.next() >= MIX.repeatedCheckouts) return "once";
  return random.next() < 0.5 ? "double" : "again";
}

export function thinkMs(random: Random): number {
  const floor = TIMES.thinkFloorMs;
  return Math.min(floor + random.exponential(TIMES.thinkMeanMs - floor), TIMES.thinkCutMs);
}

export function botPauseMs(random: Random): number {
  return TIMES.botLeastMs + random.next() * (TIMES.botMostMs - TIMES.botLeastMs);
}

export function retryAfterMs(random: Random): number {
  return Math.round(TIMES.retryLeastMs + random.next() * (TIMES.retryMostMs - TIMES.retryLeastMs));
}
