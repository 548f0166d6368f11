/**
 * The generator's records: one line of tab-separated fields each, written unbuffered by `console.log`. This file is
 * read by k6 as well: it imports nothing. Times are whole microseconds from the first planned request.
 */

/** First field of a line. */
export const MARKS = {
  /** A user of the crowd came: user, time. */
  arrived: "U",
  /** A timetable is done: lane, user, time. */
  left: "D",
  /** A write is about to leave: lane, region, user, step, attempt, key, session, lines (and coupon), time. */
  intent: "I",
  /**
   * An attempt is over: lane, region, user, step, attempt, page by the plan, page that was asked for (a buyer without
   * an order looks at the cart instead of it), planned, sent, ended, status, k6's error code, flags, request id, key,
   * and the text of a checkout's reply or of the error; of an order's page the order that was asked for, and its text.
   * In the lane `clashes`: of a key that was sent again with another body, the text of any reply.
   */
  attempt: "A",
  /** A step was given up, because its user still waited for an earlier page: lane, region, user, step, page, planned. */
  lost: "L",
  /** The script itself failed: lane, user, step, text. */
  exception: "E",
} as const;

/** Letters of an attempt's flags. */
export const FLAGS = {
  /** The reply carries `X-Not-Executed`. */
  notExecuted: "n",
  /** No connection of this user was open, so an attempt that found none cannot have been sent on an older one. */
  fresh: "f",
} as const;

/** The lane of a step: a buyer of the lane who looks at the order is counted apart. */
export function laneOf(lane: string, letter: string): string {
  return lane === "buyers" && letter === "o" ? "looks" : lane;
}

/** Letters of the timetable (`harness/load/plan/step.ts`) and their pages. */
export const PAGES: Readonly<Record<string, string>> = {
  h: "home",
  s: "search",
  c: "category",
  p: "product",
  v: "cart",
  a: "add",
  k: "checkout",
  o: "order",
};
