import { describe, expect, test } from "vitest";
import type { HistoryRecord } from "#core/history.ts";
import { invariantCheckers } from "../index.ts";
import {
  brokenBy,
  cleanRun,
  type HandMadeRun,
  inputOf,
  judgeAll,
  look,
  pagesOf,
  partOf,
} from "../testing/clean-run.ts";
import { first, spoilt, tell, tellSoldOut } from "../testing/spoilt.ts";
import type { Part, Shown } from "../truth.ts";

describe("a clean run", () => {
  test("holds all, and says how many were compared", () => {
    const results = [...judgeAll(cleanRun()).values()];
    expect(results.map((result) => [result.id, result.state])).toEqual([
      ["no-order-lost", "held"],
      ["no-order-invented", "held"],
      ["no-order-twice", "held"],
      ["nothing-oversold", "held"],
      ["coupon-within-limit", "held"],
      ["money-conserved", "held"],
      ["outbox-exact", "held"],
      ["jobs-once", "held"],
      ["jobs-finished", "held"],
      ["warehouse-converges", "held"],
      ["replies-agree", "held"],
      ["pages-true", "held"],
      ["buyers-see-their-orders", "held"],
    ]);
    for (const result of results) expect(result.samples).toBeGreaterThan(0);
    expect(judgeAll(cleanRun()).get("no-order-lost")).toMatchObject({
      samples: 6,
      observed: "0 in 6 acknowledged orders",
    });
  });

  test("reports only what the scenario expects", () => {
    const run = spoilt((each) => {
      each.expect = ["nothing-oversold"];
    });
    expect([...judgeAll(run).keys()]).toEqual(["nothing-oversold"]);
  });
});

test("a history that has grown since it was last judged is read anew", () => {
  const input = inputOf(cleanRun());
  const records: HistoryRecord[] = [];
  const statesOf = () =>
    invariantCheckers.flatMap((checker) => checker.check({ ...input, records })).map(({ state }) => state);
  expect(new Set(statesOf())).toEqual(new Set(["unknown"]));
  records.push(...input.records);
  expect(new Set(statesOf())).toEqual(new Set(["held"]));
});

describe("what is right is not called broken", () => {
  test("lines as they are stored, told in another order", () => {
    const run = spoilt((each) => {
      tell(each, "k2", [
        { productId: 3, quantity: 1, priceCents: 1_200 },
        { productId: 2, quantity: 2, priceCents: 900 },
      ]);
    });
    expect(brokenBy(run)).toEqual([]);
  });

  test("a product that is sold out while the order of its last unit is still under way", () => {
    const run = spoilt((each) => {
      const late = each.writes.filter((write) => write.key === "late");
      const others = each.writes.filter((write) => write.key !== "late");
      const announced = others.findIndex((write) => write.key === "k5") + 1;
      each.writes = [...others.slice(0, announced), ...late, ...others.slice(announced)];
    });
    expect(brokenBy(run)).toEqual([]);
  });
});

describe("an order that was cancelled", () => {
  test("may have held what a buyer was told is sold out, though it is back on the shelf", () => {
    expect(brokenBy(spoilt((run) => tellSoldOut(run, 97)))).toEqual([]);
    expect(brokenBy(spoilt((run) => tellSoldOut(run, 96)))).toEqual(["nothing-oversold"]);
  });
});

describe("what cannot be known is unknown", () => {
  test.each([
    ["a final read is missing", (run: HandMadeRun) => delete run.parts.orders, "missing"],
    [
      "an order shows up between the two reads",
      (run: HandMadeRun) => {
        run.second.orders = [
          ...partOf(run, "orders"),
          { ...first(partOf(run, "orders")), id: "200099", key: "zombie" },
        ];
      },
      "differ",
    ],
    [
      "a part has another form",
      (run: HandMadeRun) => {
        Object.assign(run.parts, { orders: [{ id: 1 }] });
      },
      "form",
    ],
  ])("%s", (_name, spoil, reason) => {
    const results = judgeAll(
      spoilt((run) => {
        spoil(run);
      }),
    );
    for (const id of [
      "no-order-lost",
      "no-order-invented",
      "no-order-twice",
      "nothing-oversold",
      "coupon-within-limit",
      "replies-agree",
    ]) {
      expect(results.get(id)?.state).toBe("unknown");
      expect(results.get(id)?.reason).toContain(reason);
    }
  });

  test("a zombie commit is named", () => {
    const run = spoilt((each) => {
      each.second.orders = [...partOf(each, "orders"), { ...first(partOf(each, "orders")), key: "zombie" }];
    });
    expect(judgeAll(run).get("no-order-lost")?.offenders?.join()).toContain("zombie");
  });

  test("without any record of writes nothing is said about what buyers were told", () => {
    const results = judgeAll(
      spoilt((run) => {
        run.writes = [];
      }),
    );
    for (const id of ["no-order-lost", "no-order-invented", "no-order-twice", "coupon-within-limit", "replies-agree"]) {
      expect(results.get(id)?.state).toBe("unknown");
    }
  });

  test("a shop without a single order has proven nothing", () => {
    const results = judgeAll(
      spoilt((run) => {
        for (const name of [
          "orders",
          "replies",
          "stock",
          "ledger",
          "outbox",
          "effects",
          "payments",
          "declined",
        ] as const) {
          Object.assign(run.parts, { [name]: [] });
        }
        run.parts.warehouse = { orders: [], lines: 0, linesCents: 0 };
        first(partOf(run, "coupons")).used = 0;
        run.writes = run.writes.filter((write) => write.key === "shed");
      }),
    );
    for (const result of results.values()) expect([result.id, result.state]).toEqual([result.id, "unknown"]);
  });
});

