import { describe, expect, test } from "vitest";
import { Histogram } from "#core/histogram.ts";
import type { HistoryEvent } from "#core/history.ts";
import { memoryHistory } from "#core/memory-history.ts";
import type { Step } from "../plan/step.ts";
import { Tally } from "../plan/tally.ts";
import { Bookkeeper } from "./bookkeeper.ts";
import { type AttemptRecord, type Origin, parseRecord } from "./parse.ts";

const ORIGIN: Origin = { lane: "shoppers", region: "eu", user: 0, step: 0 };

/** Books of one user's load, whose plan holds these checkouts or pages. */
function openBooks(pages: readonly ("checkout" | "product" | "order")[], lengthMs = 3_000) {
  const tally = new Tally(lengthMs);
  const step = (page: "checkout" | "product" | "order"): Step => ({
    atMs: 100,
    region: "eu",
    visit: 0,
    retryAfterMs: 0,
    ask: page === "checkout" ? { page, submission: "once", lines: [] } : page === "order" ? { page } : { page, id: 1 },
  });
  tally.add({ lane: "shoppers", arriveMs: 0, leaveMs: lengthMs, steps: pages.map(step) });
  const history = memoryHistory({ now: () => 0 });
  const books = new Bookkeeper(history, tally, 1, 0);
  const of = <K extends HistoryEvent["kind"]>(kind: K) =>
    history.records().filter((record): record is Extract<typeof record, { readonly kind: K }> => record.kind === kind);
  return {
    books,
    of,
    intend: (attempt: number) =>
      books.take({ kind: "intent", origin: ORIGIN, attempt, key: "k", session: "eu-0", lines: [], atMs: 100 }, "", 100),
    attempted: (record: Partial<AttemptRecord>, nowMs = 200) => books.take({ ...CHECKOUT, ...record }, "", nowMs),
    end: (exitCode = 0) => {
      books.take({ kind: "left", lane: "shoppers", user: 0, atMs: lengthMs }, "", lengthMs);
      books.end(exitCode, undefined);
    },
  };
}

const CHECKOUT: AttemptRecord = {
  kind: "attempt",
  origin: ORIGIN,
  attempt: 1,
  plannedPage: "checkout",
  page: "checkout",
  plannedMs: 100,
  sentMs: 101,
  endedMs: 150,
  status: 201,
  errorCode: 0,
  notExecuted: false,
  fresh: false,
  id: "a",
  key: "k",
  body: "",
};

const PRODUCT = { plannedPage: "product", page: "product", key: "" } as const;
const ORDER = '{"orderId":"5","totalCents":9,"lines":[]}';
const SOLD_OUT = '{"code":"sold-out","productId":7}';

describe("a look at an order", () => {
  const LOOK = { plannedPage: "order", page: "order", key: "", status: 200 } as const;

  test.each([
    ['5 {"orderId":"5","status":"paid","totalCents":9}', { orderId: "5", status: 200, shown: "paid" }],
    ['5 {"orderId":"6","status":"paid","totalCents":9}', { orderId: "5", status: 200 }],
    ["5 <html>", { orderId: "5", status: 200 }],
    ["5 ", { orderId: "5", status: 200 }],
  ])("that is answered %j is noted as what it shows", (body, seen) => {
    const { attempted, of } = openBooks(["order"]);
    attempted({ ...LOOK, body });
    expect(of("order.look").map(({ orderId, status, shown }) => ({ orderId, status, shown }))).toEqual([
      { shown: undefined, ...seen },
    ]);
    expect(of("write.result")).toEqual([]);
  });

  test("that finds nothing is noted", () => {
    const { attempted, of } = openBooks(["order"]);
    attempted({ ...LOOK, status: 404, errorCode: 1_404, body: '5 {"code":"not-found"}' });
    expect(of("order.look")).toMatchObject([{ orderId: "5", status: 404 }]);
    expect(of("load.attempt")).toMatchObject([{ outcome: "error" }]);
  });

  test.each([
    { status: 503, errorCode: 1_503, body: '5 {"code":"shed"}' },
    { status: 0, errorCode: 1_050, body: "timeout" },
    // The headers came, the body did not.
    { status: 200, errorCode: 1_050, body: "5 null" },
  ])("that was not answered (%j) is none", (ending) => {
    const { attempted, of } = openBooks(["order"]);
    attempted({ ...LOOK, ...ending });
    expect(of("order.look")).toEqual([]);
  });

  test("by a buyer without an order, who sees the cart, is none", () => {
    const { attempted, of } = openBooks(["order"]);
    attempted({ ...LOOK, page: "cart", body: "" });
    expect(of("order.look")).toEqual([]);
  });
});

