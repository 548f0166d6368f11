import type { Random } from "#core/random.ts";

/**
 * Confidence of one bound in a run of its own. A claim has one side ("at least 99 %"), so each bound is wrong in at most
 * 5 % of runs, and the interval between a lower and an upper one covers the truth in at least 90 %. Where a run is one
 * of several tries it is higher (`confidenceOf`).
 */
const BOUND_CONFIDENCE = 0.95;

/** Level of the interval between two such bounds, as it is printed. */
export function intervalLevel(confidence: number): number {
  // 1 - 2 * 0.05 is not quite 0.9 in a double, and the level is printed and compared.
  return Number((2 * confidence - 1).toFixed(6));
}

/** A share with its lower and upper bound. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Exact bounds of a share after Clopper and Pearson: the shares at which what was seen, or something more extreme, still
 * has a chance of `1 - confidence`. They never promise too much, whatever the share; they do assume independent
 * attempts, so bursts of errors make the truth a little wider.
 */
export function shareBounds(good: number, total: number, confidence = BOUND_CONFIDENCE): Interval {
  if (total <= 0) return { low: 0, high: 1 };
  const chance = 1 - confidence;
  return {
    low: good === 0 ? 0 : betaQuantile(chance, good, total - good + 1),
    high: good === total ? 1 : betaQuantile(confidence, good + 1, total - good),
  };
}

/** Attempts without a single bad one that are needed before "at least this share is good" can be said. */
export function minimumSamples(atLeast: number, confidence = BOUND_CONFIDENCE): number {
  // A promise of no failure at all can never be proven by counting; it is asked for what three nines would need.
  const share = Math.min(atLeast, 0.999);
  if (share <= 0) return 1;
  return Math.ceil(Math.log(1 - confidence) / Math.log(share));
}

/** A second of a window: how many values fell into each bucket, and how many attempts had no answer to measure. */
export interface Block {
  readonly counts: ReadonlyMap<number, number>;
  readonly unanswered: number;
}

/**
 * Resamples beyond each edge. Chance in the drawing moves an edge: with 25 beyond it, an edge meant for 2.5 % lies
 * between 1.5 and 3.5 %. The stream is named by the objective, so the same history always gets the same edge.
 */
const BEYOND_EACH_EDGE = 25;
const BOOTSTRAP_LEVEL = 0.95;

/**
 * Seconds that are drawn together, at most. Slow seconds come in runs (a collection of garbage, a restart, a full queue):
 * drawn one by one they would look like so many independent witnesses, and the interval would be too narrow.
 */
const RUN_SECONDS = 5;

/**
 * Runs that a resample is put together from, at least: from one or two whole runs each resample would be the window
 * itself, and the interval would have no width however little the window says.
 */
const LEAST_RUNS = 4;

/**
 * Shorter windows say nothing of a quantile: of eight seconds two are drawn together, and with fewer each second is its
 * own witness or is drawn with most of the others.
 */
export const LEAST_SECONDS_OF_QUANTILE = 8;

/**
 * Interval of a quantile by a moving block bootstrap (Kuensch 1989, circular as by Politis and Romano 1992): attempts of
 * one second share their fate, and so do neighbouring seconds. `Infinity` where the quantile falls among attempts without
 * an answer; from 0 to `Infinity` where there are too few seconds to say anything. How far it covers the truth is
 * measured in the test: where neighbouring seconds hang together by half, 95 of 100 do, from eight seconds on; of a
 * shop whose slow seconds are rarer than the window is long nobody can know the slowest.
 */
