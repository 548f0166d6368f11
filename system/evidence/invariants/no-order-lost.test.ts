import { partOf } from "../testing/clean-run.ts";
import { first, seesEach, tell } from "../testing/spoilt.ts";

seesEach([
  [
    "an acknowledged order is gone with all that belongs to it",
    (run) => {
      for (const name of ["orders", "ledger", "outbox", "effects", "payments", "replies"] as const) {
        Object.assign(run.parts, { [name]: partOf(run, name).slice(1) });
      }
      const warehouse = partOf(run, "warehouse");
      run.parts.warehouse = {
        orders: warehouse.orders.slice(1),
        lines: warehouse.lines - 1,
        linesCents: warehouse.linesCents - 500,
      };
      first(partOf(run, "stock")).onHand += 1;
    },
    // The door-buster is back on the shelf, so whoever was told "sold out" was told a lie.
    ["no-order-lost", "nothing-oversold", "replies-agree"],
  ],
  [
    "an acknowledged order has another line than was asked for",
    (run) => {
      first(partOf(run, "orders")).lines = [[2, 1, 500]];
    },
    ["no-order-lost", "nothing-oversold", "money-conserved", "jobs-once"],
  ],
  [
    "a cart's order has another quantity than its buyer was told of",
    (run) => {
      tell(run, "k5", [{ productId: 1, quantity: 2, priceCents: 250 }]);
    },
    ["no-order-lost"],
  ],
  [
    "a cart's order has another product than its buyer was told of",
    (run) => {
      tell(run, "k5", [{ productId: 2, quantity: 1, priceCents: 500 }]);
    },
    ["no-order-lost"],
  ],
  [
    "the lines of an acknowledged order have other prices than were told, and the same total",
    (run) => {
      tell(run, "k2", [
        { productId: 2, quantity: 2, priceCents: 1_000 },
        { productId: 3, quantity: 1, priceCents: 1_000 },
      ]);
    },
    ["no-order-lost"],
  ],
  [
    "an acknowledged order has another total than was told",
    (run) => {
      first(partOf(run, "orders")).totalCents = 400;
    },
    ["no-order-lost", "money-conserved", "outbox-exact", "warehouse-converges"],
  ],
  [
    "one key has two orders",
    (run) => {
      const orders = partOf(run, "orders");
      orders.push({ ...first(orders), id: "200008" });
    },
    [
      "no-order-lost",
      "no-order-twice",
      "nothing-oversold",
      "money-conserved",
      "outbox-exact",
      "jobs-once",
      "warehouse-converges",
      "replies-agree",
    ],
  ],
  [
    "a key was acknowledged as two different orders",
    (run) => {
      run.writes.push(
        { kind: "write.intent", key: "k1", attempt: 2, session: "s", lines: [{ productId: 1, quantity: 1 }] },
        { kind: "write.result", key: "k1", attempt: 2, result: "ok", status: 201, orderId: "200009", totalCents: 500 },
      );
    },
    ["no-order-lost", "no-order-twice", "replies-agree"],
  ],
  [
    "an order has a discount and no coupon",
    (run) => {
      const order = first(partOf(run, "orders"));
      order.discountCents = 100;
      order.totalCents -= 100;
    },
    ["no-order-lost", "coupon-within-limit", "money-conserved", "outbox-exact", "warehouse-converges"],
  ],
  [
    "the total is not what the lines make",
    (run) => {
      first(partOf(run, "orders")).lines = [[1, 1, 499]];
    },
    // The buyer was told another price than the one that is stored.
    ["no-order-lost", "money-conserved"],
  ],
  [
    "a resend was told another total",
    (run) => {
      run.writes = run.writes.map((write) =>
        write.kind === "write.result" && write.key === "k2" && write.attempt === 2
          ? { ...write, totalCents: 1 }
          : write,
      );
    },
    ["no-order-lost", "replies-agree"],
  ],
]);