describe("a key that came back with another body", () => {
  const MISMATCH = '{"code":"key-used-for-another-request"}';
  const CLASH = {
    origin: { ...ORIGIN, lane: "clashes" },
    attempt: 2,
    plannedMs: 150,
    sentMs: 151,
    endedMs: 160,
  } as const;

  function clashed(ending: Partial<AttemptRecord>) {
    const load = openBooks(["checkout"]);
    load.intend(1);
    load.attempted({ body: ORDER });
    load.attempted({ ...CLASH, ...ending });
    load.end();
    return load;
  }

  test.each([
    [
      "a 422 that says so",
      { status: 422, errorCode: 1_422, body: MISMATCH },
      { status: 422, isRefused: true },
      "invalid",
    ],
    [
      "a 422 for another reason",
      { status: 422, body: '{"code":"invalid"}' },
      { status: 422, isRefused: false },
      "invalid",
    ],
    ["the answer to the first", { status: 200, body: ORDER }, { status: 200, isRefused: false, orderId: "5" }, "ok"],
    ["those words with a 200", { status: 200, body: MISMATCH }, { status: 200, isRefused: false }, "ok"],
    ["a sold-out", { status: 410, body: SOLD_OUT }, { status: 410, isRefused: false }, "error"],
    ["no answer", { status: 0, errorCode: 1_050, body: "timeout" }, { status: 0, isRefused: false }, "timeout"],
    ["no time", { status: 503, errorCode: 1_503, notExecuted: true }, { status: 503, isRefused: false }, "unavailable"],
  ])("and got %s is told of by itself, in a lane of its own", (_, ending, told, outcome) => {
    const { of } = clashed(ending);
    expect(of("write.clash")).toMatchObject([{ key: "k", attempt: 2, ...told }]);
    expect(of("load.attempt").at(-1)).toMatchObject({ lane: "clashes", page: "checkout", attempt: 2, outcome });
    expect(of("load.batch").map(({ lane, outcomes }) => [lane, outcomes])).toEqual([
      ["shoppers", { ok: 1 }],
      ["clashes", { [outcome]: 1 }],
    ]);
    // The purchase itself is what its buyer meant and was told, whatever the shop makes of its key.
    expect(of("write.result")).toMatchObject([{ attempt: 1, result: "ok", orderId: "5" }]);
    expect(of("write.intent").length).toBe(1);
    expect(of("load.ended")).toMatchObject([{ complete: true, planned: 1, accounted: 1 }]);
  });
});

describe("a 410", () => {
  test("is sold out on a checkout that names the product", () => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    attempted({ status: 410, body: SOLD_OUT });
    expect(of("load.attempt")).toMatchObject([{ outcome: "sold-out" }]);
    expect(of("write.result")).toMatchObject([{ result: "fail", soldOutProductId: 7 }]);
  });

  test.each(["", "<html>gone</html>", '{"code":"sold-out"}'])("is an error on a checkout that says %j", (body) => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    attempted({ status: 410, body });
    expect(of("load.attempt")).toMatchObject([{ outcome: "error" }]);
    expect(of("write.result")[0]).not.toHaveProperty("soldOutProductId");
  });

  test("is an error on a page", () => {
    const { attempted, of } = openBooks(["product"]);
    attempted({ ...PRODUCT, status: 410, body: SOLD_OUT });
    expect(of("load.attempt")).toMatchObject([{ outcome: "error" }]);
  });
});

