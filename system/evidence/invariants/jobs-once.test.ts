import { partOf } from "../testing/clean-run.ts";
import { cancelled, first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "a job took effect twice",
    (run) => {
      first(partOf(run, "effects")).payment = 2;
    },
    ["jobs-once"],
  ],
  [
    "a step of a confirmed order never took effect",
    (run) => {
      const effects = first(partOf(run, "effects"));
      effects.stock = 0;
      effects.movements = [];
    },
    ["jobs-once"],
  ],
  [
    "goods were moved twice",
    (run) => {
      const effects = first(partOf(run, "effects"));
      effects.movements = [...effects.movements, ...effects.movements];
    },
    ["jobs-once"],
  ],
  [
    "a job took effect for an order that is gone",
    (run) => {
      const effects = partOf(run, "effects");
      effects.push({ ...first(effects), orderId: "200099" });
    },
    ["jobs-once"],
  ],
  [
    "the goods of a cancelled order left the shelf",
    (run) => {
      cancelled(partOf(run, "effects")).movements = [[2, 1]];
    },
    ["jobs-once"],
  ],
  [
    "an order was cancelled twice",
    (run) => {
      cancelled(partOf(run, "effects")).cancellation = 2;
    },
    ["jobs-once"],
  ],
  [
    "an order is cancelled, and no job did it",
    (run) => {
      const effects = cancelled(partOf(run, "effects"));
      effects.cancellation = 0;
      effects.movements = [];
    },
    ["jobs-once"],
  ],
  [
    "an order was both cancelled and fulfilled",
    (run) => {
      const effects = cancelled(partOf(run, "effects"));
      Object.assign(effects, { payment: 1, stock: 1, confirmation: 1 });
    },
    ["jobs-once"],
  ],
  [
    "a confirmed order was cancelled as well",
    (run) => {
      first(partOf(run, "effects")).cancellation = 1;
    },
    ["jobs-once"],
  ],
]);
