import { Histogram } from "#core/histogram.ts";
import type { HistoryEvent, Lane, Outcome, Page } from "#core/history.ts";
import type { Random } from "#core/random.ts";
import { type LoadShape, usersAt } from "#core/scenario.ts";
import type { Region } from "#core/topology.ts";
import type { Told } from "./event.ts";
import { type Asked, COUPON, isScarce, type Order, type PretendShop } from "./pretend-shop.ts";

/** Mean time between two pages of a user. */
const THINK_SECONDS = 7;
/** Shares of views as they add up: what is left are products. */
const VIEWS: readonly (readonly [Page, number])[] = [
  ["home", 0.2],
  ["category", 0.4],
  ["search", 0.6],
];
/** Of a hundred views three fill a cart; every third cart is bought, two steps later. */
const ADDS = 0.032;
const BOUGHT_CARTS = 3;
const STEPS_TO_CHECKOUT_SECONDS = 10;
/** Every so many-th buyer asks again after the answer, or meets his own first request still in hand. */
const RESENDS = 40;
const TWINS = 61;
/** Every so many-th of the buyers' lane sends its key again with another body, once its purchase was acknowledged. */
const CLASHES = 20;
/** Every so many-th shopper's checkout has no answer (and is asked again, or given up), or is refused at the door. */
const LOST_ANSWERS = 43;
const REFUSED = 67;
/** Every so many-th of the buyers' lane comes with a coupon. */
const COUPONS = 10;
/** Every so many-th looks at the order while it is new, and again when it is done. */
const LOOKS = 4;
/** The generator tells of what ended at once about every 200 ms, and of a second a while after it. */
const TELLING_MS = 150;
const SECOND_TOLD_MS = 1_300;

interface Request {
  readonly lane: Lane;
  readonly page: Page;
  readonly region: Region;
  readonly plannedMs: number;
  readonly latencyMs: number;
  outcome: Outcome;
}

/** What a generator tells of one second after another; purchases change the shop in the order in which they were planned. */
export class PretendLoad {
  readonly #load: LoadShape;
  readonly #shop: PretendShop;
  readonly #random: Random;
  readonly #carts = new Map<number, { readonly user: string; readonly asked: Asked; readonly region: Region }[]>();
  #buyers = 0;
  #shoppers = 0;
  #checkouts = 0;
  /** Requests of the plan, attempts with repetitions, and those of them that got an answer. */
  readonly totals = { planned: 0, attempts: 0, answers: 0, clashes: 0 };

  constructor(load: LoadShape, shop: PretendShop, random: Random) {
    this.#load = load;
    this.#shop = shop;
    this.#random = random;
  }

