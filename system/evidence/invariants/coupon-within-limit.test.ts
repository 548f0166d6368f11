import { expect, test } from "vitest";
import { brokenBy, type HandMadeRun, judgeAll, partOf } from "../testing/clean-run.ts";
import { first, seesEach, spoilt, withhold } from "../testing/spoilt.ts";

seesEach([
  [
    "a coupon was used more often than it may be",
    (run) => {
      first(partOf(run, "coupons")).mostUses = 1;
    },
    ["coupon-within-limit"],
  ],
  [
    "a use of a coupon was not counted",
    (run) => {
      first(partOf(run, "coupons")).used = 1;
    },
    ["coupon-within-limit"],
  ],
  [
    "a cancelled order keeps its use of the coupon",
    (run) => {
      first(partOf(run, "coupons")).used = 3;
    },
    ["coupon-within-limit"],
  ],
  [
    "a coupon was used beyond its limit until a cancellation gave a use back",
    (run) => {
      first(partOf(run, "coupons")).highest = 4;
    },
    ["coupon-within-limit"],
  ],
  [
    "the row of a coupon says that it was never used as often as it is",
    (run) => {
      first(partOf(run, "coupons")).highest = 1;
    },
    ["coupon-within-limit"],
  ],
  [
    "an order whose buyer never heard the answer has no discount, and two of the two uses were given later",
    (run) => {
      withhold(run, "k4");
      Object.assign(first(partOf(run, "coupons")), { mostUses: 2, used: 1, highest: 2 });
    },
    ["coupon-within-limit"],
  ],
  [
    "an order whose buyer never heard the answer has no discount, and the coupon was never used up",
    (run) => {
      withhold(run, "k4");
      // Nobody else was refused it.
      for (const write of run.writes) {
        if (write.kind === "write.intent" && write.key === "k6") delete (write as { coupon?: string }).coupon;
      }
      Object.assign(first(partOf(run, "coupons")), { used: 1, highest: 2 });
    },
    ["coupon-within-limit"],
  ],
  [
    "a coupon took off more than its percentage, and the total says so rightly",
    (run) => {
      const order = first(partOf(run, "orders").slice(3));
      order.discountCents += 10;
      order.totalCents -= 10;
    },
    ["coupon-within-limit", "money-conserved", "outbox-exact", "warehouse-converges"],
  ],
  [
    "an order has a coupon that does not exist",
    (run) => {
      first(partOf(run, "orders").slice(3)).coupon = "NOSUCHCODE";
    },
    ["coupon-within-limit"],
  ],
  [
    "an order has a coupon that its buyer did not send",
    (run) => {
      for (const write of run.writes) {
        if (write.kind === "write.intent" && write.key === "k4") delete (write as { coupon?: string }).coupon;
      }
    },
    ["coupon-within-limit"],
  ],
  [
    "a buyer was told of another discount than is stored",
    (run) => {
      run.writes = run.writes.map((write) =>
        write.kind === "write.result" && write.key === "k2" ? { ...write, discountCents: 1 } : write,
      );
    },
    ["coupon-within-limit"],
  ],
  [
    "a buyer was refused the discount before it can have been used up",
    (run) => {
      const refused = run.writes.filter((write) => write.key === "k6");
      run.writes = [...refused, ...run.writes.filter((write) => write.key !== "k6")];
    },
    ["coupon-within-limit"],
  ],
]);

test("a number out of its order says nothing of who came first, and the others still do", () => {
  const run = spoilt((each) => {
    withhold(each, "k4");
    Object.assign(first(partOf(each, "coupons")), { mostUses: 2, used: 1, highest: 2 });
  });
  const found = [
    "order 200004 (key k4) has no discount, its buyer sent EARLYBIRD, and of the 2 orders that it is good for, 1 have a smaller number",
  ];
  const judged = (numbers: Readonly<Record<string, string>>) => {
    const text = Object.entries(numbers).reduce(
      (told, [id, number]) => told.replaceAll(`"${id}"`, `"${number}"`),
      JSON.stringify(run),
    );
    const renumbered: HandMadeRun = JSON.parse(text);
    return { broken: brokenBy(renumbered), found: judgeAll(renumbered).get("coupon-within-limit") };
  };
  expect(judged({}).found).toMatchObject({ offenders: found, reason: expect.not.stringContaining("left out") });
  // One that came first has the greatest: it may be of any time, and the others convict the shop all the same.
  expect(judged({ "200002": "999999" }).found).toMatchObject({
    offenders: found,
    reason: expect.stringContaining("left out by number: 1 order that asked for a coupon"),
  });
  // All of them the other way round: no number says anything.
  const reversed = judged({ "200002": "900004", "200004": "900003", "200006": "900002", "200007": "900001" });
  expect(reversed.broken).toEqual([]);
  expect(reversed.found).toMatchObject({
    state: "held",
    reason: expect.stringContaining("left out by number: 3 orders"),
  });
});
