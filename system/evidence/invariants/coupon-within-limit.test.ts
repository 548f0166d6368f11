import { partOf } from "../testing/clean-run.ts";
import { first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "a coupon was used more often than it may be",
    (run) => {
      first(partOf(run, "coupons")).mostUses = 1;
    },
    ["coupon-within-limit"],
  ],
  [
    "a use of a coupon was not counted",
    (run) => {
      first(partOf(run, "coupons")).used = 1;
    },
    ["coupon-within-limit"],
  ],
  [
    "a cancelled order keeps its use of the coupon",
    (run) => {
      first(partOf(run, "coupons")).used = 3;
    },
    ["coupon-within-limit"],
  ],
  [
    "a coupon took off more than its percentage, and the total says so rightly",
    (run) => {
      const order = first(partOf(run, "orders").slice(3));
      order.discountCents += 10;
      order.totalCents -= 10;
    },
    ["coupon-within-limit", "money-conserved", "outbox-exact", "warehouse-converges"],
  ],
  [
    "an order has a coupon that does not exist",
    (run) => {
      first(partOf(run, "orders").slice(3)).coupon = "NOSUCHCODE";
    },
    ["coupon-within-limit"],
  ],
  [
    "an order has a coupon that its buyer did not send",
    (run) => {
      for (const write of run.writes) {
        if (write.kind === "write.intent" && write.key === "k4") delete (write as { coupon?: string }).coupon;
      }
    },
    ["coupon-within-limit"],
  ],
  [
    "a buyer was told of another discount than is stored",
    (run) => {
      run.writes = run.writes.map((write) =>
        write.kind === "write.result" && write.key === "k2" ? { ...write, discountCents: 1 } : write,
      );
    },
    ["coupon-within-limit"],
  ],
  [
    "a buyer was refused the discount before it can have been used up",
    (run) => {
      const refused = run.writes.filter((write) => write.key === "k6");
      run.writes = [...refused, ...run.writes.filter((write) => write.key !== "k6")];
    },
    ["coupon-within-limit"],
  ],
]);
