import type { ProtectionName } from "./switches.ts";

/**
 * A mistake that the shop can be given on purpose: one that real shops have made, made the way they made it. It proves
 * that a checker would have found it. None of them is slow on purpose, and none is in a shop that was not given it.
 */
export interface Bug {
  /** Kebab-case, in the field's terms. */
  readonly name: string;
  /** What the shop does wrong, in a sentence: said wherever the run is shown. */
  readonly does: string;
  /** How a team comes to write it. */
  readonly because: string;
  /** The invariant that has to find it. */
  readonly caughtBy: string;
  /** Protections whose code has the bug; without one of them the shop is as it was, and nothing would be proven. */
  readonly needs: readonly ProtectionName[];
}

export const BUGS = [
  {
    name: "wrong-ledger-sign",
    does: "books the customer's side of an order with the wrong sign when it has several lines",
    because: "the second case was added later and copied from the shop's side of the entry",
    caughtBy: "money-conserved",
    needs: ["queries"],
  },
  {
    name: "outbox-row-twice",
    does: "announces an order once for each of its lines",
    because: "the announcement is selected from the lines of the order, where it once was selected from the order",
    caughtBy: "outbox-exact",
    needs: ["queries", "queue"],
  },
  {
    name: "no-idempotency",
    does: "places an order for every request, whatever its idempotency key",
    because: "the key was taken for a correlation id: it is stored and never looked up",
    caughtBy: "no-order-twice",
    needs: ["queries"],
  },
  {
    name: "decrement-without-condition",
    does: "takes what is bought off the shelf without asking whether it is there",
    because: "the page had shown that there was some, and the column's check stood in the way of a correction once",
    caughtBy: "nothing-oversold",
    needs: ["queries"],
  },
  {
    name: "coupon-limit-unchecked",
    does: "gives the coupon's discount to every order that asks for it, however many have it already",
    because: "the limit was checked where the code is typed, in the form, and nowhere else",
    caughtBy: "coupon-within-limit",
    needs: ["queries"],
  },
  {
    name: "acknowledge-before-commit",
    does: "tells the buyer of the order when its write was handed over, and never looks whether it landed",
    because: "the answer was to be quick also when the database is slow",
    caughtBy: "no-order-lost",
    needs: ["queries", "queue"],
  },
  {
    name: "job-outside-transaction",
    does: "writes the job of an order in a statement of its own, after the order has been committed",
    because: "the function that places orders was to know nothing of jobs",
    caughtBy: "outbox-exact",
    needs: ["queries", "queue"],
  },
  {
    name: "stock-returned-twice",
    does: "puts the goods of a cancelled order back before it looks whether that was done, and lets the queue repeat jobs",
    because:
      "effects have their guard in the database, so jobs need no id; the return was written in front of the guard",
    caughtBy: "nothing-oversold",
    needs: ["queue"],
  },
  {
    name: "no-job-dedupe",
    does: "runs a job as often as it is delivered, with all of its effects",
    because: "the queue was taken for one that delivers exactly once",
    caughtBy: "jobs-once",
    needs: ["queue"],
  },
  {
    name: "no-invalidation",
    does: "tells the warm tiers the stock once, and of no sale after that",
    because: "the feed was given a mark that it moves at every look, and what it had to tell was lost on the way",
    caughtBy: "pages-true",
    needs: ["warm-tier", "stock-feed"],
  },
  {
    name: "fill-after-invalidation",
    does: "takes what was sold out of the warm tiers, and keeps there what the next page read from its replica",
    because: "to delete a figure was thought to be simpler than to tell it, and replicas are never late on a desk",
    caughtBy: "pages-true",
    needs: ["warm-tier", "stock-feed", "replicas"],
  },
  {
    name: "read-from-lagging-replica",
    does: "reads the page of an order from the region's replica",
    because: "all other pages read there, and the primary had too much to do",
    caughtBy: "buyers-see-their-orders",
    needs: ["replicas"],
  },
] as const satisfies readonly Bug[];

export type BugName = (typeof BUGS)[number]["name"];

export const BUG_NAMES: readonly BugName[] = BUGS.map((bug) => bug.name);

/** The bug of this name, where a shop has one. */
export function bugNamed(name: string | undefined): BugName | undefined {
  return BUG_NAMES.find((known) => known === name);
}

/** What a shop has to run with for the bug to be in it. */
export function protectionsOf(bug: BugName | undefined): readonly ProtectionName[] {
  return BUGS.find(({ name }) => name === bug)?.needs ?? [];
}