test("a run in which nobody used a coupon says nothing about its limit", () => {
  const run = spoilt((each) => {
    const mine = new Set(["k2", "k4", "k6", "k7"]);
    each.writes = each.writes.filter((write) => !mine.has(write.key));
    each.parts.orders = partOf(each, "orders").filter((order) => !mine.has(order.key));
    first(partOf(each, "coupons")).used = 0;
  });
  expect(judgeAll(run).get("coupon-within-limit")).toMatchObject({ state: "unknown", samples: 0 });
});

describe("looks at orders", () => {
  test("are counted, and none of them is no proof", () => {
    expect(judgeAll(cleanRun()).get("buyers-see-their-orders")?.observed).toBe("0 in 4 looks at 2 orders");
    const blind = spoilt((run) => {
      run.looks = [];
    });
    expect(judgeAll(blind).get("buyers-see-their-orders")).toMatchObject({ state: "unknown", samples: 0 });
  });

  test("at an order that nobody was told of are not judged", () => {
    const run = spoilt((each) => {
      each.looks.push({ kind: "order.look", orderId: "200004", status: 404 });
    });
    expect(judgeAll(run).get("buyers-see-their-orders")).toMatchObject({ state: "held", samples: 4 });
  });

  test("may find an order cancelled, and it stays so", () => {
    const run = spoilt((each) => {
      first(partOf(each, "orders").slice(1)).status = "cancelled";
      each.looks.push(look("200002", "cancelled"), look("200002", "cancelled"));
    });
    expect(judgeAll(run).get("buyers-see-their-orders")).toMatchObject({ state: "held", samples: 6 });
  });
});

describe("pages", () => {
  test("that nobody could look at prove nothing", () => {
    const run = spoilt((each) => {
      each.parts.pages = { replicas: [], asked: 3, rows: [], unread: ["product 1 at app-eu-1: gone"] };
    });
    expect(judgeAll(run).get("pages-true")).toMatchObject({ state: "unknown", samples: 0 });
  });

  const pagesTrue = (to: (pages: Part<"pages">) => Partial<Part<"pages">>) => {
    const run = spoilt((each) => {
      const pages = pagesOf(partOf(each, "stock"));
      each.parts.pages = { ...pages, ...to(pages) };
    });
    return judgeAll(run).get("pages-true");
  };

  test("that were not all looked at, of each product at each replica, prove nothing", () => {
    expect(pagesTrue(() => ({}))).toMatchObject({ state: "held", samples: 12 });
    const less = pagesTrue(({ rows }) => ({ rows: rows.slice(0, 2) }));
    expect(less).toMatchObject({
      state: "unknown",
      observed: "0 in 8 product pages of 4 replicas, and not all were looked at",
    });
    expect(less?.reason).toContain("of 1 of 3 products not every page was read, first of 3");
    expect(pagesTrue(({ rows }) => ({ rows: rows.slice(0, 1) }))).toMatchObject({ state: "unknown" });
    const unread = pagesTrue(({ rows: [one, ...others] }) => ({
      rows: [
        ...(one === undefined ? [] : [[one[0], [...one[1].slice(0, 3), "unread"]] as [number, Shown[]]]),
        ...others,
      ],
      unread: ["product 1 at app-us-2: it did not answer"],
    }));
    expect(unread).toMatchObject({ state: "unknown", reason: expect.stringContaining("it did not answer") });
  });

  test("of a replica that nobody asked prove nothing", () => {
    const result = pagesTrue(({ replicas, rows }) => ({
      replicas: replicas.slice(0, 3),
      rows: rows.map(([product, shown]): [number, Shown[]] => [product, shown.slice(0, 3)]),
    }));
    expect(result).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("app-us-2 was not asked at all"),
    });
  });

  test("one that was wrong stays wrong, whatever could not be read beside it", () => {
    const result = pagesTrue(({ rows: [one, ...others] }) => ({
      rows: one === undefined ? others : [[one[0], [9_999, "unread", "unread", "unread"]]],
      unread: ["product 2 at app-eu-1: it did not answer"],
    }));
    expect(result).toMatchObject({ state: "broken", observed: "1 in 1 product page of 4 replicas" });
  });

  test("are read once: the first round says nothing of them", () => {
    const run = spoilt((each) => {
      each.second.pages = { ...pagesOf(partOf(each, "stock")), rows: [[2, [98, 98]]] };
    });
    expect(brokenBy(run)).toEqual(["pages-true"]);
  });
});

describe("what a shop does not have is not judged", () => {
  test("the monolith has no outbox, no jobs, no warehouse", () => {
    const results = judgeAll(
      spoilt((run) => {
        run.system = "monolith";
        for (const name of ["jobs", "warehouse"] as const) delete run.parts[name];
      }),
    );
    for (const id of ["outbox-exact", "jobs-once", "jobs-finished", "warehouse-converges"]) {
      expect(results.get(id)?.state).toBe("not-applicable");
    }
    expect(results.get("no-order-twice")?.state).toBe("held");
  });

  test("without the queue there are no jobs", () => {
    const run = spoilt((each) => {
      each.without = ["queue"];
    });
    expect(judgeAll(run).get("jobs-finished")?.state).toBe("not-applicable");
  });
});

test("at most ten offenders are named, all are counted", () => {
  const run = spoilt((each) => {
    const orders = partOf(each, "orders");
    for (let i = 0; i < 50; i += 1) orders.push({ ...first(orders), id: `3${i}`, key: `nobody-${i}` });
  });
  const result = judgeAll(run).get("no-order-invented");
  expect(result?.offenders).toHaveLength(10);
  expect(result?.observed).toBe("50 in 57 stored orders");
});
