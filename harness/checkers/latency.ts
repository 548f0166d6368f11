import { confidenceOf, drawOf } from "#core/draw.ts";
import { bucketUpperMs } from "#core/histogram.ts";
import { loadZero } from "#core/history.ts";
import { randomStream } from "#core/random.ts";
import type { Objective } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import type { Attempts, Second } from "./attempts.ts";
import { type Asked, askedOf, named, paidFor, type Ways, wholeWindow } from "./by-fault.ts";
import { byPhase } from "./phases.ts";
import { lacking, tooFew } from "./samples.ts";
import { type Block, LEAST_SECONDS_OF_QUANTILE, minimumSamples, quantileInterval, shareBounds } from "./statistics.ts";
import { objectiveId, quantileWords, subjectWords } from "./window.ts";
import { countWords, latencyWords } from "./words.ts";

type Latency = Extract<Objective, { readonly kind: "latency" }>;

/** Latency from the planned start, over every attempt of the window: one without an answer is slower than any limit. */
export const latencyChecker: Checker = {
  name: "latency",
  check: (input) =>
    input.scenario.expect.flatMap((objective) => (objective.kind === "latency" ? judgeEach(objective, input) : [])),
};

function judgeEach(objective: Latency, input: CheckInput): readonly ObjectiveResult[] {
  const level = confidenceOf(drawOf(input.records));
  return askedOf(objective, input, waysOf(objective, level)).map((asked) =>
    judgeAttempts(objective, input, asked, level),
  );
}

function waysOf(objective: Latency, level: number): Ways {
  const minimum = minimumSamples(objective.quantile, level);
  const isEnough = ({ total, seconds }: Attempts): boolean =>
    total >= minimum && seconds.length >= LEAST_SECONDS_OF_QUANTILE;
  return {
    isEnough,
    isBroken: (attempts) =>
      isEnough(attempts)
        ? measure(objective, attempts.seconds, objectiveId(objective), level).state === "broken"
        : isCertainlySlow(objective, attempts, level),
    isBelow: ({ seconds, total }) => total - slowIn(seconds, objective) < total * objective.quantile,
  };
}

/**
 * Whether attempts that are too few, or came in too few seconds, are too slow all the same: by the exact bound of the
 * share within the limit, which takes attempts for independent, and so also in more than half of the seconds. One that
 * stood still does not condemn the five beside it.
 */
function isCertainlySlow(objective: Latency, { seconds, total }: Attempts, level: number): boolean {
  const within = (of: readonly Second[]): number => {
    const all = of.reduce((sum, second) => sum + second.total, 0);
    return all - slowIn(of, objective);
  };
  const slow = seconds.filter((second) => within([second]) < second.total * objective.quantile);
  return slow.length * 2 > seconds.length && shareBounds(within(seconds), total, level).high < objective.quantile;
}

function slowIn(seconds: readonly Second[], { belowMs }: Latency): number {
  return seconds.reduce((sum, second) => sum + overLimit(second, belowMs), 0);
}

/** The whole window of an objective, its interval at this level. */
export function judgeLatency(objective: Latency, input: CheckInput, level: number): ObjectiveResult {
  return judgeAttempts(objective, input, wholeWindow(objective, input), level);
}

function judgeAttempts(objective: Latency, input: CheckInput, asked: Asked, level: number): ObjectiveResult {
  const { attempts } = asked;
  const minimum = minimumSamples(objective.quantile, level);
  const base = {
    ...named(asked),
    group: "load",
    title: `${quantileWords(objective.quantile)} of ${subjectWords(objective.subject)}`,
    target: `< ${latencyWords(objective.belowMs)}`,
  } as const;
  const measured = measure(objective, attempts.seconds, base.id, level);
  const ways = waysOf(objective, level);
  const isCertain = !ways.isEnough(attempts) && isCertainlySlow(objective, attempts, level);
  const few = tooFew(input, objective.window, attempts.total, minimum, isCertain);
  if (few !== undefined) return { ...base, ...few, observed: "not measured", evidence: [] };

  const { value: observed, low, high } = measured;
  const state = isCertain ? "broken" : measured.state;
  const isShort = !isCertain && attempts.seconds.length < LEAST_SECONDS_OF_QUANTILE;
  const paid = state === "held" ? paidFor(asked, ways, input) : undefined;
  const slow = slowSeconds(attempts, objective);
  const zero = loadZero(input.records) ?? 0;
  const [first, last] = [slow[0], slow.at(-1)];
  return {
    ...base,
    state,
    observed: latencyWords(observed),
    interval: intervalOf(low, high, level),
    ...byPhase(objective.window, minimum, attempts, input, (seconds, phase) => {
      const part = measure(objective, seconds, `${base.id}-${phase}`, level);
      const interval = intervalOf(part.low, part.high, level);
      return { state: part.state, observed: latencyWords(part.value), interval };
    }),
    ...(Number.isFinite(observed)
      ? {
          scale: {
            value: observed,
            ...(Number.isFinite(low) ? { low } : {}),
            ...(Number.isFinite(high) ? { high } : {}),
            target: objective.belowMs,
            unit: "ms",
            better: "lower" as const,
          },
        }
      : {}),
    reason: isShort ? shortWords(attempts) : isCertain ? certainWords(attempts, objective) : reasonOf(state, attempts),
    ...paid,
    ...(isShort ? lacking(input) : {}),
    evidence: slow.flatMap((second) => second.evidence).slice(0, 10),
    ...(first === undefined || last === undefined || state === "held"
      ? {}
      : { decidedAt: { fromMs: zero + first.second * 1_000, toMs: zero + (last.second + 1) * 1_000 } }),
  };
}

