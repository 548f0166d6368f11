import { partOf } from "../testing/clean-run.ts";
import { first, seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "a key was told both of an order and of a product that is sold out",
    (run) => {
      run.writes.push(
        { kind: "write.intent", key: "k1", attempt: 2, session: "s", lines: [{ productId: 1, quantity: 1 }] },
        { kind: "write.result", key: "k1", attempt: 2, result: "fail", status: 410, soldOutProductId: 1 },
      );
    },
    ["replies-agree"],
  ],
  [
    "an answer was given and not stored",
    (run) => {
      run.parts.replies = partOf(run, "replies").filter((reply) => reply.key !== "late");
    },
    ["replies-agree"],
  ],
  [
    "a stored answer names another order",
    (run) => {
      first(partOf(run, "replies")).orderId = "200002";
    },
    ["replies-agree"],
  ],
  [
    "an order has no stored answer, although nobody was told of it",
    (run) => {
      run.parts.replies = partOf(run, "replies").filter((reply) => reply.key !== "k4");
    },
    ["replies-agree"],
  ],
]);
