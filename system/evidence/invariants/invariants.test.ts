import { describe, expect, test } from "vitest";
import type { WriteResult } from "#core/history.ts";
import { brokenBy, cleanRun, type HandMadeRun, judgeAll, look, pagesOf, partOf } from "../testing/clean-run.ts";

/** A clean run that was spoilt in one way. */
function spoilt(spoil: (run: HandMadeRun) => void): HandMadeRun {
  const run = cleanRun();
  spoil(run);
  return run;
}

/** What the shop told the buyer of the first acknowledgement under a key. */
function tell(run: HandMadeRun, key: string, lines: WriteResult["lines"]): void {
  const index = run.writes.findIndex((write) => write.kind === "write.result" && write.key === key);
  const told = run.writes[index];
  if (told?.kind !== "write.result" || lines === undefined) throw new Error(`nobody was told of ${key}`);
  run.writes[index] = { ...told, lines };
}

/** True pages, but for one product. */
function pagesShowing(run: HandMadeRun, row: [number, (number | null)[]]): NonNullable<HandMadeRun["parts"]["pages"]> {
  const pages = pagesOf(partOf(run, "stock"));
  return { ...pages, rows: [...pages.rows.filter(([product]) => product !== row[0]), row] };
}

function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error("the list is empty");
  return item;
}

/** What belongs to the order that was cancelled. */
function cancelled<Row extends { readonly orderId: string }>(rows: readonly Row[]): Row {
  return first(rows.filter((row) => row.orderId === "200007"));
}

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

/** A buyer is told that product 2 is sold out, of which 100 were there and four were bought, one of them for a while. */
function tellSoldOut(run: HandMadeRun, wanted: number): void {
  const told = { key: "too-many", attempt: 1 };
  run.writes.push(
    { kind: "write.intent", ...told, session: "s", lines: [{ productId: 2, quantity: wanted }] },
    { kind: "write.result", ...told, result: "fail", status: 410, soldOutProductId: 2 },
  );
  const reply = { key: "too-many", status: 410, orderId: null, totalCents: null, soldOutProductId: 2 };
  partOf(run, "replies").push(reply);
}

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
      each.parts.pages = { replicas: [], moved: 3, rows: [] };
    });
    expect(judgeAll(run).get("pages-true")).toMatchObject({ state: "unknown", samples: 0 });
  });

  test("that were not all looked at are told with the number", () => {
    const run = spoilt((each) => {
      const pages = pagesOf(partOf(each, "stock"));
      each.parts.pages = { ...pages, rows: pages.rows.slice(0, 2) };
    });
    const result = judgeAll(run).get("pages-true");
    expect(result).toMatchObject({ state: "held", observed: "0 in 4 product pages of 2 replicas" });
    expect(result?.reason).toContain("2 of 3 products that moved were looked at");
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

/** Each violation by hand, and the invariants that have to see it. */
const violations: readonly (readonly [string, (run: HandMadeRun) => void, readonly string[]])[] = [
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
    ["no-order-lost", "nothing-oversold", "jobs-once"],
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
    "an order was paid twice under two keys",
    (run) => {
      const payments = partOf(run, "payments");
      payments.push({ ...first(payments), idempotencyKey: "another" });
    },
    ["no-order-twice", "money-conserved", "jobs-once"],
  ],
  [
    "a confirmed order was never paid",
    (run) => {
      run.parts.payments = partOf(run, "payments").slice(1);
    },
    ["no-order-twice"],
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
    "a shelf is below zero",
    (run) => {
      const shelf = first(partOf(run, "stock"));
      shelf.initial = 1;
      shelf.onHand = -1;
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
      first(partOf(run, "stock").slice(1)).onHand -= 1;
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
    "a coupon took off more than its percentage, and the total says so rightly",
    (run) => {
      const order = first(partOf(run, "orders").slice(3));
      order.discountCents += 10;
      order.totalCents -= 10;
    },
    ["coupon-within-limit", "money-conserved", "outbox-exact", "warehouse-converges"],
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
    "an order has a discount and no coupon",
    (run) => {
      const order = first(partOf(run, "orders"));
      order.discountCents = 100;
      order.totalCents -= 100;
    },
    ["no-order-lost", "coupon-within-limit", "money-conserved", "outbox-exact", "warehouse-converges"],
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
    "the total is not what the lines make",
    (run) => {
      first(partOf(run, "orders")).lines = [[1, 1, 499]];
    },
    // The buyer was told another price than the one that is stored.
    ["no-order-lost", "money-conserved"],
  ],
  [
    "an order was never announced",
    (run) => {
      run.parts.outbox = partOf(run, "outbox").slice(1);
    },
    ["outbox-exact"],
  ],
  [
    "an order was announced twice",
    (run) => {
      first(partOf(run, "outbox")).rows = 2;
    },
    ["outbox-exact"],
  ],
  [
    "an announcement has no order",
    (run) => {
      partOf(run, "outbox").push({ orderId: "200099", rows: 1, unpublished: 0, announcedCents: 500 });
    },
    ["outbox-exact"],
  ],
  [
    "an announcement was never published",
    (run) => {
      first(partOf(run, "outbox")).unpublished = 1;
    },
    ["outbox-exact"],
  ],
  [
    "an announcement says another total",
    (run) => {
      first(partOf(run, "outbox")).announcedCents = 1;
    },
    ["outbox-exact"],
  ],
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
  [
    "an order whose card was declined is confirmed",
    (run) => {
      for (const order of partOf(run, "orders")) order.status = "confirmed";
    },
    ["no-order-twice", "nothing-oversold", "coupon-within-limit", "money-conserved", "jobs-once"],
  ],
  [
    "a job is left over",
    (run) => {
      partOf(run, "jobs").unfinished["payments/waiting"] = 3;
    },
    ["jobs-finished"],
  ],
  [
    "a job has failed for good",
    (run) => {
      partOf(run, "jobs").failed.push({ queue: "payments", id: "payment-200001", reason: "refused" });
    },
    ["jobs-finished"],
  ],
  [
    "an order is never confirmed",
    (run) => {
      first(partOf(run, "orders")).status = "paid";
    },
    ["jobs-finished"],
  ],
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
  [
    "the page of one replica still shows what was sold",
    (run) => {
      run.parts.pages = pagesShowing(run, [2, [98, 97]]);
    },
    ["pages-true"],
  ],
  [
    "no page was ever told that a product is sold out",
    (run) => {
      run.parts.pages = pagesShowing(run, [1, [2, 2]]);
    },
    ["pages-true"],
  ],
  [
    "a product that can be had has no page",
    (run) => {
      run.parts.pages = pagesShowing(run, [3, [null, null]]);
    },
    ["pages-true"],
  ],
  [
    "a page shows stock of a product that has none",
    (run) => {
      run.parts.pages = pagesShowing(run, [9, [1, 1]]);
    },
    ["pages-true"],
  ],
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
      run.looks.push(look("200006", "cancelled"));
    },
    ["buyers-see-their-orders"],
  ],
];

describe("each violation is seen, by name, and only where it belongs", () => {
  test.each(violations)("%s", (_name, spoil, expected) => {
    const run = spoilt(spoil);
    expect(brokenBy(run)).toEqual(expected);
    for (const name of expected) expect(judgeAll(run).get(name)?.offenders?.length).toBeGreaterThan(0);
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
