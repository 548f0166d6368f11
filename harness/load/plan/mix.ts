/**
 * What people do in the shop, fixed before anything was measured. Shares of views come from the transition tables of
 * TPC-W (jopereira/java-tpcw) and from the OpenTelemetry demo's load generator; shares of visits from published funnels.
 */
export const MIX = {
  /**
   * Pages of a browsing step. The middle of TPC-W's browsing and shopping mixes gives home 31, lists 22, detail 26,
   * search 21 of a hundred (its two search pages are one here); the OpenTelemetry demo browses ten products for each
   * home page. This lies between: people of today enter by links to products.
   */
  browse: { home: 0.2, category: 0.2, search: 0.2, product: 0.4 },
  /** Share of visits that buy: 4 % (Contentsquare, Black Friday 2019). */
  buyingVisits: 0.04,
  /**
   * Share of visits that fill a cart and leave it. Baymard's average of 49 studies is 70.2 % of carts abandoned:
   * 9.4 of every 13.4 carts.
   */
  abandoningVisits: 0.094,
  /**
   * Mean views before anything is put into the cart. Visits without a cart have 3 to 6 views, with a heavy tail
   * (Menasce et al. 2003), those that buy about 12 (funnel included).
   */
  browsingViews: 4.5,
  abandoningViews: 5,
  buyingViews: 7,
  /** A second product: Olist has 1.13 lines an order; carts that are left are filled more freely. */
  secondLineOfBuyers: 0.13,
  secondLineOfAbandoners: 0.3,
  /** Of those who leave their cart, how many look at it first. */
  abandonersWhoLook: 0.7,
  /** Two of one product: one line in ten; door-busters are limited to three a customer and taken evenly. */
  secondPiece: 0.1,
  doorBusterLimit: 3,
  /** A buyer looks at the order once, and three in ten look again. */
  secondOrderView: 0.3,
  /** The same checkout submitted twice: 2 %, half of them by a double click, half after the answer. */
  repeatedCheckouts: 0.02,
  /**
   * Share of checkouts with the coupon of the day: a code of a newsletter, not a discount for everybody. Of the buyers'
   * lane that is two a second: enough to use it up within any run (`system/postgres/service.ts`), and so few that its
   * one row, held for some five milliseconds each time, is free for 99 of 100 of them.
   */
  couponCheckouts: 0.1,
  /** Share of adds that take one of the five door-busters, whose stock is below demand. */
  doorBusterAdds: 0.4,
  /** The buyers' lane measures the checkout, so it mostly buys what is not sold out. */
  doorBusterBuyers: 0.05,
  /**
   * Buyers of the lane who look at their order as soon as anybody can: so many a second that an order that is not there is
   * missed within seconds, in runs that end before a shopper has come as far. Under 1 % of the requests.
   */
  looksPerSecond: 5,
  /**
   * Buyers of the lane who send their key again with another body, once their purchase was acknowledged: one a second is
   * some ten in a fault of ten seconds, and two in a thousand of the requests. Nobody does so by mistake; the shop's
   * contract with whoever does is to refuse.
   */
  clashesPerSecond: 1,
  /** How the five share that: one is the star, as in any advertisement. */
  doorBusterShares: [0.5, 0.2, 0.13, 0.1, 0.07],
  /**
   * Bots refresh without pause (bounded at a second), seven times as often as people. At 1.5 % of the users they are
   * a tenth of the requests, the lower end of the 10 to 15 % that shops report as their share of the traffic.
   */
  bots: 0.015,
  botPages: { product: 0.6, home: 0.2, category: 0.2 },
  /** Home regions. */
  regionShares: { eu: 0.6, us: 0.4 },
} as const;

/** Sizes of the catalogue; its ids are ranks of popularity, Zipf with exponent 1 (Vallamsetty et al. 2003; search terms too). */
export const CATALOGUE = {
  products: 20_000,
  categories: 200,
  doorBusters: 5,
  exponent: 1,
  coupon: "EARLYBIRD",
} as const;

export const TIMES = {
  /**
   * Between two pages of a person: TPC-W's negative exponential of mean 7 s, cut at 70 s, but nobody reads a page in
   * less than a second: 1 s plus an exponential of mean 6 s. Without that floor one step in fifteen hundred would be
   * due before even a fast shop has answered the last one, and would count as lost.
   */
  thinkFloorMs: 1_000,
  thinkMeanMs: 7_000,
  thinkCutMs: 70_000,
  /** A bot's round: a second, a little uneven so that a crowd of them does not beat in time. */
  botLeastMs: 800,
  botMostMs: 1_200,
  /** People give up on a page after this long. */
  patienceMs: 8_000,
  /** Full jitter before the one retry. */
  retryLeastMs: 200,
  retryMostMs: 1_000,
} as const;

/** Retries that a user may make for each request sent: 10 %, so that an outage cannot multiply the load. */
export const RETRY_BUDGET = 0.1;
