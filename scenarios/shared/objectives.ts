import { type Duration, durationMs } from "#core/duration.ts";
import type { Objective, Subject, Window } from "#core/scenario.ts";

interface Judged {
  /** The whole run, unless said otherwise. */
  readonly window?: Window;
}

/** 99 of 100 attempts, counted from their planned start, are answered well within this time. */
export function p99(subject: Subject, { below, window = "whole" }: Judged & { readonly below: Duration }): Objective {
  return { kind: "latency", subject, quantile: 0.99, belowMs: durationMs(below), window };
}

/** The share of attempts that end well: `0.999` allows one failure in a thousand. */
export function availability(
  subject: Subject,
  { atLeast, window = "whole" }: Judged & { readonly atLeast: number },
): Objective {
  return { kind: "availability", subject, atLeast, window };
}

/** How long after each heal the shop may still hurt. */
export function recovers(subject: Subject, { within }: { readonly within: Duration }): Objective {
  return { kind: "recovery", subject, withinMs: durationMs(within) };
}

/** The share of logical reads that reach no database at all. */
export function readsAvoided({ atLeast, window = "whole" }: Judged & { readonly atLeast: number }): Objective {
  return { kind: "reads-avoided", atLeast, window };
}

/**
 * Something about the shop's own truth that nothing may break.
 * @public
 */
export function invariant(name: string): Objective {
  return { kind: "invariant", name };
}

/** Something that has to happen at least once, or the run has proven nothing. */
export function sometimes(property: string): Objective {
  return { kind: "sometimes", property };
}

/** What must be true of the shop after any run, whatever was done to it. */
export const shopInvariants: readonly Objective[] = [
  "no-order-lost",
  "no-order-invented",
  "no-order-twice",
  "nothing-oversold",
  "coupon-within-limit",
  "money-conserved",
  "outbox-exact",
  "jobs-once",
  "jobs-finished",
  "warehouse-converges",
  "replies-agree",
  "pages-true",
  "buyers-see-their-orders",
].map(invariant);
