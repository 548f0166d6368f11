import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "#core/random.ts";
import {
  type Block,
  betaQuantile,
  minimumSamples,
  quantileInterval,
  regularizedBeta,
  shareBounds,
  spreadOf,
} from "./statistics.ts";

test("known values of the incomplete beta function", () => {
  expect(regularizedBeta(0.5, 2, 2)).toBeCloseTo(0.5, 12);
  expect(regularizedBeta(0.2, 1, 1)).toBeCloseTo(0.2, 12);
  // P(X >= 3) of a binomial with n = 5, p = 0.4 is I_0.4(3, 3) = 0.31744.
  expect(regularizedBeta(0.4, 3, 3)).toBeCloseTo(0.31744, 10);
  expect(regularizedBeta(0.999, 99_900, 101)).toBeCloseTo(0.526562, 5);
});

test("the quantile undoes the distribution, for small and for very large counts", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      fc.integer({ min: 1, max: 2_000_000 }),
      (chance, n) => {
        const good = Math.max(1, Math.floor(n * 0.99));
        const x = betaQuantile(chance, good, n - good + 1);
        expect(regularizedBeta(x, good, n - good + 1)).toBeCloseTo(chance, 5);
      },
    ),
    { numRuns: 60 },
  );
});

test("textbook bounds: none bad of n leaves the rule of three, half of ten is wide", () => {
  expect(shareBounds(299, 299).low).toBeCloseTo(0.05 ** (1 / 299), 10);
  expect(shareBounds(299, 299).high).toBe(1);
  // Two-sided 90 % Clopper-Pearson of 5 in 10: 0.2224 to 0.7776.
  expect(shareBounds(5, 10).low).toBeCloseTo(0.2224, 4);
  expect(shareBounds(5, 10).high).toBeCloseTo(0.7776, 4);
  expect(shareBounds(0, 0)).toEqual({ low: 0, high: 1 });
});

test("the minimum is the first count at which a clean sample proves the share, as in the brief", () => {
  expect(minimumSamples(0.99)).toBe(299);
  expect(minimumSamples(0.99, 0.99)).toBe(459);
  expect(minimumSamples(0.999)).toBe(2_995);
  fc.assert(
    fc.property(fc.double({ min: 0.05, max: 0.999, noNaN: true }), (share) => {
      const n = minimumSamples(share);
      expect(shareBounds(n, n).low).toBeGreaterThanOrEqual(share - 1e-12);
      if (n > 1) expect(shareBounds(n - 1, n - 1).low).toBeLessThan(share);
    }),
  );
});

test("bounds hold the observed share between them, rise with what is good and close in with the count", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
      const good = Math.floor(share * total);
      const here = shareBounds(good, total);
      expect(here.low).toBeLessThanOrEqual(good / total);
      expect(here.high).toBeGreaterThanOrEqual(good / total);
      if (good < total) {
        const more = shareBounds(good + 1, total);
        expect(more.low).toBeGreaterThan(here.low);
        expect(more.high).toBeGreaterThanOrEqual(here.high);
      }
      const tenfold = shareBounds(good * 10, total * 10);
      expect(tenfold.high - tenfold.low).toBeLessThanOrEqual(here.high - here.low);
    }),
  );
});

test("each bound is wrong in at most one run of twenty, whatever the true share", () => {
  for (const [truth, total] of [
    [0.99, 600],
    [0.9, 80],
    [0.5, 30],
  ] as const) {
    const random = randomStream("coverage", String(truth));
    const runs = 2_000;
    let tooHigh = 0;
    let tooLow = 0;
    const known = new Map<number, { low: number; high: number }>();
    for (let run = 0; run < runs; run += 1) {
      let good = 0;
      for (let i = 0; i < total; i += 1) if (random.next() < truth) good += 1;
      const bounds = known.get(good) ?? shareBounds(good, total);
      known.set(good, bounds);
      if (bounds.low > truth) tooHigh += 1;
      if (bounds.high < truth) tooLow += 1;
    }
    // 5 % and three standard errors of 2,000 runs.
    expect(tooHigh / runs).toBeLessThan(0.065);
    expect(tooLow / runs).toBeLessThan(0.065);
  }
});

