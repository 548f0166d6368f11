import { describe, expect, test } from "vitest";
import type { Page } from "#core/history.ts";
import { type LoadShape, loadLengthMs, phaseSpan, usersAt } from "#core/scenario.ts";
import { crowdSize, stayOf } from "./arrivals.ts";
import { MIX, TIMES } from "./mix.ts";
import { type LoadPlan, loadPlan } from "./plan.ts";
import { encodeTimetable, type Step } from "./step.ts";

const SHAPE: LoadShape = {
  kind: "black-friday",
  scale: 1_000,
  pace: "compressed",
  startUsers: 5_000,
  phases: [
    { name: "normal", forMs: 10_000, users: 5_000 },
    { name: "surge", forMs: 30_000, users: 850_000 },
    { name: "plateau", forMs: 20_000, users: 850_000 },
    { name: "climb", forMs: 15_000, users: 2_000_000 },
    { name: "peak", forMs: 125_000, users: 2_000_000 },
    { name: "down", forMs: 10_000, users: 5_000 },
  ],
  buyersPerSecond: 20,
  steadyPhase: "plateau",
  peakPhase: "peak",
};
const WORDS = Array.from({ length: 5_000 }, (_, i) => `word${i + 1}`);

const planFor = (shape: LoadShape, seed: string): LoadPlan =>
  loadPlan({ shape, seed, regions: ["eu", "us"], words: WORDS });

const plan = planFor(SHAPE, "seed");
const users = Array.from({ length: plan.users }, (_, i) => plan.user(i));
const lane = Array.from({ length: plan.places }, (_, i) => plan.place(i)).flatMap((place) => place.steps);
const buyers = lane.filter((step) => step.ask.page === "checkout");
const shopperSteps = users.filter((user) => user.lane === "shoppers").flatMap((user) => user.steps);

const share = (steps: readonly Step[], page: Page): number =>
  steps.filter((step) => step.ask.page === page).length / steps.length;

describe("a plan", () => {
  test("is the same for the same seed and another one for another", () => {
    const again = planFor(SHAPE, "seed");
    const other = planFor(SHAPE, "other");
    const text = (from: LoadPlan): string =>
      [from.user(7), from.user(1_500), from.place(3)].map(encodeTimetable).join();
    expect(text(again)).toBe(text(plan));
    expect(text(other)).not.toBe(text(plan));
  });

  test("does not depend on the order in which users are asked for, nor on how long the load lasts", () => {
    const longer = { ...SHAPE, phases: SHAPE.phases.map((phase) => ({ ...phase })) };
    longer.phases[4] = { name: "peak", forMs: 250_000, users: 2_000_000 };
    const stretched = planFor(longer, "seed").user(900).steps;
    const steps = users[900]?.steps ?? [];
    expect(steps.length).toBeGreaterThan(10);
    expect(stretched.slice(0, steps.length)).toEqual(steps);
  });

  test("follows the curve: user seconds are its integral, and the peak and the plateau are reached", () => {
    const seconds = users.reduce((sum, user) => sum + user.leaveMs - user.arriveMs, 0) / 1_000;
    let integral = 0;
    for (let atMs = 50; atMs < loadLengthMs(SHAPE); atMs += 100) integral += usersAt(SHAPE, atMs) / SHAPE.scale / 10;
    expect(seconds / integral).toBeCloseTo(1, 1.5);
    const present = (atMs: number): number =>
      users.filter((user) => user.arriveMs <= atMs && user.leaveMs > atMs).length;
    expect(present(5_000)).toBe(5);
    expect(present(58_000)).toBe(850);
    expect(present((phaseSpan(SHAPE, "peak")?.fromMs ?? 0) + 10_000)).toBe(2_000);
    expect(crowdSize(SHAPE)).toBe(2_000);
  });

  test("has arrivals that are burstier than Poisson's, but not by much", () => {
    const dense = { ...SHAPE, scale: 100 };
    const counts = new Map<number, number>();
    // The straight part of the surge, in windows of a fifth of a second.
    for (let user = 0; user < 8_500; user += 1) {
      const { arriveMs } = stayOf(dense, "seed", user);
      if (arriveMs >= 15_000 && arriveMs < 35_000) {
        const window = Math.floor(arriveMs / 200);
        counts.set(window, (counts.get(window) ?? 0) + 1);
      }
    }
    const values = [...counts.values()];
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(variance / mean).toBeGreaterThan(1);
    expect(variance / mean).toBeLessThan(2.5);
  });

  test("gives each user its region, and each region its share", () => {
    for (const user of users) expect(new Set(user.steps.map((step) => step.region)).size).toBeLessThanOrEqual(1);
    const eu = users.filter((user) => user.steps[0]?.region === "eu").length;
    expect(eu / users.length).toBeCloseTo(MIX.regionShares.eu, 1);
  });

  test("keeps every step within its user's stay, in order, and people think 7 s on average", () => {
    const pauses: number[] = [];
    const outside: Step[] = [];
    for (const user of users) {
      for (const [i, step] of user.steps.entries()) {
        if (step.atMs < Math.floor(user.arriveMs) || step.atMs > Math.ceil(user.leaveMs)) outside.push(step);
        const next = user.steps[i + 1];
        if (next !== undefined && user.lane === "shoppers") pauses.push(next.atMs - step.atMs);
      }
    }
    expect(outside).toEqual([]);
    // A stay that ends cuts long pauses off more often than short ones, hence the room.
    const mean = pauses.reduce((a, b) => a + b, 0) / pauses.length;
    expect(mean).toBeGreaterThan(0.9 * TIMES.thinkMeanMs);
    expect(mean).toBeLessThan(1.02 * TIMES.thinkMeanMs);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(TIMES.thinkFloorMs - 1);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(TIMES.thinkCutMs + 1);
  });
});

