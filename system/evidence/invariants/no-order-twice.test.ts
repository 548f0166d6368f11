import { partOf } from "../testing/clean-run.ts";
import { first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "an order was paid twice under two keys",
    (run) => {
      const payments = partOf(run, "payments");
      payments.push({ ...first(payments), idempotencyKey: "another" });
    },
    ["no-order-twice", "money-conserved", "jobs-once"],
  ],
  [
    "a confirmed order was never paid",
    (run) => {
      run.parts.payments = partOf(run, "payments").slice(1);
    },
    ["no-order-twice"],
  ],
  [
    "an order whose card was declined is confirmed",
    (run) => {
      for (const order of partOf(run, "orders")) order.status = "confirmed";
    },
    ["no-order-twice", "nothing-oversold", "coupon-within-limit", "money-conserved", "jobs-once"],
  ],
]);
