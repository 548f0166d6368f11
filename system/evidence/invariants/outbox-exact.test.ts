import { partOf } from "../testing/clean-run.ts";
import { first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "an order was never announced",
    (run) => {
      run.parts.outbox = partOf(run, "outbox").slice(1);
    },
    ["outbox-exact"],
  ],
  [
    "an order was announced twice",
    (run) => {
      first(partOf(run, "outbox")).rows = 2;
    },
    ["outbox-exact"],
  ],
  [
    "an announcement has no order",
    (run) => {
      partOf(run, "outbox").push({ orderId: "200099", rows: 1, unpublished: 0, announcedCents: 500 });
    },
    ["outbox-exact"],
  ],
  [
    "an announcement was never published",
    (run) => {
      first(partOf(run, "outbox")).unpublished = 1;
    },
    ["outbox-exact"],
  ],
  [
    "an announcement says another total",
    (run) => {
      first(partOf(run, "outbox")).announcedCents = 1;
    },
    ["outbox-exact"],
  ],
]);