describe("a 409", () => {
  test("is a twin while another attempt of the same key is under way", () => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    intend(2);
    attempted({ attempt: 2, status: 409 });
    expect(of("load.attempt")).toMatchObject([{ outcome: "twin" }]);
    expect(of("write.result")).toMatchObject([{ attempt: 2, result: "fail" }]);
  });

  test("is a twin of the other click of a double click, though the other's record came first", () => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    intend(2);
    attempted({ attempt: 1, body: ORDER });
    attempted({ attempt: 2, status: 409 });
    expect(of("load.attempt").map(({ outcome }) => outcome)).toEqual(["ok", "twin"]);
  });

  const AGAIN = { attempt: 2, plannedMs: 8_500, sentMs: 8_501, endedMs: 8_510, status: 409 } as const;

  test.each([
    ["gave up on", { status: 0, errorCode: 1050 }],
    ["lost the answer to", { status: 0, errorCode: 1220 }],
    ["found the connection refused for, though an older one may have carried it", { status: 0, errorCode: 1212 }],
    ["was told 504 for", { status: 504 }],
    ["was told 503 for, without a word on what was done", { status: 503 }],
  ])("to a retry is a twin of an attempt that its user %s", (_, first) => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    attempted({ ...first, endedMs: 8_101 }, 8_110);
    intend(2);
    attempted(AGAIN, 8_520);
    expect(of("load.attempt").at(-1)).toMatchObject({ attempt: 2, outcome: "twin" });
    // The attempt that nobody knows of keeps the purchase in doubt.
    expect(of("write.result").map(({ result }) => result)).toEqual(["info", "fail"]);
  });

  test.each([
    ["was answered", { body: ORDER }],
    ["was refused unseen", { status: 0, errorCode: 1212, fresh: true }],
    ["was told that it was not carried out", { status: 503, notExecuted: true }],
  ])("is an error after an attempt that %s", (_, first) => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    attempted({ ...first, endedMs: 8_101 }, 8_110);
    intend(2);
    attempted(AGAIN, 8_520);
    expect(of("load.attempt").at(-1)).toMatchObject({ attempt: 2, outcome: "error" });
  });

  test("is a twin of an attempt in doubt even when another was refused in between", () => {
    const { books, intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    attempted({ status: 0, errorCode: 1050, endedMs: 8_101 }, 8_110);
    intend(2);
    attempted(AGAIN, 8_520);
    books.tick(8_600);
    attempted({ ...AGAIN, attempt: 3, sentMs: 8_511, endedMs: 8_600 }, 8_610);
    expect(of("load.attempt").at(-1)).toMatchObject({ attempt: 3, outcome: "twin" });
  });

  test("is an error on a checkout that is alone", () => {
    const { intend, attempted, of } = openBooks(["checkout"]);
    intend(1);
    attempted({ status: 409 });
    expect(of("load.attempt")).toMatchObject([{ outcome: "error" }]);
    expect(of("write.result")).toMatchObject([{ result: "fail" }]);
  });

  test("is an error on a page", () => {
    const { attempted, of } = openBooks(["product"]);
    attempted({ ...PRODUCT, status: 409 });
    expect(of("load.attempt")).toMatchObject([{ outcome: "error" }]);
  });
});

describe("what nobody understands", () => {
  test.each<[string, (load: ReturnType<typeof openBooks>) => void, RegExp]>([
    [
      "a line that is no record",
      ({ books }) => books.take(parseRecord("a\tshop"), "a\tshop", 200),
      /a line that is no record: a\tshop/,
    ],
    [
      "half a record",
      ({ books }) => books.take(parseRecord("left\tshop"), "left\tshop", 200),
      /a line that is no record/,
    ],
    [
      "an attempt of a request that nobody planned",
      ({ attempted }) => attempted({ ...PRODUCT, plannedMs: 2_500 }),
      /was not planned/,
    ],
  ])("makes the load incomplete and is quoted: %s", (_, happens, quoted) => {
    const load = openBooks(["product"]);
    load.attempted(PRODUCT);
    happens(load);
    load.end();
    expect(load.of("load.ended")).toMatchObject([{ complete: false, detail: expect.stringMatching(quoted) }]);
  });

  test.each([1, 99, 107, 137, 255])("makes the load incomplete, though all was sent: exit code %i", (exitCode) => {
    const load = openBooks(["product"]);
    load.attempted(PRODUCT);
    load.end(exitCode);
    expect(load.of("load.ended")).toMatchObject([{ complete: false, exitCode, planned: 1, accounted: 1 }]);
  });
});

describe("the lateness of a request", () => {
  const countOf = (books: ReturnType<typeof openBooks>): readonly number[] =>
    books.of("load.health").map(({ lateness }) => Histogram.from(lateness).total);

  test("that came after its second was written is in the next one", () => {
    const load = openBooks(["product"]);
    load.attempted(PRODUCT);
    load.books.tick(1_500);
    expect(load.of("load.health").length).toBe(1);
    load.attempted({ ...PRODUCT, attempt: 2, plannedMs: 700, sentMs: 900 }, 1_600);
    load.end();
    expect(countOf(load)).toEqual([1, 1, 0]);
    expect(load.of("load.ended")).toMatchObject([{ complete: true }]);
  });

  test("that was planned after the curve's end is in the last one", () => {
    const load = openBooks(["product"]);
    load.attempted(PRODUCT);
    load.books.tick(9_000);
    load.attempted({ ...PRODUCT, attempt: 2, plannedMs: 3_500, sentMs: 3_700 }, 9_100);
    load.end();
    expect(countOf(load)).toEqual([1, 0, 1]);
    expect(load.of("load.ended")).toMatchObject([{ complete: true }]);
  });

  test("that no figures are left for makes the load incomplete", () => {
    const load = openBooks([], 0);
    load.attempted({ ...PRODUCT, attempt: 2 });
    load.end();
    expect(load.of("load.ended")).toMatchObject([{ complete: false, detail: expect.stringContaining("last figures") }]);
  });
});