  second(second: number): readonly Told[] {
    const users = Math.round(usersAt(this.#load, second * 1_000) / this.#load.scale);
    const told: Told[] = [];
    const requests: Request[] = [];
    this.#browse(second, users, requests, told);
    const plannedBefore = requests.length;
    const writes = [...this.#dueCarts(second), ...this.#buyersOf(second)].sort((a, b) => a.plannedMs - b.plannedMs);
    for (const write of writes) this.#purchase(write, requests, told);
    const looks = requests.filter(({ lane }) => lane === "looks").length;
    const planned = plannedBefore + writes.length + looks;
    this.totals.planned += planned;
    this.totals.attempts += requests.length;
    this.totals.answers += requests.filter(({ outcome }) => outcome !== "broken-off").length;
    const atMs = (second + 1) * 1_000 + SECOND_TOLD_MS;
    for (const event of batchesOf(second, requests)) told.push(byGenerator(atMs - 300, atMs, event));
    told.push(byGenerator(atMs - 300, atMs + 1, this.#health(second, users, planned)));
    return told;
  }

  /** Pages that change nothing are told in batches; of each second the slowest one, and what went into a cart, by itself. */
  #browse(second: number, users: number, requests: Request[], told: Told[]): void {
    const views = Math.max(1, Math.round(users / THINK_SECONDS));
    let slowest: Request | undefined;
    for (let i = 0; i < views; i += 1) {
      const plannedMs = second * 1_000 + Math.floor((i * 1_000) / views);
      const isAdd = this.#random.next() < ADDS;
      const kind = this.#random.next();
      const page = isAdd ? "add" : (VIEWS.find(([, below]) => kind < below)?.[0] ?? "product");
      const request = this.#request("shoppers", page, plannedMs);
      requests.push(request);
      if (isAdd) this.#add(second, request, told);
      else if (slowest === undefined || request.latencyMs > slowest.latencyMs) slowest = request;
    }
    requests.push(this.#request("bots", "product", second * 1_000));
    if (slowest !== undefined) told.push(attempt(`s.v${second}.0.1`, slowest, 1, 200));
  }

  #request(lane: Lane, page: Page, plannedMs: number): Request {
    const region: Region = this.#random.next() < 0.6 ? "eu" : "us";
    // A write crosses to the region of the primary and waits for a copy.
    const least = page !== "checkout" ? 1 : region === "us" ? 35 : 5;
    return { lane, page, region, plannedMs, latencyMs: least + this.#random.exponential(5), outcome: "ok" };
  }

  #add(second: number, request: Request, told: Told[]): void {
    this.#shoppers += 1;
    const user = `s.${this.#shoppers}`;
    told.push(attempt(`${user}.3.1`, request, 1, 200));
    if (this.#shoppers % BOUGHT_CARTS !== 0) return;
    const due = second + STEPS_TO_CHECKOUT_SECONDS;
    const carts = this.#carts.get(due) ?? [];
    carts.push({ user, asked: this.#basket(), region: request.region });
    this.#carts.set(due, carts);
  }

  #basket(): Asked {
    const first = this.#product();
    if (isScarce(first) || this.#random.next() < 0.7) {
      return [{ productId: first, quantity: isScarce(first) ? 1 : 1 + this.#random.integer(3) }];
    }
    return [
      { productId: first, quantity: 1 },
      { productId: first + 1, quantity: 2 },
    ];
  }

  /** One in ten wants what is scarce. */
  #product(): number {
    return this.#random.next() < 0.1 ? 1 + this.#random.integer(5) : 6 + this.#random.integer(5_000);
  }

  #dueCarts(second: number): readonly Write[] {
    const due = this.#carts.get(second) ?? [];
    this.#carts.delete(second);
    return due.map(({ user, asked, region }, index) => {
      this.#checkouts += 1;
      const plannedMs = second * 1_000 + Math.floor((index * 1_000) / due.length);
      const request = { ...this.#request("shoppers", "checkout", plannedMs), region };
      const course =
        this.#checkouts % LOST_ANSWERS === 0 ? "lost" : this.#checkouts % REFUSED === 0 ? "refused" : "told";
      return { key: `s-u${user}`, id: `${user}.5`, session: user, asked, isCart: true, request, plannedMs, course };
    });
  }

  #buyersOf(second: number): readonly Write[] {
    const { buyersPerSecond } = this.#load;
    return Array.from({ length: buyersPerSecond }, (_, index): Write => {
      const number = this.#buyers;
      this.#buyers += 1;
      const plannedMs = second * 1_000 + Math.floor((index * 1_000) / buyersPerSecond);
      const request = this.#request("buyers", "checkout", plannedMs);
      const course =
        number % RESENDS === 7 ? "resent" : number % TWINS === 11 ? "twin" : number % CLASHES === 13 ? "clash" : "told";
      if (course === "clash") this.totals.clashes += 1;
      const asked = this.#basket();
      return {
        key: `s-b-${number}`,
        id: `s.b${number}.0`,
        session: `b${number}`,
        asked,
        isCart: false,
        ...(number % COUPONS === 3 ? { coupon: COUPON } : {}),
        request,
        plannedMs,
        course,
      };
    });
  }

  #purchase(write: Write, requests: Request[], told: Told[]): void {
    const { course, request } = write;
    if (course === "refused") {
      this.#tell(write, 1, { ...request, outcome: "unavailable" }, 503, requests, told);
      return;
    }
    const answer = this.#shop.buy(write.key, write.asked, write.coupon);
    if (course === "lost") {
      this.#tell(write, 1, { ...request, outcome: "broken-off" }, 0, requests, told);
      // Half of those who heard nothing ask again.
      if (this.#checkouts % 2 === 0) return;
    } else this.#answer(write, 1, request, answer, requests, told);
    if (course === "clash" && answer.kind !== "sold-out") this.#clash(write, requests, told);
    if (course === "twin") this.#tell(write, 2, { ...request, outcome: "twin" }, 409, requests, told);
    if (course === "resent" || course === "lost") {
      const again = { ...request, plannedMs: request.plannedMs + 300 };
      this.#answer(write, 2, again, this.#shop.buy(write.key, write.asked, write.coupon), requests, told);
    }
  }

  #answer(
    write: Write,
    number: number,
    request: Request,
    answer: ReturnType<PretendShop["buy"]>,
    requests: Request[],
    told: Told[],
  ): void {
    if (answer.kind === "sold-out") {
      const outcome: Request = { ...request, outcome: "sold-out" };
      this.#tell(write, number, outcome, 410, requests, told, { soldOutProductId: answer.productId });
      return;
    }
    const { id, totalCents, discountCents, lines } = answer.order;
    if (answer.kind === "created" && Number(answer.order.id) % LOOKS === 0)
      this.#look(answer.order, request, requests, told);
    this.#tell(write, number, request, answer.kind === "created" ? 201 : 200, requests, told, {
      orderId: id,
      totalCents,
      ...(write.coupon === undefined ? {} : { discountCents }),
      lines: lines.map(([productId, quantity, priceCents]) => ({ productId, quantity, priceCents })),
    });
  }

  #clash({ key, id }: Write, requests: Request[], told: Told[]): void {
    const before = requests.at(-1);
    if (before === undefined) return;
    const plannedMs = before.plannedMs + before.latencyMs;
    const request: Request = { ...before, lane: "clashes", outcome: "invalid", plannedMs, latencyMs: 4 };
    requests.push(request);
    const event = { kind: "write.clash", key, attempt: 2, status: 422, isRefused: true } as const;
    told.push(byGenerator(plannedMs + 5, plannedMs + 5 + TELLING_MS, event));
    told.push(attempt(`${id}.2`, request, 2, 422));
  }

  #look(order: Order, { region, plannedMs, latencyMs }: Request, requests: Request[], told: Told[]): void {
    for (const [afterMs, shown] of [
      [200, "accepted"],
      [400, order.status],
    ] as const) {
      requests.push({ ...this.#request("looks", "order", plannedMs), region });
      const atMs = plannedMs + latencyMs + afterMs;
      const event = { kind: "order.look", orderId: order.id, status: 200, shown } as const;
      told.push(byGenerator(atMs, atMs + TELLING_MS, event));
    }
  }

  #tell(
    { key, id, session, asked, isCart, coupon }: Write,
    number: number,
    request: Request,
    status: number,
    requests: Request[],
    told: Told[],
    more: Partial<Extract<HistoryEvent, { kind: "write.result" }>> = {},
  ): void {
    requests.push(request);
    const { plannedMs, latencyMs, outcome } = request;
    const lines = isCart ? [] : asked;
    const sentMs = plannedMs + 1;
    const sent = { key, attempt: number, session, lines, ...(coupon === undefined ? {} : { coupon }) };
    told.push(byGenerator(sentMs, sentMs + TELLING_MS, { kind: "write.intent", ...sent }));
    const endedMs = sentMs + latencyMs;
    const result = outcome === "ok" ? "ok" : outcome === "sold-out" || outcome === "unavailable" ? "fail" : "info";
    told.push(
      byGenerator(endedMs, endedMs + TELLING_MS, {
        kind: "write.result",
        key,
        attempt: number,
        status,
        result,
        ...more,
      }),
    );
    told.push(attempt(`${id}.${number}`, request, number, status));
  }

  #health(second: number, users: number, planned: number): HistoryEvent {
    const lateness = new Histogram();
    for (let i = 0; i < planned; i += 1) lateness.record(this.#random.exponential(0.7));
    return {
      kind: "load.health",
      second,
      usersPlanned: users,
      usersPresent: users,
      planned,
      sent: planned,
      lateness: lateness.toData(),
      exceptions: 0,
    };
  }
}

interface Write {
  readonly key: string;
  readonly id: string;
  readonly session: string;
  readonly asked: Asked;
  readonly isCart: boolean;
  readonly coupon?: string;
  readonly request: Request;
  readonly plannedMs: number;
  readonly course: "told" | "resent" | "twin" | "clash" | "lost" | "refused";
}

function byGenerator(happenedMs: number, atMs: number, event: HistoryEvent): Told {
  return { atMs, happenedMs, source: "generator", event };
}

function attempt(id: string, request: Request, number: number, status: number): Told {
  const { lane, page, region, plannedMs, latencyMs, outcome } = request;
  const sentMs = plannedMs + 1;
  return byGenerator(sentMs + latencyMs, sentMs + latencyMs + TELLING_MS + 0.1, {
    kind: "load.attempt",
    id,
    lane,
    page,
    region,
    plannedMs,
    sentMs,
    durationMs: latencyMs,
    status,
    outcome,
    attempt: number,
  });
}

/** A user's whole patience: what an attempt without a good answer counts with. */
const PATIENCE_MS = 8_000;

function batchesOf(second: number, requests: readonly Request[]): readonly HistoryEvent[] {
  const cells = new Map<
    string,
    { readonly first: Request; readonly latency: Histogram; readonly outcomes: Map<Outcome, number> }
  >();
  for (const request of requests) {
    const name = `${request.lane}/${request.page}/${request.region}`;
    const cell = cells.get(name) ?? { first: request, latency: new Histogram(), outcomes: new Map<Outcome, number>() };
    cells.set(name, cell);
    const isGood = request.outcome !== "broken-off" && request.outcome !== "unavailable";
    cell.latency.record(isGood ? request.latencyMs + 1 : PATIENCE_MS);
    cell.outcomes.set(request.outcome, (cell.outcomes.get(request.outcome) ?? 0) + 1);
  }
  return [...cells.values()].map(({ first: { lane, page, region }, latency, outcomes }) => ({
    kind: "load.batch",
    second,
    lane,
    page,
    region,
    outcomes: Object.fromEntries(outcomes),
    latency: latency.toData(),
  }));
}
