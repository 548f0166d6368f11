import { partOf } from "../testing/clean-run.ts";
import { cancelled, first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    // Everything that the shop said and holds agrees: only the catalogue knows better.
    "everybody is charged a price that is not the catalogue's, told and stored alike",
    (run) => {
      run.parts.prices = partOf(run, "prices").map(([product, cents]) => [product, cents - 100]);
    },
    ["money-conserved"],
  ],
  [
    "an order was charged for a product that the catalogue does not have",
    (run) => {
      run.parts.prices = partOf(run, "prices").filter(([product]) => product !== 3);
    },
    ["money-conserved"],
  ],
  [
    "the total of a discounted order forgets the discount",
    (run) => {
      const order = first(partOf(run, "orders").slice(3));
      order.totalCents += order.discountCents;
    },
    ["money-conserved", "outbox-exact", "warehouse-converges"],
  ],
  [
    "the entries of an order do not sum to zero",
    (run) => {
      first(partOf(run, "ledger")).customer += 1;
    },
    ["money-conserved"],
  ],
  [
    "a cent of the customer's is booked at the provider, and all entries sum to zero",
    (run) => {
      const entry = first(partOf(run, "ledger"));
      entry.customer += 1;
      entry.provider -= 1;
    },
    ["money-conserved"],
  ],
  [
    "a payment was booked twice",
    (run) => {
      const entry = first(partOf(run, "ledger"));
      entry.provider *= 2;
      entry.receivable *= 2;
      entry.entries += 2;
    },
    ["money-conserved"],
  ],
  [
    "an order is not in the ledger",
    (run) => {
      run.parts.ledger = partOf(run, "ledger").slice(1);
    },
    ["money-conserved"],
  ],
  [
    "the ledger has an order that does not exist",
    (run) => {
      const ledger = partOf(run, "ledger");
      ledger.push({ ...first(ledger), orderId: "200099" });
    },
    ["money-conserved"],
  ],
  [
    "the provider took another amount",
    (run) => {
      first(partOf(run, "payments")).amountCents += 1;
    },
    ["money-conserved"],
  ],
  [
    // A checkout without a queue that gives up between the capture and its booking, and is never sent again.
    "the provider took the money of an order that stays accepted",
    (run) => {
      run.without.push("queue");
      const order = first(partOf(run, "orders"));
      order.status = "accepted";
      const entry = first(partOf(run, "ledger"));
      entry.provider = 0;
      entry.receivable = 0;
      entry.entries = 2;
      run.parts.effects = partOf(run, "effects").slice(1);
    },
    ["money-conserved"],
  ],
  [
    "the provider took money for no order",
    (run) => {
      partOf(run, "payments").push({ idempotencyKey: "shed", orderKey: "shed", amountCents: 500 });
    },
    ["money-conserved"],
  ],
  [
    "an order was cancelled whose card was good",
    (run) => {
      run.parts.declined = [];
    },
    ["money-conserved"],
  ],
  [
    "the provider took the money of a cancelled order",
    (run) => {
      partOf(run, "payments").push({ idempotencyKey: "k7", orderKey: "k7", amountCents: 720 });
    },
    ["money-conserved"],
  ],
  [
    "the entries of a cancelled order were never reversed",
    (run) => {
      Object.assign(cancelled(partOf(run, "ledger")), { customer: -720, revenue: 720, entries: 2 });
    },
    ["money-conserved"],
  ],
  [
    "the entries of a cancelled order were reversed twice",
    (run) => {
      Object.assign(cancelled(partOf(run, "ledger")), { customer: 720, revenue: -720, entries: 6 });
    },
    ["money-conserved"],
  ],
  [
    "the wrong account of a cancelled order was reversed",
    (run) => {
      Object.assign(cancelled(partOf(run, "ledger")), { customer: -720, provider: 720 });
    },
    ["money-conserved"],
  ],
]);
