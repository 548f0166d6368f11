import { seesEach } from "../testing/spoilt.ts";

seesEach([
  [
    "an order has a key that nobody sent",
    (run) => {
      run.writes = run.writes.filter((write) => write.key !== "k6");
    },
    ["no-order-invented"],
  ],
  [
    "an order exists although its only attempt was answered as not executed",
    (run) => {
      run.writes = run.writes.filter((write) => write.key !== "k6");
      run.writes.push(
        { kind: "write.intent", key: "k6", attempt: 1, session: "s", lines: [{ productId: 3, quantity: 1 }] },
        { kind: "write.result", key: "k6", attempt: 1, result: "fail", status: 503 },
      );
    },
    ["no-order-invented"],
  ],
]);
