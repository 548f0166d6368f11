import { expect, test } from "vitest";
import type { WriteResult } from "#core/history.ts";
import type { Shown } from "../truth.ts";
import { brokenBy, cleanRun, type HandMadeRun, judgeAll, pagesOf, partOf } from "./clean-run.ts";

/** A clean run that was spoilt in one way. */
export function spoilt(spoil: (run: HandMadeRun) => void): HandMadeRun {
  const run = cleanRun();
  spoil(run);
  return run;
}

/** What the shop told the buyer of the first acknowledgement under a key. */
export function tell(run: HandMadeRun, key: string, lines: WriteResult["lines"]): void {
  const index = run.writes.findIndex((write) => write.kind === "write.result" && write.key === key);
  const told = run.writes[index];
  if (told?.kind !== "write.result" || lines === undefined) throw new Error(`nobody was told of ${key}`);
  run.writes[index] = { ...told, lines };
}

/** True pages, but for one product. */
export function pagesShowing(run: HandMadeRun, row: [number, Shown[]]): NonNullable<HandMadeRun["parts"]["pages"]> {
  const pages = pagesOf(partOf(run, "stock"));
  return { ...pages, rows: [...pages.rows.filter(([product]) => product !== row[0]), row] };
}

export function first<Item>(items: readonly Item[]): Item {
  const [item] = items;
  if (item === undefined) throw new Error("the list is empty");
  return item;
}

/** What belongs to the order that was cancelled. */
export function cancelled<Row extends { readonly orderId: string }>(rows: readonly Row[]): Row {
  return first(rows.filter((row) => row.orderId === "200006"));
}

/** A buyer is told that product 2 is sold out, of which 100 were there and four were bought, one of them for a while. */
export function tellSoldOut(run: HandMadeRun, wanted: number): void {
  const told = { key: "too-many", attempt: 1 };
  run.writes.push(
    { kind: "write.intent", ...told, session: "s", lines: [{ productId: 2, quantity: wanted }] },
    { kind: "write.result", ...told, result: "fail", status: 410, soldOutProductId: 2 },
  );
  const reply = { key: "too-many", status: 410, orderId: null, totalCents: null, soldOutProductId: 2 };
  partOf(run, "replies").push(reply);
}

/** Takes the discount of an order back, in every book alike; the coupon's own row is left to the test. */
export function withhold(run: HandMadeRun, key: string): void {
  const order = first(partOf(run, "orders").filter((each) => each.key === key));
  const fullCents = order.totalCents + order.discountCents;
  Object.assign(order, { totalCents: fullCents, coupon: null, discountCents: 0 });
  const isOf = (row: { readonly orderId: string }): boolean => row.orderId === order.id;
  first(partOf(run, "replies").filter((reply) => reply.key === key)).totalCents = fullCents;
  const [customer, revenue, provider, receivable] = [-fullCents, fullCents, -fullCents, fullCents];
  Object.assign(first(partOf(run, "ledger").filter(isOf)), { customer, revenue, provider, receivable });
  first(partOf(run, "outbox").filter(isOf)).announcedCents = fullCents;
  first(partOf(run, "payments").filter(({ orderKey }) => orderKey === key)).amountCents = fullCents;
  first(partOf(run, "warehouse").orders.filter(([id]) => id === order.id))[1] = fullCents;
}

/** A violation by hand: its name, how a clean run is spoilt, and the invariants that have to see it. */
export type Violation = readonly [name: string, spoil: (run: HandMadeRun) => void, seenBy: readonly string[]];

/** Tests that each violation is seen by its invariants, by name, and by no other. */
export function seesEach(violations: readonly Violation[]): void {
  test.each(violations)("%s", (_name, spoil, seenBy) => {
    const run = spoilt(spoil);
    expect(brokenBy(run)).toEqual(seenBy);
    for (const name of seenBy) expect(judgeAll(run).get(name)?.offenders?.length).toBeGreaterThan(0);
  });
}
