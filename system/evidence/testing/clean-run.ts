import type { HistoryEvent, HistoryRecord } from "#core/history.ts";
import type { Scenario } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import type { CheckInput, ObjectiveResult } from "#core/verdict.ts";
import type { ProtectionName } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { invariantCheckers } from "../invariants/index.ts";
import type { Part, PartName } from "../truth.ts";

type Parts = { [Name in PartName]: Part<Name> };
type OrderLook = Extract<HistoryEvent, { kind: "order.look" }>;
type LoadEnded = Extract<HistoryEvent, { kind: "load.ended" }>;
type Clash = Extract<HistoryEvent, { kind: "write.clash" }>;
type WriteEvent = Extract<HistoryEvent, { kind: "write.intent" | "write.result" }>;

/**
 * A run by hand, for tests to spoil: seven orders in four ways, one refusal, one buyer who came too late. A coupon that is
 * good for three orders: four had it, the last when it was used up. One order was cancelled, because its card was declined.
 */
export interface HandMadeRun {
  writes: WriteEvent[];
  /** What buyers saw of their orders, after all of it. */
  looks: OrderLook[];
  /** Keys that came back with another body, and how many were to. */
  clashes: Clash[];
  plannedClashes: number;
  /** Pages show what is in stock here, unless a test says what they show. */
  parts: Partial<Parts>;
  /** What the second final read shows instead. */
  second: Partial<Parts>;
  without: ProtectionName[];
  system: "scaled" | "monolith";
  /** Names that the scenario expects; all by default. */
  expect: readonly string[];
}

const PRICE = { 1: 500, 2: 900, 3: 1_200 } as const;
type Product = keyof typeof PRICE;

const orderLines = (lines: readonly (readonly [Product, number])[]): [number, number, number][] =>
  lines.map(([product, quantity]) => [product, quantity, PRICE[product]]);

const COUPON = "EARLYBIRD";
const PERCENT = 20;

const fullPriceOf = (lines: readonly (readonly [number, number, number])[]): number =>
  lines.reduce((sum, [, quantity, price]) => sum + quantity * price, 0);

interface Bought {
  readonly key: string;
  readonly id: string;
  readonly lines: [number, number, number][];
  /** Whether a coupon came with it, and what became of that. */
  readonly coupon?: "used" | "used-up";
  readonly cancelled?: true;
  /** How its buyer learnt of it: at once, by a resend, or never (the answer was lost). */
  readonly told: "once" | "twice" | "after-doubt" | "never" | "cart";
}

const BOUGHT: readonly Bought[] = [
  { key: "k1", id: "200001", lines: orderLines([[1, 1]]), told: "once" },
  { key: "k2", id: "200002", lines: orderLines([[2, 2], [3, 1]]), coupon: "used", told: "twice" }, // biome-ignore format: one order a line
  { key: "k3", id: "200003", lines: orderLines([[3, 3]]), told: "after-doubt" },
  { key: "k4", id: "200004", lines: orderLines([[2, 1]]), coupon: "used", told: "never" },
  { key: "k5", id: "200005", lines: orderLines([[1, 1]]), told: "cart" },
  { key: "k7", id: "200006", lines: orderLines([[2, 1]]), coupon: "used", told: "once", cancelled: true },
  { key: "k6", id: "200007", lines: orderLines([[3, 1]]), coupon: "used-up", told: "once" },
];

const discountOf = ({ lines, coupon }: Bought): number =>
  coupon === "used" ? Math.floor((fullPriceOf(lines) * PERCENT) / 100) : 0;

const totalOf = (bought: Bought): number => fullPriceOf(bought.lines) - discountOf(bought);

function writesOf(bought: Bought): WriteEvent[] {
  const { key, id, lines, coupon, told } = bought;
  const asked = told === "cart" ? [] : lines.map(([productId, quantity]) => ({ productId, quantity }));
  const intent = (attempt: number): WriteEvent => ({
    kind: "write.intent",
    key,
    attempt,
    session: "eu-1-s",
    lines: asked,
    ...(coupon === undefined ? {} : { coupon: COUPON }),
  });
  const ok = (attempt: number): WriteEvent => ({
    kind: "write.result",
    key,
    attempt,
    result: "ok",
    status: attempt === 1 ? 201 : 200,
    orderId: id,
    totalCents: totalOf(bought),
    ...(coupon === undefined ? {} : { discountCents: discountOf(bought) }),
    lines: lines.map(([productId, quantity, priceCents]) => ({ productId, quantity, priceCents })),
  });
  const lost: WriteEvent = { kind: "write.result", key, attempt: 1, result: "info", status: 0 };
  switch (told) {
    case "once":
    case "cart":
      return [intent(1), ok(1)];
    case "twice":
      return [intent(1), ok(1), intent(2), ok(2)];
    case "after-doubt":
      return [intent(1), lost, intent(2), ok(2)];
    case "never":
      return [intent(1)];
  }
}

/** A look at the page of an order that says how far it is. */
export function look(orderId: string, shown: string): OrderLook {
  return { kind: "order.look", orderId, status: 200, shown };
}

/** A key of an acknowledged purchase that comes back with another body and is refused. */
export function clash(key: string, change: Partial<Clash> = {}): Clash {
  return { kind: "write.clash", key, attempt: 3, status: 422, isRefused: true, ...change };
}

/** The generator's last word, for what it says of clashes. */
function lastWord(clashes: number): LoadEnded {
  return { kind: "load.ended", exitCode: 0, complete: true, planned: 0, accounted: 0, clashes, detail: "" };
}

