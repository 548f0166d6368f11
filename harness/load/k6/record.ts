/**
 * The generator's records: one line of tab-separated fields each, written unbuffered by `console.log`. This file is
 * read by k6 as well: it imports nothing. Times are whole microseconds from the first planned request.
 */

/** First field of a line. */
export const MARKS = {
  /** A user of the crowd came: number, time. */
  arrived: "U",
  /** A timetable is done: lane, number, time, steps dealt with. */
  left: "D",
  /** A write is about to leave. */
  intent: "I",
  /** An attempt is over. */
  attempt: "A",
  /** A step was given up, because its user still waited for an earlier page. */
  lost: "L",
  /** The script itself failed at a step. */
  exception: "E",
} as const;

export const ATTEMPT_FIELDS = [
  "lane",
  "region",
  "user",
  "step",
  "attempt",
  /** Page by the plan, and page that was asked for: a buyer without an order looks at the cart instead of it. */
  "planned",
  "page",
  "plannedUs",
  "sentUs",
  "endedUs",
  "status",
  "errorCode",
  /** Any of FLAGS. */
  "flags",
  /** Request id, as the edge logs it. */
  "id",
  "key",
  "body",
] as const;

export const FLAGS = {
  /** The reply carries `X-Not-Executed`. */
  notExecuted: "n",
  /** No connection of this user was open, so an attempt that found none cannot have been sent on an older one. */
  fresh: "f",
} as const;

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