/** Seconds of 50 attempts, exponential with this mean, in whole-number buckets. */
function seconds(count: number, mean: number, stream: string): readonly Block[] {
  const random = randomStream("blocks", stream);
  return Array.from({ length: count }, () => {
    const counts = new Map<number, number>();
    for (let i = 0; i < 50; i += 1) {
      const bucket = Math.floor(random.exponential(mean));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    return { counts, unanswered: 0 };
  });
}

test("the bootstrap covers the true quantile in about 95 of 100 runs", () => {
  const truth = Math.floor(-100 * Math.log(0.05));
  let covered = 0;
  for (let run = 0; run < 100; run += 1) {
    const { low, high } = quantileInterval(seconds(60, 100, `run-${run}`), 0.95, randomStream("s", `b-${run}`));
    if (low <= truth && truth <= high) covered += 1;
  }
  expect(covered).toBeGreaterThanOrEqual(88);
});

/** Seconds whose level lasts for five of them, as a collection of garbage or a full queue does. */
function spells(count: number, stream: string): readonly Block[] {
  const random = randomStream("spells", stream);
  return Array.from({ length: count / 5 }, () =>
    seconds(5, random.exponential(100), `${stream}-${random.next()}`),
  ).flat();
}

test("slow seconds that come in spells do not pass for so many witnesses", () => {
  const all = spells(20_000, "truth").flatMap(({ counts }) => [...counts].flatMap(([at, n]) => Array(n).fill(at)));
  const truth = all.toSorted((a, b) => a - b)[Math.floor(0.9 * all.length)];
  let covered = 0;
  for (let run = 0; run < 50; run += 1) {
    const { low, high } = quantileInterval(spells(200, `run-${run}`), 0.9, randomStream("s", `b-${run}`));
    if (low <= truth && truth <= high) covered += 1;
  }
  // 48 of 50; drawn second by second, and not widened, it is 32 (measured).
  expect(covered).toBeGreaterThanOrEqual(40);
});

test("the bootstrap is a function of its stream, and never falls when attempts get slower", () => {
  const fast = seconds(40, 100, "pair");
  const slow = fast.map((block) => ({
    counts: new Map([...block.counts].map(([bucket, count]) => [bucket + 50, count])),
    unanswered: 0,
  }));
  const first = quantileInterval(fast, 0.99, randomStream("s", "x"));
  expect(quantileInterval(fast, 0.99, randomStream("s", "x"))).toEqual(first);
  const second = quantileInterval(slow, 0.99, randomStream("s", "x"));
  expect(second).toEqual({ low: first.low + 50, high: first.high + 50 });
});

test("attempts without an answer are slower than any answer", () => {
  const blocks = seconds(20, 100, "lost").map((block) => ({ ...block, unanswered: 2 }));
  expect(quantileInterval(blocks, 0.99, randomStream("s", "x")).low).toBe(Number.POSITIVE_INFINITY);
  expect(quantileInterval(blocks, 0.5, randomStream("s", "x")).high).toBeLessThan(200);
});

test("a window of less than eight seconds says nothing, and one of eight has a width", () => {
  const nothing = { low: 0, high: Number.POSITIVE_INFINITY };
  for (const length of [0, 1, 5, 7]) {
    expect(quantileInterval(seconds(length, 100, "short"), 0.5, randomStream("s", "x")), `${length}`).toEqual(nothing);
  }
  for (const length of [8, 9, 10]) {
    const { low, high } = quantileInterval(spells(10, "width").slice(0, length), 0.9, randomStream("s", "x"));
    expect(high - low, `${length}`).toBeGreaterThan(10);
    expect(high).toBeLessThan(Number.POSITIVE_INFINITY);
  }
});

test("a resample without the few seconds that are slow is as fast as the others are", () => {
  const flat = (bucket: number): Block => ({ counts: new Map([[bucket, 50], [bucket + 3, 50]]), unanswered: 0 }); // biome-ignore format: one second a line
  const blocks = Array.from({ length: 20 }, (_, second) => flat(second === 8 || second === 9 ? 900 : 10));
  // A tenth of all is slow, so the slow part holds nothing else; one resample in four has none of it.
  expect(quantileInterval(blocks, 0.99, randomStream("s", "x"), 0.8).low).toBeLessThan(13);
  expect(quantileInterval(blocks, 0.99, randomStream("s", "x")).high).toBe(903);
});

test("more confidence is never a narrower interval", () => {
  const blocks = seconds(30, 100, "levels");
  const widths = [0.95, 0.98, 0.995].map((level) => {
    const { low, high } = quantileInterval(blocks, 0.99, randomStream("s", "x"), level);
    return high - low;
  });
  expect(widths.toSorted((a, b) => a - b)).toEqual(widths);
  expect(new Set(widths).size).toBe(3);
});

test("few runs make an interval wider, as Student's distribution does", () => {
  // Tables have t = 3.182 for three degrees of freedom, 2.015 for 44; the normal distribution 1.960.
  expect(spreadOf(4, 0.95)).toBeCloseTo((3.1824 / 1.95996) * Math.sqrt(4 / 3), 3);
  expect(spreadOf(45, 0.95)).toBeCloseTo((2.0154 / 1.95996) * Math.sqrt(45 / 44), 3);
});

/** Seconds of 120 attempts, exponential, their level a chain in which a second keeps half of the one before it. */
function chain(length: number, stream: string): readonly Block[] {
  const random = randomStream("chain", stream);
  const normal = () => Math.sqrt(2 * random.exponential(1)) * Math.cos(2 * Math.PI * random.next());
  let state = normal();
  return Array.from({ length }, () => {
    state = 0.5 * state + Math.sqrt(0.75) * normal();
    const level = 100 * Math.exp(0.15 * state);
    const counts = new Map<number, number>();
    for (let i = 0; i < 120; i += 1) {
      // Buckets of five in a hundred, as coarse as makes it fast.
      const bucket = Math.round(20 * Math.log(1 + random.exponential(level)));
      counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    }
    return { counts, unanswered: 0 };
  });
}

test("where neighbouring seconds hang together, the interval covers the true p99 from eight seconds on", () => {
  const counts = new Map<number, number>();
  for (const block of chain(10_000, "truth")) {
    for (const [bucket, count] of block.counts) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  const slowestFirst = [...counts].sort(([a], [b]) => b - a).flatMap(([bucket, count]) => Array(count).fill(bucket));
  const truth = slowestFirst[0.01 * 120 * 10_000];
  const runs = 100;
  for (const length of [8, 10, 20, 60]) {
    let covered = 0;
    for (let run = 0; run < runs; run += 1) {
      const interval = quantileInterval(chain(length, `${length}-${run}`), 0.99, randomStream("s", `c-${run}`));
      if (interval.low <= truth && truth <= interval.high) covered += 1;
    }
    // Measured: 91, 97, 99 and 100. With runs of five seconds and no widening it was about 77, 74, 87 and 97.
    expect(covered, `${length} seconds`).toBeGreaterThanOrEqual(88);
  }
});