export function cleanRun(): HandMadeRun {
  const line = { productId: 1, quantity: 1 };
  const orders = BOUGHT.map((bought) => ({
    id: bought.id,
    key: bought.key,
    status: bought.cancelled === true ? "cancelled" : "confirmed",
    totalCents: totalOf(bought),
    coupon: bought.coupon === "used" ? COUPON : null,
    discountCents: discountOf(bought),
    lines: bought.lines,
  }));
  return {
    writes: [
      ...BOUGHT.flatMap(writesOf),
      { kind: "write.intent", key: "late", attempt: 1, session: "us-2-s", lines: [line] },
      { kind: "write.result", key: "late", attempt: 1, result: "fail", status: 410, soldOutProductId: 1 },
      { kind: "write.intent", key: "shed", attempt: 1, session: "us-3-s", lines: [line] },
      { kind: "write.result", key: "shed", attempt: 1, result: "fail", status: 503 },
    ],
    looks: [
      look("200005", "accepted"),
      look("200003", "paid"),
      look("200005", "confirmed"),
      look("200005", "confirmed"),
    ],
    // The last was sent while the shop had no time: whoever is told so learns nothing.
    clashes: [
      ...["k1", "k2", "k3", "k5", "k6"].map((key) => clash(key)),
      clash("k7", { status: 503, isRefused: false }),
    ],
    plannedClashes: 6,
    parts: {
      orders,
      prices: Object.entries(PRICE).map(([product, cents]): [number, number] => [Number(product), cents]),
      coupons: [{ code: COUPON, percent: PERCENT, mostUses: 3, used: 2, highest: 3 }],
      replies: [
        ...orders.map(({ key, id, totalCents }) => ({
          key,
          status: 201,
          orderId: id,
          totalCents,
          soldOutProductId: null,
        })),
        { key: "late", status: 410, orderId: null, totalCents: null, soldOutProductId: 1 },
      ],
      stock: [
        { productId: 1, initial: 2, onHand: 0, lowest: 0 },
        { productId: 2, initial: 100, onHand: 97, lowest: 96 },
        { productId: 3, initial: 100, onHand: 95, lowest: 95 },
      ],
      ledger: orders.map(({ id, status, totalCents }) => {
        const cents = status === "cancelled" ? 0 : totalCents;
        // Four in any case: a cancelled order has the first two reversed.
        return { orderId: id, entries: 4, customer: -cents, revenue: cents, provider: -cents, receivable: cents };
      }),
      outbox: orders.map(({ id, totalCents }) => ({
        orderId: id,
        rows: 1,
        unpublished: 0,
        announcedCents: totalCents,
      })),
      effects: orders.map(({ id, status, lines }) => {
        const [done, cancellation] = status === "cancelled" ? [0, 1] : [1, 0];
        return {
          orderId: id,
          payment: done,
          stock: done,
          confirmation: done,
          cancellation,
          movements: lines.map(([product, quantity]): [number, number] => [product, done === 1 ? quantity : -quantity]),
        };
      }),
      jobs: { unfinished: { "payments/waiting": 0, "payments/active": 0 }, failed: [] },
      payments: orders
        .filter(({ status }) => status !== "cancelled")
        .map(({ key, totalCents }) => ({ idempotencyKey: key, orderKey: key, amountCents: totalCents })),
      declined: orders.filter(({ status }) => status === "cancelled").map(({ key }) => key),
      warehouse: {
        orders: orders.map(({ id, totalCents }): [string, number] => [id, totalCents]),
        lines: orders.reduce((sum, { lines }) => sum + lines.length, 0),
        linesCents: orders.reduce((sum, { lines }) => sum + fullPriceOf(lines), 0),
      },
    },
    second: {},
    without: [],
    system: "scaled",
    expect: invariantCheckers.map((checker) => checker.name),
  };
}

/** Pages of every replica that tell the truth. */
export function pagesOf(stock: Part<"stock">, topology: Topology = topologyOf("scaled")): Part<"pages"> {
  const replicas = topology.nodes.flatMap(({ id, role, spare }) => (role === "app" && spare === undefined ? [id] : []));
  const rows = stock.map(({ productId, onHand }): [number, number[]] => [productId, replicas.map(() => onHand)]);
  return { replicas, asked: stock.length, rows, unread: [] };
}

/** A part of the run that must be there, for a test to spoil. */
export function partOf<Name extends PartName>(run: HandMadeRun, name: Name): Parts[Name] {
  const part = run.parts[name];
  if (part === undefined) throw new Error(`the run has no part "${name}"`);
  return part as Parts[Name];
}

export function inputOf(run: HandMadeRun): CheckInput {
  const events: HistoryEvent[] = [...run.writes, ...run.looks, ...run.clashes, lastWord(run.plannedClashes)];
  const { stock } = run.parts;
  const topology = topologyOf(run.system, run.without);
  for (const [round, parts] of [
    [1, run.parts],
    [2, { ...(stock === undefined ? {} : { pages: pagesOf(stock, topology) }), ...run.parts, ...run.second }],
  ] as const) {
    for (const [name, data] of Object.entries(parts)) {
      events.push({ kind: "evidence", name: `final/${round}/${name}`, data });
    }
  }
  const records = events.map((event, seq): HistoryRecord => ({ ...event, seq, at: seq, source: "test" }));
  const scenario: Pick<Scenario, "expect"> = { expect: run.expect.map((name) => ({ kind: "invariant", name })) };
  return { scenario: scenario as Scenario, topology, records };
}

/** Findings by the name of the invariant. */
export function judgeAll(run: HandMadeRun): ReadonlyMap<string, ObjectiveResult> {
  const input = inputOf(run);
  return new Map(invariantCheckers.flatMap((checker) => checker.check(input)).map((result) => [result.id, result]));
}

/** Names of the invariants that a run breaks. */
export function brokenBy(run: HandMadeRun): readonly string[] {
  return [...judgeAll(run).values()].filter((result) => result.state === "broken").map((result) => result.id);
}