export function quantileInterval(
  blocks: readonly Block[],
  share: number,
  random: Random,
  level: number = BOOTSTRAP_LEVEL,
): Interval {
  const { length } = blocks;
  if (length < LEAST_SECONDS_OF_QUANTILE) return { low: 0, high: Number.POSITIVE_INFINITY };
  const table = tableOf(blocks);
  const slow = slowPart(table, share);
  const draws = new Uint32Array(length);
  const found: number[] = [];
  const runSeconds = Math.min(RUN_SECONDS, Math.floor(length / LEAST_RUNS));
  // Rounded, because 1 - 0.95 is a little more than 0.05 in a double.
  const resamples = Math.round((2 * BEYOND_EACH_EDGE) / (1 - level));
  for (let round = 0; round < resamples; round += 1) {
    draws.fill(0);
    for (let i = 0; i < length; i += runSeconds) {
      const first = random.integer(length);
      for (let offset = 0; offset < Math.min(runSeconds, length - i); offset += 1) {
        const drawn = (first + offset) % length;
        draws[drawn] = (draws[drawn] ?? 0) + 1;
      }
    }
    // Where the quantile of a resample lies below the slow part, all of it has to be added up after all.
    found.push(quantileOf(slow, draws, share) ?? quantileOf(table, draws, share) ?? Number.POSITIVE_INFINITY);
  }
  found.sort((a, b) => a - b);
  const edges = {
    low: found[BEYOND_EACH_EDGE] ?? Number.POSITIVE_INFINITY,
    high: found[resamples - BEYOND_EACH_EDGE - 1] ?? Number.POSITIVE_INFINITY,
  };
  const seen = quantileOf(table, draws.fill(1), share) ?? Number.POSITIVE_INFINITY;
  return widened(edges, seen, spreadOf(length / runSeconds, level));
}

/**
 * How much wider than its resamples an interval of so many runs has to be: the resamples spread as if the spread of the
 * runs were known, and it is guessed from these few (Student). By a twenty-fifth for 45 runs, twice as wide for four.
 */
export function spreadOf(runs: number, level: number): number {
  return (student(runs - 1, level) / student(ALMOST_NORMAL, level)) * Math.sqrt(runs / (runs - 1));
}

/** Degrees of freedom at which Student's distribution is the normal one to five digits. */
const ALMOST_NORMAL = 100_000;

/** Between minus and plus this lies a variable of Student's distribution with a chance of `level`. */
function student(degrees: number, level: number): number {
  const x = betaQuantile(1 - level, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - x)) / x);
}

/** Edges moved away from the value that was seen, in whole buckets; buckets grow with the value. */
function widened({ low, high }: Interval, seen: number, spread: number): Interval {
  // Among attempts without an answer there are no distances.
  if (!Number.isFinite(seen)) return { low, high };
  return {
    low: Math.max(0, seen - Math.ceil((seen - low) * spread)),
    high: Number.isFinite(high) ? seen + Math.ceil((high - seen) * spread) : high,
  };
}

/** All blocks in three flat arrays: a long run has a million cells, and each is looked at in every resample. */
interface Table {
  readonly buckets: readonly number[];
  /** Cells of block `i` lie from `ends[i - 1]` to `ends[i]`. */
  readonly ends: Uint32Array;
  readonly columns: Uint32Array;
  readonly counts: Float64Array;
  readonly unanswered: Float64Array;
  /** How many values of each block were faster than the first of `buckets`, and are in no cell. */
  readonly faster: Float64Array;
  /** Where the blocks are added up. */
  readonly sums: Float64Array;
}

function tableOf(blocks: readonly Block[]): Table {
  const seen = new Set<number>();
  for (const { counts } of blocks) for (const bucket of counts.keys()) seen.add(bucket);
  const buckets = [...seen].sort((a, b) => a - b);
  const columnOf = new Map(buckets.map((bucket, index) => [bucket, index]));
  const cells = blocks.reduce((sum, { counts }) => sum + counts.size, 0);
  const table = {
    buckets,
    ends: new Uint32Array(blocks.length),
    columns: new Uint32Array(cells),
    counts: new Float64Array(cells),
    unanswered: Float64Array.from(blocks, ({ unanswered }) => unanswered),
    faster: new Float64Array(blocks.length),
    sums: new Float64Array(buckets.length),
  };
  let cell = 0;
  for (const [index, { counts }] of blocks.entries()) {
    for (const [bucket, count] of counts) {
      table.columns[cell] = columnOf.get(bucket) ?? 0;
      table.counts[cell] = count;
      cell += 1;
    }
    table.ends[index] = cell;
  }
  return table;
}

/** So many times as many values as lie beyond the quantile are kept: a resample's quantile seldom lies below them. */
const KEPT = 5;