interface Measured {
  readonly state: "held" | "broken" | "unknown";
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The quantile of these seconds with its interval, milliseconds, against the limit. */
function measure(objective: Latency, seconds: readonly Second[], stream: string, level: number): Measured {
  const interval = quantileInterval(seconds, objective.quantile, randomStream("bootstrap", stream), level);
  const high = edge(interval.high);
  // A bucket is a stretch of values: for "outside" even its lower edge must lie there.
  const low = Number.isFinite(interval.low) && interval.low > 0 ? bucketUpperMs(interval.low - 1) : edge(interval.low);
  const state = high <= objective.belowMs ? "held" : low >= objective.belowMs ? "broken" : "unknown";
  return { state, value: edge(quantileOf(seconds, objective.quantile)), low, high };
}

function intervalOf(low: number, high: number, level: number) {
  return { low: latencyWords(low), high: latencyWords(high), level };
}

function shortWords({ seconds, total }: Attempts): string {
  return `${countWords(total)} attempts came in ${seconds.length} seconds: neighbouring seconds share their fate, so it takes ${LEAST_SECONDS_OF_QUANTILE} of them to say anything of a percentile`;
}

function certainWords({ seconds, total }: Attempts, objective: Latency): string {
  const slow = slowIn(seconds, objective);
  return `${countWords(slow)} of ${countWords(total)} attempts were slower or had no answer, in more than half of ${seconds.length} seconds: few, and too many for chance`;
}

/** Bucket of a quantile over whole seconds; `Infinity` among attempts without an answer. */
function quantileOf(blocks: readonly Block[], share: number): number {
  const counts = new Map<number, number>();
  let total = 0;
  for (const block of blocks) {
    total += block.unanswered;
    for (const [bucket, count] of block.counts) {
      counts.set(bucket, (counts.get(bucket) ?? 0) + count);
      total += count;
    }
  }
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  for (const [bucket, count] of [...counts].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return bucket;
  }
  return Number.POSITIVE_INFINITY;
}

/** Attempts of a second that were slower than the limit or had no answer at all. */
export function overLimit(block: Block, limitMs: number): number {
  let over = block.unanswered;
  for (const [bucket, count] of block.counts) if (bucketUpperMs(bucket) > limitMs) over += count;
  return over;
}

function edge(bucket: number): number {
  return Number.isFinite(bucket) ? bucketUpperMs(bucket) : bucket;
}

function reasonOf(state: "held" | "broken" | "unknown", attempts: Attempts): string {
  const unanswered = attempts.seconds.reduce((sum, second) => sum + second.unanswered, 0);
  const without = unanswered === 0 ? "" : ` (${countWords(unanswered)} of them without an answer)`;
  const over = `over ${countWords(attempts.total)} attempts${without}`;
  switch (state) {
    case "held":
      return `the whole interval lies inside the limit, ${over}`;
    case "broken":
      return `the whole interval lies outside the limit, ${over}`;
    case "unknown":
      return `the interval straddles the limit, ${over}: run it again, or longer, to decide`;
  }
}

/** The ten seconds with the most slow attempts, in their order. */
function slowSeconds(attempts: Attempts, { belowMs }: Latency): readonly Second[] {
  return attempts.seconds
    .map((second) => ({ second, over: overLimit(second, belowMs) }))
    .filter(({ over }) => over > 0)
    .sort((a, b) => b.over - a.over)
    .slice(0, 10)
    .map(({ second }) => second)
    .sort((a, b) => a.second - b.second);
}
