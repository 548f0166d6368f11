import type { Checker } from "#core/verdict.ts";
import { buyersSeeTheirOrders } from "./buyers-see-their-orders.ts";
import { couponWithinLimit } from "./coupon-within-limit.ts";
import { invariantChecker } from "./finding.ts";
import { jobsFinished } from "./jobs-finished.ts";
import { jobsOnce } from "./jobs-once.ts";
import { moneyConserved } from "./money-conserved.ts";
import { noOrderInvented } from "./no-order-invented.ts";
import { noOrderLost } from "./no-order-lost.ts";
import { noOrderTwice } from "./no-order-twice.ts";
import { nothingOversold } from "./nothing-oversold.ts";
import { outboxExact } from "./outbox-exact.ts";
import { pagesTrue } from "./pages-true.ts";
import { repliesAgree } from "./replies-agree.ts";
import { warehouseConverges } from "./warehouse-converges.ts";

/** What must be true of the shop's orders after a run, whatever was done to it. */
export const invariantCheckers: readonly Checker[] = [
  invariantChecker(noOrderLost),
  invariantChecker(noOrderInvented),
  invariantChecker(noOrderTwice),
  invariantChecker(nothingOversold),
  invariantChecker(couponWithinLimit),
  invariantChecker(moneyConserved),
  invariantChecker(outboxExact),
  invariantChecker(jobsOnce),
  invariantChecker(jobsFinished),
  invariantChecker(warehouseConverges),
  invariantChecker(repliesAgree),
  invariantChecker(pagesTrue),
  invariantChecker(buyersSeeTheirOrders),
];
