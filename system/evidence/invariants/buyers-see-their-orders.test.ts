import { look } from "../testing/clean-run.ts";
import { seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "a buyer does not find an order that was acknowledged",
    (run) => {
      run.looks.unshift({ kind: "order.look", orderId: "200002", status: 404 });
    },
    ["buyers-see-their-orders"],
  ],
  [
    "the page of an acknowledged order says nothing of it",
    (run) => {
      run.looks.push({ kind: "order.look", orderId: "200002", status: 200 });
    },
    ["buyers-see-their-orders"],
  ],
  [
    "an order went back before its buyer's eyes",
    (run) => {
      run.looks.push(look("200003", "accepted"));
    },
    ["buyers-see-their-orders"],
  ],
  [
    "a cancelled order came back",
    (run) => {
      run.looks.push(look("200003", "cancelled"), look("200003", "confirmed"));
    },
    ["buyers-see-their-orders"],
  ],
  [
    "a buyer saw an order in a state that there is not",
    (run) => {
      run.looks.push(look("200002", "toString"));
    },
    ["buyers-see-their-orders"],
  ],
  [
    "a buyer saw an order further than it ever came",
    (run) => {
      run.looks.push(look("200007", "cancelled"));
    },
    ["buyers-see-their-orders"],
  ],
]);