describe("the mix", () => {
  test("has the documented shares of browsing pages", () => {
    const browse = MIX.browse;
    const browsing = shopperSteps.filter((step) => step.ask.page in browse);
    for (const page of ["home", "search", "category", "product"] as const) {
      expect(share(browsing, page)).toBeCloseTo(browse[page], 1.7);
    }
    expect(browsing.length / shopperSteps.length).toBeGreaterThan(0.9);
  });

  test("has a funnel of 4 % of visits that buy and seven in ten carts that are left", () => {
    const visits = new Map<string, Set<Page>>();
    for (const [number, user] of users.entries()) {
      if (user.lane !== "shoppers") continue;
      // The last visit is cut off by the stay's end: it says nothing about the funnel.
      const last = user.steps.at(-1)?.visit;
      for (const step of user.steps) {
        if (step.visit === last) continue;
        const pages = visits.get(`${number}/${step.visit}`) ?? new Set();
        visits.set(`${number}/${step.visit}`, pages.add(step.ask.page));
      }
    }
    const all = [...visits.values()];
    const bought = all.filter((pages) => pages.has("checkout")).length;
    const filled = all.filter((pages) => pages.has("add")).length;
    expect(all.length).toBeGreaterThan(5_000);
    // Long visits are cut off more often than short ones, so a little less than 4 % is left.
    expect(bought / all.length).toBeGreaterThan(0.028);
    expect(bought / all.length).toBeLessThan(0.045);
    expect(1 - bought / filled).toBeGreaterThan(0.65);
    expect(1 - bought / filled).toBeLessThan(0.8);
  });

  test("puts door-busters into 40 % of the adds, and more of them are wanted than there are", () => {
    const adds = shopperSteps.flatMap((step) => (step.ask.page === "add" ? [step.ask.line] : []));
    expect(adds.filter((line) => line.productId <= 5).length / adds.length).toBeCloseTo(MIX.doorBusterAdds, 1);
    // The first one's stock at this scale is 20 pieces; the buyers' lane alone wants more in a quick run's minute.
    const wanted = buyers.flatMap((step) => (step.ask.page === "checkout" && step.atMs < 59_000 ? step.ask.lines : []));
    const first = wanted.filter((line) => line.productId === 1).reduce((sum, line) => sum + line.quantity, 0);
    expect(first).toBeGreaterThan(20);
  });

  test("makes a tenth of the requests come from bots", () => {
    const bots = users.filter((user) => user.lane === "bots").flatMap((user) => user.steps).length;
    expect(bots / (bots + shopperSteps.length)).toBeGreaterThan(0.06);
    expect(bots / (bots + shopperSteps.length)).toBeLessThan(0.14);
  });

  test("draws products and terms by their popularity", () => {
    const products = shopperSteps.flatMap((step) => (step.ask.page === "product" ? [step.ask.id] : []));
    const harmonic = Array.from({ length: 20_000 }, (_, i) => 1 / (i + 1)).reduce((a, b) => a + b, 0);
    expect(products.filter((id) => id === 1).length / products.length).toBeCloseTo(1 / harmonic, 1.7);
    expect(Math.max(...products)).toBeLessThanOrEqual(20_000);
    const terms = new Set(shopperSteps.flatMap((step) => (step.ask.page === "search" ? [step.ask.term] : [])));
    expect(terms.has("word1")).toBe(true);
    expect(terms.has("")).toBe(false);
  });
});

