import { expect, test } from "vitest";
import { brokenBy, judgeAll, partOf } from "../testing/clean-run.ts";
import { cancelled, first, seesEach, spoilt } from "../testing/spoilt.ts";

seesEach([
  [
    "a shelf is below zero",
    (run) => {
      const shelf = first(partOf(run, "stock"));
      shelf.initial = 1;
      shelf.onHand = -1;
      shelf.lowest = -1;
    },
    ["nothing-oversold"],
  ],
  [
    "more was sold than left the shelf",
    (run) => {
      first(partOf(run, "stock").slice(1)).onHand += 1;
    },
    ["nothing-oversold"],
  ],
  [
    "more left the shelf than was sold",
    (run) => {
      const shelf = first(partOf(run, "stock").slice(1));
      shelf.onHand -= 1;
      shelf.lowest -= 1;
    },
    ["nothing-oversold"],
  ],
  [
    "a shelf was below zero until a declined card brought goods back",
    (run) => {
      first(partOf(run, "stock")).lowest = -1;
    },
    ["nothing-oversold"],
  ],
  [
    "the row of a shelf says that it was never as low as it is",
    (run) => {
      first(partOf(run, "stock").slice(1)).lowest = 98;
    },
    ["nothing-oversold"],
  ],
  [
    "a product that was sold has no stock row",
    (run) => {
      run.parts.stock = partOf(run, "stock").slice(0, 2);
    },
    ["nothing-oversold"],
  ],
  [
    "a buyer was told of a product in stock that it is sold out",
    (run) => {
      run.writes.push(
        { kind: "write.intent", key: "lied-to", attempt: 1, session: "s", lines: [{ productId: 2, quantity: 2 }] },
        { kind: "write.result", key: "lied-to", attempt: 1, result: "fail", status: 410, soldOutProductId: 2 },
      );
      partOf(run, "replies").push({
        key: "lied-to",
        status: 410,
        orderId: null,
        totalCents: null,
        soldOutProductId: 2,
      });
    },
    ["nothing-oversold"],
  ],
  [
    "a buyer was told that a product is sold out before the last of it was even asked for",
    (run) => {
      const late = run.writes.filter((write) => write.key === "late");
      const others = run.writes.filter((write) => write.key !== "late");
      // After k1, which took one of the two, and before k5, which took the other.
      run.writes = [...others.slice(0, 2), ...late, ...others.slice(2)];
    },
    ["nothing-oversold"],
  ],
  [
    "the buyer of a cart was told of a product in plenty that it is sold out",
    (run) => {
      run.writes.push(
        { kind: "write.intent", key: "lied-to", attempt: 1, session: "s", lines: [] },
        { kind: "write.result", key: "lied-to", attempt: 1, result: "fail", status: 410, soldOutProductId: 2 },
      );
      partOf(run, "replies").push({
        key: "lied-to",
        status: 410,
        orderId: null,
        totalCents: null,
        soldOutProductId: 2,
      });
    },
    ["nothing-oversold"],
  ],
  [
    "the goods of a cancelled order went back twice",
    (run) => {
      first(partOf(run, "stock").slice(1)).onHand += 1;
      const effects = cancelled(partOf(run, "effects"));
      effects.movements = [...effects.movements, ...effects.movements];
    },
    ["nothing-oversold", "jobs-once"],
  ],
  [
    "the goods of a cancelled order never went back",
    (run) => {
      first(partOf(run, "stock").slice(1)).onHand -= 1;
      cancelled(partOf(run, "effects")).movements = [];
    },
    ["nothing-oversold", "jobs-once"],
  ],
]);

test("what was promised for a time and not there is told with its product", () => {
  const run = spoilt((each) => {
    first(partOf(each, "stock")).lowest = -1;
  });
  expect(judgeAll(run).get("nothing-oversold")?.offenders).toEqual([
    "product 1: was at -1 for a time, 1 more were sold than were there of 2; 0 on hand in the end",
  ]);
});

test("whoever wants three of a product of which there are two is told rightly that it is sold out", () => {
  const run = spoilt((each) => {
    each.writes.push(
      { kind: "write.intent", key: "three", attempt: 1, session: "s", lines: [{ productId: 4, quantity: 3 }] },
      { kind: "write.result", key: "three", attempt: 1, result: "fail", status: 410, soldOutProductId: 4 },
    );
    partOf(each, "replies").push({ key: "three", status: 410, orderId: null, totalCents: null, soldOutProductId: 4 });
    partOf(each, "stock").push({ productId: 4, initial: 2, onHand: 2, lowest: 2 });
  });
  expect(brokenBy(run)).toEqual([]);
});

test("an oversold shelf names the orders that it cannot fill", () => {
  const run = spoilt((each) => {
    Object.assign(first(partOf(each, "stock")), { initial: 1, onHand: -1, lowest: -1 });
  });
  const offenders = judgeAll(run).get("nothing-oversold")?.offenders;
  expect(offenders).toEqual(["product 1: 2 sold of 1, -1 on hand: order 200005"]);
});
