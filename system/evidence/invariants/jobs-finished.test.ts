import { partOf } from "../testing/clean-run.ts";
import { first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "a job is left over",
    (run) => {
      partOf(run, "jobs").unfinished["payments/waiting"] = 3;
    },
    ["jobs-finished"],
  ],
  [
    "a job has failed for good",
    (run) => {
      partOf(run, "jobs").failed.push({ queue: "payments", id: "payment-200001", reason: "refused" });
    },
    ["jobs-finished"],
  ],
  [
    "an order is never confirmed",
    (run) => {
      first(partOf(run, "orders")).status = "paid";
    },
    ["jobs-finished"],
  ],
]);
