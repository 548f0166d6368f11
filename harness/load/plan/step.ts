import type { Lane, Page } from "#core/history.ts";
import type { Region } from "#core/topology.ts";

export interface OrderLine {
  readonly productId: number;
  readonly quantity: number;
}

/**
 * How often a checkout is submitted: `double` at once with its twin, `again` once more after the answer, `clash` once more
 * after it was acknowledged, with another body under the same key.
 */
export type Submission = "once" | "double" | "again" | "clash";

/** What is asked for. A checkout without lines buys the session's cart. */
export type Ask =
  | { readonly page: "home" }
  | { readonly page: "cart" }
  | { readonly page: "order" }
  | { readonly page: "search"; readonly term: string }
  | { readonly page: "category"; readonly id: number }
  | { readonly page: "product"; readonly id: number }
  | { readonly page: "add"; readonly line: OrderLine }
  | {
      readonly page: "checkout";
      readonly lines: readonly OrderLine[];
      readonly submission: Submission;
      readonly coupon?: string;
    };

/** One planned request of a user, at an absolute instant counted from the first planned request of the load. */
export interface Step {
  readonly atMs: number;
  readonly region: Region;
  /** Number of the visit of this user (a fresh cart each), or of the buyer in the buyers' lane. */
  readonly visit: number;
  /** How long this user would wait before trying again. */
  readonly retryAfterMs: number;
  readonly ask: Ask;
}

/** A user of the crowd, or one of the buyers' lane's places, with everything it will ever do. */
export interface Timetable {
  readonly lane: Lane;
  readonly arriveMs: number;
  readonly leaveMs: number;
  readonly steps: readonly Step[];
}

const PAGE_LETTERS: Readonly<Record<Page, string>> = {
  home: "h",
  search: "s",
  category: "c",
  product: "p",
  cart: "v",
  add: "a",
  checkout: "k",
  order: "o",
};

/**
 * A timetable as one line of text, the form in which the generator reads it: planning in Node keeps the arithmetic of
 * one engine (a logarithm may differ in its last bit between two) and costs the generator nothing.
 */
export function encodeTimetable(timetable: Timetable): string {
  const head = `${timetable.lane},${Math.round(timetable.arriveMs)},${Math.round(timetable.leaveMs)}`;
  return [head, ...timetable.steps.map(encodeStep)].join(";");
}

function encodeStep(step: Step): string {
  const { ask } = step;
  return [step.atMs, PAGE_LETTERS[ask.page], step.region, step.visit, step.retryAfterMs, parameter(ask)].join(",");
}

function parameter(ask: Ask): string {
  switch (ask.page) {
    case "home":
    case "cart":
    case "order":
      return "";
    case "search":
      return encodeURIComponent(ask.term);
    case "category":
    case "product":
      return String(ask.id);
    case "add":
      return `${ask.line.productId}x${ask.line.quantity}`;
    case "checkout":
      return `${ask.submission}:${ask.lines.map((line) => `${line.productId}x${line.quantity}`).join("+")}${
        ask.coupon === undefined ? "" : `!${ask.coupon}`
      }`;
  }
}