/** The same blocks with only their slow values in cells: the others need only be counted, and are most. */
function slowPart(table: Table, share: number): Table {
  const all = new Uint32Array(table.ends.length).fill(1);
  const least = quantileOf(table, all, 1 - KEPT * (1 - share)) ?? Number.POSITIVE_INFINITY;
  const first = table.buckets.findIndex((bucket) => bucket >= least);
  if (first <= 0) return table;
  const { ends, columns, counts } = table;
  const kept = columns.reduce((sum, column) => sum + (column >= first ? 1 : 0), 0);
  const slow = {
    buckets: table.buckets.slice(first),
    ends: new Uint32Array(ends.length),
    columns: new Uint32Array(kept),
    counts: new Float64Array(kept),
    unanswered: table.unanswered,
    faster: new Float64Array(ends.length),
    sums: new Float64Array(table.buckets.length - first),
  };
  let cell = 0;
  for (let block = 0, from = 0; block < ends.length; block += 1) {
    for (; from < (ends[block] ?? 0); from += 1) {
      const column = columns[from] ?? 0;
      const count = counts[from] ?? 0;
      if (column < first) {
        slow.faster[block] = (slow.faster[block] ?? 0) + count;
        continue;
      }
      slow.columns[cell] = column - first;
      slow.counts[cell] = count;
      cell += 1;
    }
    slow.ends[block] = cell;
  }
  return slow;
}

/** Bucket of the quantile of blocks drawn so often each; undefined below the table's own values. */
function quantileOf(table: Table, draws: Uint32Array, share: number): number | undefined {
  const { total, faster } = addUp(table, draws);
  const rank = Math.max(1, Math.ceil(share * total));
  return rank <= faster ? undefined : bucketAt(table.sums, table.buckets, rank - faster);
}

/** Adds up the blocks as often as each was drawn; answers how many attempts that makes, those without an answer too. */
function addUp(
  { ends, columns, counts, unanswered, faster, sums }: Table,
  draws: Uint32Array,
): { readonly total: number; readonly faster: number } {
  sums.fill(0);
  let total = 0;
  let below = 0;
  for (let block = 0, cell = 0; block < ends.length; block += 1) {
    const times = draws[block] ?? 0;
    const end = ends[block] ?? 0;
    if (times === 0) {
      cell = end;
      continue;
    }
    below += times * (faster[block] ?? 0);
    total += times * ((unanswered[block] ?? 0) + (faster[block] ?? 0));
    for (; cell < end; cell += 1) {
      const column = columns[cell] ?? 0;
      const count = times * (counts[cell] ?? 0);
      sums[column] = (sums[column] ?? 0) + count;
      total += count;
    }
  }
  return { total, faster: below };
}

function bucketAt(sums: Float64Array, buckets: readonly number[], rank: number): number {
  let seen = 0;
  for (let column = 0; column < sums.length; column += 1) {
    seen += sums[column] ?? 0;
    if (seen >= rank) return buckets[column] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}

/** Halvings of [0, 1] until nothing is left to halve in a double. */
const HALVINGS = 60;

/** The value that a Beta(a, b) variable stays below with this chance; found by halving, since the function only rises. */
export function betaQuantile(chance: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let i = 0; i < HALVINGS; i += 1) {
    const middle = (low + high) / 2;
    if (regularizedBeta(middle, a, b) < chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function, by its continued fraction (Lentz's method). */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  // The fraction converges fast on one side of the mean; the other follows from the symmetry of the function.
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

const TINY = 1e-300;
const PRECISION = 1e-14;
/** It needs about the square root of the larger parameter: enough for a hundred million attempts. */
const MAX_TERMS = 20_000;

function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= MAX_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    fraction *= step;
    if (Math.abs(step - 1) < PRECISION) break;
  }
  return fraction;
}

/** Coefficients of Lanczos' approximation for g = 7 (P. Godfrey): fifteen digits. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const;

function logGamma(x: number): number {
  const shifted = x - 1;
  let sum: number = LANCZOS[0];
  for (const [index, coefficient] of LANCZOS.entries()) if (index > 0) sum += coefficient / (shifted + index);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}