describe("the buyers' lane", () => {
  test("buys twenty times a second, evenly, whatever the scale", () => {
    const instants = buyers.map((step) => step.atMs).sort((a, b) => a - b);
    expect(instants).toEqual(Array.from({ length: 20 * 210 }, (_, i) => i * 50));
    expect(planFor({ ...SHAPE, scale: 250 }, "seed").place(0).steps.length).toBe(plan.place(0).steps.length);
  });

  test("never needs a place before its last buyer has given up for good", () => {
    const longestMs = 2 * TIMES.patienceMs + TIMES.retryMostMs;
    const { steps } = plan.place(0);
    for (const [i, step] of steps.slice(1).entries()) {
      // A look belongs to the buyer before it.
      if (step.ask.page === "order") continue;
      expect(step.atMs - (steps[i]?.atMs ?? 0)).toBeGreaterThan(longestMs);
    }
  });

  test("has five buyers a second look at their order, a second after the checkout", () => {
    const looks = lane.filter((step) => step.ask.page === "order");
    expect(looks.length / buyers.length).toBeCloseTo(MIX.looksPerSecond / SHAPE.buyersPerSecond, 1.5);
    const checkouts = new Map(buyers.map((step) => [step.visit, step.atMs]));
    for (const look of looks) expect(look.atMs - (checkouts.get(look.visit) ?? 0)).toBe(1_000);
  });

  test("brings the coupon with a tenth of the checkouts, and the crowd's carts as well", () => {
    const carried = (steps: readonly Step[]): number => {
      const checkouts = steps.flatMap((step) => (step.ask.page === "checkout" ? [step.ask] : []));
      return checkouts.filter((ask) => ask.coupon === "EARLYBIRD").length / checkouts.length;
    };
    expect(carried(buyers)).toBeCloseTo(MIX.couponCheckouts, 1);
    expect(carried(buyers)).toBeGreaterThan(0.08);
    expect(carried(shopperSteps)).toBeGreaterThan(0);
    // At this scale it is good for 25 orders: the lane alone uses it up within a quick run's first half minute.
    const early = buyers.filter((step) => step.atMs < 30_000);
    expect(carried(early) * early.length).toBeGreaterThan(25);
  });

  test("submits about two checkouts in a hundred twice", () => {
    const repeated = buyers.filter(
      (step) => step.ask.page === "checkout" && ["double", "again"].includes(step.ask.submission),
    ).length;
    expect(repeated / buyers.length).toBeGreaterThan(0.012);
    expect(repeated / buyers.length).toBeLessThan(0.03);
  });
});

test("one buyer a second of the lane comes back with another body, at most one in one, and shoppers never", () => {
  const clashing = (steps: readonly Step[]) =>
    steps.filter(({ ask }) => ask.page === "checkout" && ask.submission === "clash").length;
  const seconds = loadLengthMs(SHAPE) / 1_000;
  expect(clashing(buyers) / seconds).toBeGreaterThan(0.75 * MIX.clashesPerSecond);
  expect(clashing(buyers) / seconds).toBeLessThan(1.25 * MIX.clashesPerSecond);
  expect(clashing(shopperSteps)).toBe(0);
  const slow = planFor({ ...SHAPE, buyersPerSecond: 1 }, "seed").place(0).steps;
  expect(slow.length).toBeGreaterThan(5);
  const once = slow.filter(({ ask }) => ask.page === "checkout" && ask.submission === "once");
  expect(once).toEqual([]);
  expect(encodeTimetable({ lane: "buyers", arriveMs: 0, leaveMs: 1, steps: slow })).toMatch(/,clash:\d+x\d/);
});

test("a curve that rises again after it fell is refused", () => {
  const phases = [...SHAPE.phases, { name: "again", forMs: 5_000, users: 900_000 }];
  expect(() => planFor({ ...SHAPE, phases }, "seed").user(100)).toThrow(RangeError);
});
