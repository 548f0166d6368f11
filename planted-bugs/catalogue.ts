import type { PlantedBugRun } from "./planted-bug.ts";
import { FAULT_MS } from "./scenarios/shared/at-the-peak.ts";
import { fewUsers } from "./scenarios/shared/few-users.ts";

/** Fewer than these could be chance, or hide in a run that was cut short. */
export const LEAST_FOUND = 5;

/** The buyers' lane is all that is counted on. Shoppers buy as well, which only adds to what is found. */
const LANE = { count: fewUsers().buyersPerSecond, of: "buyers a second" };

/** Buyers who look at their order at once (`harness/load/plan/mix.ts`). */
const LOOKS_PER_SECOND = 5;

/** How long the replica of one region is left behind. */
const BEHIND = { count: 20, of: "s" };

const WHOLE_RUN = { count: fewUsers().phases.reduce((sum, { forMs }) => sum + forMs, 0) / 1_000, of: "s" };

/** How long the faults last, not counting their proofs. */
const FAULT = { count: FAULT_MS / 1_000, of: "s of the fault" };

/** Which run exposes which bug, and how often it has to show. */
export const PLANTED_BUGS: readonly PlantedBugRun[] = [
  {
    bug: "wrong-ledger-sign",
    scenario: "planted-calm",
    expected: [LANE, WHOLE_RUN, { count: 0.13, of: "with a second line" }],
  },
  {
    bug: "outbox-row-twice",
    scenario: "planted-calm",
    expected: [LANE, WHOLE_RUN, { count: 0.13, of: "with a second line" }],
  },
  {
    bug: "no-idempotency",
    scenario: "planted-calm",
    // Its second order is found in the database and in what its buyer was told.
    expected: [LANE, WHOLE_RUN, { count: 0.02, of: "that submit twice" }, { count: 2, of: "findings each" }],
  },
  {
    bug: "decrement-without-condition",
    scenario: "planted-calm",
    // Three of each of the five are on the shelf: the first orders of 46.
    expected: [LANE, WHOLE_RUN, { count: 0.05, of: "of a door-buster" }, { count: 0.75, of: "of them too late" }],
  },
  {
    bug: "coupon-limit-unchecked",
    scenario: "planted-calm",
    // It is good for four orders, which two of the lane a second have used up in four seconds at the latest.
    expected: [LANE, { ...WHOLE_RUN, count: WHOLE_RUN.count - 4 }, { count: 0.1, of: "with a coupon" }],
  },
  {
    bug: "acknowledge-before-commit",
    scenario: "planted-pooler-silent",
    expected: [LANE, FAULT],
  },
  {
    bug: "job-outside-transaction",
    scenario: "planted-commits-hang",
    // An application gives a checkout up after two seconds; twelve of them share the pooler's connections meanwhile.
    expected: [{ count: 12, of: "connections" }, { count: 0.5, of: "checkouts a second" }, FAULT],
  },
  {
    bug: "stock-returned-twice",
    scenario: "planted-relay-unanswered",
    expected: [LANE, FAULT, { count: 0.1, of: "whose card is declined" }],
  },
  {
    bug: "no-job-dedupe",
    scenario: "planted-relay-unanswered",
    expected: [LANE, FAULT, { count: 4, of: "effects: payment, stock, confirmation, goods" }],
  },
  {
    bug: "no-invalidation",
    scenario: "planted-calm",
    // By the catalogue's popularity 1,200 lines are of 800 products.
    expected: [LANE, WHOLE_RUN, { count: 0.6, of: "of another product each" }, { count: 4, of: "replicas" }],
  },
  {
    bug: "fill-after-invalidation",
    scenario: "planted-replica-behind",
    // By the catalogue's popularity, with the ten product pages a second that users of the region ask for.
    expected: [
      LANE,
      BEHIND,
      { count: 0.03, of: "looked at there afterwards, and not bought again" },
      { count: 2, of: "replicas" },
    ],
  },
  {
    bug: "read-from-lagging-replica",
    scenario: "planted-replica-behind",
    expected: [
      { count: LOOKS_PER_SECOND, of: "looks at orders a second" },
      BEHIND,
      { count: 0.4, of: "in that region" },
    ],
  },
];
