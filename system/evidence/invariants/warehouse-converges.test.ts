import { partOf } from "../testing/clean-run.ts";
import { first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "an order never reached the warehouse",
    (run) => {
      const warehouse = partOf(run, "warehouse");
      warehouse.orders = warehouse.orders.slice(1);
    },
    ["warehouse-converges"],
  ],
  [
    "an order is in the warehouse twice",
    (run) => {
      const { orders } = partOf(run, "warehouse");
      orders.push(first(orders));
    },
    ["warehouse-converges"],
  ],
  [
    "the warehouse has an order that the shop does not",
    (run) => {
      partOf(run, "warehouse").orders.push(["200099", 1]);
    },
    ["warehouse-converges"],
  ],
  [
    "the warehouse lost a line",
    (run) => {
      partOf(run, "warehouse").lines -= 1;
    },
    ["warehouse-converges"],
  ],
  [
    "the warehouse has as many lines, and one of them at another price",
    (run) => {
      partOf(run, "warehouse").linesCents += 1;
    },
    ["warehouse-converges"],
  ],
  [
    "an order has another total in the warehouse, its lines are right",
    (run) => {
      first(partOf(run, "warehouse").orders)[1] += 1;
    },
    ["warehouse-converges"],
  ],
]);
