import { expect, test } from "vitest";
import type { LoadAttempt, LoadBatch, Outcome, Page } from "#core/history.ts";
import { judge } from "./index.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";
import { validAnswersChecker } from "./valid-answers.ts";

const expectations = [
  { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "whole" },
  { kind: "availability", subject: "all", atLeast: 0.99, window: "whole" },
] as const;

interface Purchase {
  readonly add?: Outcome;
  readonly checkout: Outcome;
}

/** Every tenth of a second somebody fills a cart, and pays three seconds later. */
function purchases(bought: (addMs: number) => Purchase): NonNullable<Story["also"]> {
  const attempt = (user: number, step: number, page: Page, plannedMs: number, outcome: Outcome) => {
    const event: LoadAttempt = {
      kind: "load.attempt",
      id: `run-1.${user}.${step}.1`,
      lane: "shoppers",
      page,
      region: "eu",
      plannedMs,
      sentMs: plannedMs,
      durationMs: 5,
      status: 200,
      outcome,
      attempt: 1,
    };
    return { atMs: plannedMs + 5, event };
  };
  return Array.from({ length: 800 }, (_, user) => {
    const addMs = 5_000 + user * 100;
    const { add = "ok", checkout } = bought(addMs);
    return [attempt(user, 4, "add", addMs, add), attempt(user, 6, "checkout", addMs + 3_000, checkout)];
  }).flat();
}

function judged(story: Story) {
  const [outside, during] = validAnswersChecker.check(inputOf(scenarioWith(expectations), story));
  return { outside, during };
}

test("carts that were filled and bought hold, in and outside of faults", () => {
  const { outside, during } = judged({ also: purchases(() => ({ checkout: "ok" })) });
  expect(outside).toMatchObject({ id: "valid-answers-outside-faults", group: "orders", state: "held" });
  expect(during).toMatchObject({ id: "valid-answers-during-faults", state: "held" });
});

test("a shop that loses every cart and calls each checkout invalid is broken, though everything was answered", () => {
  const story: Story = {
    also: purchases(() => ({ checkout: "invalid" })),
    attempts: (_, lane) => (lane === "shoppers" ? [["ok", 5, 98], ["invalid", 5, 1]] : undefined), // biome-ignore format: one second a line
  };
  const judgement = judge(inputOf(scenarioWith(expectations), { also: story.also ?? [] }), []);
  expect(judgement.verdict).toBe("broken");
  expect(judgement.results.find(({ id }) => id === "availability-all-whole")).toMatchObject({ state: "held" });
  expect(judgement.sentence).toContain("a filled cart can be bought");
  expect(judged(story).outside).toMatchObject({ state: "broken", observed: "0%" });
});

test("one in a hundred is too much outside of faults, and a lost second of carts is borne in one", () => {
  const some = (share: number) => purchases((ms) => ({ checkout: (ms / 100) % (1 / share) === 0 ? "invalid" : "ok" }));
  expect(judged({ also: some(0.04) }).outside).toMatchObject({ state: "broken" });
  expect(judged({ also: some(0.01) }).outside).toMatchObject({ state: "unknown" });
  // The fault lasts from 40 to 52.3 s of the load.
  const lost = purchases((ms) => ({ checkout: ms >= 45_000 && ms < 45_300 ? "invalid" : "ok" }));
  expect(judged({ also: lost })).toMatchObject({ outside: { state: "held" }, during: { state: "held" } });
  const all = purchases((ms) => ({ checkout: ms >= 40_000 && ms < 52_000 ? "invalid" : "ok" }));
  expect(judged({ also: all })).toMatchObject({ outside: { state: "held" }, during: { state: "broken" } });
});

test("a cart whose add failed may be empty, and is no case", () => {
  const failed = purchases(() => ({ add: "timeout", checkout: "invalid" }));
  expect(judged({ also: failed }).outside).toMatchObject({ state: "held" });
});

test("checkouts in plenty, of carts that nobody saw filled, make the run unknown", () => {
  const second = (i: number): LoadBatch => ({
    kind: "load.batch",
    second: i,
    lane: "shoppers",
    page: "checkout",
    region: "eu",
    outcomes: { ok: 10 },
    latency: {},
  });
  const batches = Array.from({ length: 80 }, (_, i) => ({ atMs: (i + 5) * 1_000, event: second(i + 5) }));
  const carts = (also: NonNullable<Story["also"]>) =>
    validAnswersChecker.check(inputOf(scenarioWith(expectations), { also })).find(({ id }) => id === "trust-carts");
  expect(carts(batches)).toMatchObject({ state: "unknown", observed: "0 of 800" });
  const bought = purchases(() => ({ checkout: "ok" }));
  expect(carts([...batches, ...bought])).toMatchObject({ state: "held", observed: "800 of 800" });
  expect(carts([])).toMatchObject({ state: "not-judged" });
});

test("any page, and the buyers' lane, can call what is right invalid", () => {
  for (const lane of ["shoppers", "buyers"] as const) {
    const story: Story = { attempts: (_, each) => (each === lane ? [["invalid", 5, 20]] : undefined) };
    expect(judged(story).outside, lane).toMatchObject({ state: "broken", observed: "0%" });
  }
  const bots: Story = { attempts: (_, lane) => (lane === "bots" ? [["invalid", 5, 20]] : undefined) };
  expect(judged(bots).outside).toMatchObject({ state: "held" });
});

test("a page of few answers is judged with the next larger ones, and not left out", () => {
  const order = (outcome: Outcome, second: number): LoadBatch => ({
    kind: "load.batch",
    second,
    lane: "shoppers",
    page: "order",
    region: "eu",
    outcomes: { [outcome]: 1 },
    latency: {},
  });
  const orders = (invalid: number): NonNullable<Story["also"]> =>
    Array.from({ length: 30 }, (_, i) => ({ atMs: i * 1_000, event: order(i < invalid ? "invalid" : "ok", i) }));
  // Thirty orders, and 77 answers of the product pages, are too few for 99 %: the buyers' lane comes to them.
  expect(judged({ also: orders(0) }).outside).toMatchObject({ state: "held" });
  const one = judged({ also: orders(1) }).outside;
  expect(one).toMatchObject({ state: "held" });
  expect(one?.reason).toContain("1 of 1,647 answers of page order, page product, the buyers' lane");
  // Enough against the shop they may say alone.
  expect(judged({ also: orders(30) }).outside).toMatchObject({ state: "broken", observed: "0%" });
});

test("where too little was answered nobody knows, a quick run leaves it, and without a fault nothing is judged", () => {
  const without: NonNullable<Story["without"]> = (event) => event.kind === "load.batch" && event.second > 0;
  expect(judged({ without: (event) => event.kind === "load.batch" }).outside).toMatchObject({ state: "unknown" });
  expect(judged({ without }).outside).toMatchObject({ state: "unknown", lacking: "samples" });
  const scenario = scenarioWith(expectations);
  const quick = inputOf({ ...scenario, load: { ...scenario.load, pace: "quick" } }, { without });
  expect(validAnswersChecker.check(quick)[0]).toMatchObject({ state: "not-judged", lacking: "samples" });
  expect(judged({ fault: ["skipped"] }).during).toMatchObject({ state: "not-judged", reason: "no fault was in force" });
});
