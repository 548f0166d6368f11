import { loadZero } from "#core/history.ts";
import type { Objective, Subject } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { attemptsIn, type Second } from "./attempts.ts";
import { calmAfter } from "./calm.ts";
import { overLimit } from "./latency.ts";
import { lacking } from "./samples.ts";
import { shareBounds } from "./statistics.ts";
import { type FaultSpan, objectiveId, provenSpans, subjectWords } from "./window.ts";
import { countWords, latencyWords, percent, seconds } from "./words.ts";

type Recovery = Extract<Objective, { readonly kind: "recovery" }>;

/** 1 - 0.99 is a little more than 0.01 in a double, and must not allow one attempt more in a hundred. */
const ROUNDING = 1e-9;

/** What a second must be like to count as steady. */
interface Limits {
  readonly belowMs: number;
  readonly slowShare: number;
  readonly badShare: number;
}

/** One good second is luck, five in a row are a state: the shop's retries and half-open breakers come in 1 to 5 s. */
export const STEADY_SECONDS = 5;

/**
 * Attempts in those five seconds. One slow and one failed attempt are always forgiven, so with a handful any shop would
 * look steady. Of 75 attempts a shop that still fails one in ten lets at most one fail in 3.5 of 1,000 stretches, and so
 * in fewer than 5 of 100 recoveries, for which up to a dozen stretches are looked at.
 */
export const LEAST_STEADY_ATTEMPTS = 75;

/** From each healing to the first of five seconds in a row inside the limits of the steady state. */
export const recoveryChecker: Checker = {
  name: "recovery",
  check: (input) =>
    input.scenario.expect.flatMap((objective) =>
      objective.kind === "recovery" ? judgeRecovery(objective, input) : [],
    ),
};

function judgeRecovery(objective: Recovery, input: CheckInput): readonly ObjectiveResult[] {
  const base = {
    id: objectiveId(objective),
    group: "faults",
    title: `recovery of ${subjectWords(objective.subject)}`,
    target: `within ${seconds(objective.withinMs)} of healing`,
    window: "after each healing",
    samples: 0,
    evidence: [],
  } as const;
  const healed = provenSpans(input.records).filter((span) => span.healedAt !== undefined);
  if (healed.length === 0) {
    return [
      { ...base, state: "not-judged", observed: "nothing to recover from", reason: "no fault was in force and healed" },
    ];
  }
  const limits = limitsFor(objective.subject, input);
  if (limits === undefined) {
    const reason = "the scenario says nowhere what is steady: give it a latency objective among `steady`";
    return [{ ...base, state: "unknown", observed: "not measured", reason }];
  }
  const attempts = attemptsIn(input, objective.subject, "whole");
  const bySecond = new Map(attempts.seconds.map((second) => [second.second, second]));
  return healed.map((span) => ({ ...base, ...judgeSpan(objective, span, limits, bySecond, input) }));
}

type Judged = Pick<
  ObjectiveResult,
  "id" | "state" | "title" | "observed" | "samples" | "reason" | "evidence" | "window"
> &
  Partial<Pick<ObjectiveResult, "scale" | "decidedAt" | "lacking">>;

function judgeSpan(
  objective: Recovery,
  span: FaultSpan,
  limits: Limits,
  bySecond: ReadonlyMap<number, Second>,
  input: CheckInput,
): Judged {
  const zero = loadZero(input.records) ?? 0;
  const healedAt = (span.healedAt ?? 0) - zero;
  const base = {
    id: `${objectiveId(objective)}-${span.id}`,
    title: `recovery of ${subjectWords(objective.subject)} from ${span.title}`,
    window: `after ${span.id} was healed`,
  };
  const steadyFrom = (first: number): boolean => isSteady(range(first, bySecond), limits);
  const samplesFrom = (first: number) => range(first, bySecond).reduce((sum, second) => sum + (second?.total ?? 0), 0);
  const healedSecond = Math.floor(healedAt / 1_000);
  const tail = { evidence: [...span.evidence].slice(-10) };
  const scale = (ms: number) => ({
    scale: { value: ms / 1_000, target: objective.withinMs / 1_000, unit: "s", better: "lower" as const },
  });
  const last = Math.max(-1, ...bySecond.keys());
  const most = mostAttempts(samplesFrom, healedSecond + 1, last);
  const thin = (samples: number): Judged => ({
    ...base,
    ...tail,
    ...lacking(input),
    observed: "not measured",
    samples,
    reason: `${countWords(samples)} attempts came in ${STEADY_SECONDS} seconds, and it takes ${LEAST_STEADY_ATTEMPTS} to call a shop steady`,
  });
  // The second of the healing itself is half fault: the first that can be whole is the next.
  const inTime = Array.from(
    { length: Math.floor((healedAt + objective.withinMs) / 1_000) - healedSecond },
    (_, i) => healedSecond + 1 + i,
  );
  const disturbed = disturbedAt(objective, span, input);
  const isWatched = disturbed === undefined && (last + 1) * 1_000 - healedAt >= neededMs(objective);
  if (most !== undefined && most < LEAST_STEADY_ATTEMPTS) {
    const isHopeless = isWatched && !inTime.some(steadyFrom) && isCertainlyUnsteady(inTime, bySecond, limits);
    if (!isHopeless) return thin(most);
    const reason = `no ${STEADY_SECONDS} seconds in a row inside the steady limits in time; few attempts came, and of them too many failed or were slow for chance`;
    return { ...base, ...tail, state: "broken", observed: "not in time", samples: most, reason };
  }
  // Healing can hurt too, when all come back at once: who had coped with the fault must also be calm without it.
  if (steadyFrom(healedSecond - STEADY_SECONDS) && steadyFrom(healedSecond + 1)) {
    const reason = "the shop was inside its steady limits for five seconds before and after the healing: it had coped";
    const before = samplesFrom(healedSecond - STEADY_SECONDS);
    const after = samplesFrom(healedSecond + 1);
    if (Math.min(before, after) < LEAST_STEADY_ATTEMPTS) return thin(Math.min(before, after));
    const samples = before + after;
    return { ...base, ...tail, ...scale(0), state: "held", observed: "before healing", samples, reason };
  }
  for (let second = healedSecond + 1; second + STEADY_SECONDS - 1 <= last; second += 1) {
    if (!steadyFrom(second)) continue;
    const tookMs = Math.max(0, second * 1_000 - healedAt);
    // What came back only after another fault had come says nothing of this one.
    if (tookMs > objective.withinMs && disturbed !== undefined) break;
    if (samplesFrom(second) < LEAST_STEADY_ATTEMPTS) return thin(samplesFrom(second));
    const state = tookMs <= objective.withinMs ? "held" : "broken";
    return {
      ...base,
      ...tail,
      ...scale(tookMs),
      state,
      observed: seconds(tookMs),
      samples: samplesFrom(second),
      reason: `until the first of ${STEADY_SECONDS} seconds in a row with at most ${percent(limits.slowShare)} slower than ${latencyWords(limits.belowMs)} and at most ${percent(limits.badShare)} failed`,
      decidedAt: { fromMs: zero + healedAt, toMs: zero + second * 1_000 },
    };
  }
  return {
    ...base,
    ...tail,
    ...neverSteady(objective, last, healedAt, disturbed, zero, calmAfter(input.scenario, span.id), input),
  };
}

/**
 * Whether the seconds in which the shop could have been steady in time are beyond its limits by more than chance, however
 * few attempts they had: by the exact bounds of both shares.
 */
function isCertainlyUnsteady(
  inTime: readonly number[],
  bySecond: ReadonlyMap<number, Second>,
  { belowMs, slowShare, badShare }: Limits,
): boolean {
  const parts = inTime.flatMap((second) => bySecond.get(second) ?? []);
  const sum = (of: (second: Second) => number): number => parts.reduce((all, second) => all + of(second), 0);
  const total = sum((second) => second.total);
  const isBeyond = (within: number, share: number): boolean => shareBounds(within, total).high < 1 - share;
  return (
    isBeyond(
      sum(({ good }) => good),
      badShare,
    ) ||
    isBeyond(
      sum((second) => second.total - overLimit(second, belowMs)),
      slowShare,
    )
  );
}

/** Most attempts that any five whole seconds from this one on brought; undefined where there were none. */
function mostAttempts(samplesFrom: (first: number) => number, from: number, last: number): number | undefined {
  let most: number | undefined;
  for (let second = from; second + STEADY_SECONDS - 1 <= last; second += 1) {
    most = Math.max(most ?? 0, samplesFrom(second));
  }
  return most;
}

/** How long a shop must be watched before it can be said not to have recovered. */
function neededMs(objective: Recovery): number {
  return objective.withinMs + STEADY_SECONDS * 1_000;
}

/** The other fault that was there before this one's recovery could be told, and when on the run clock. */
function disturbedAt(
  objective: Recovery,
  span: FaultSpan,
  input: CheckInput,
): { readonly id: string; readonly at: number } | undefined {
  const healedAt = span.healedAt ?? 0;
  const others = provenSpans(input.records).filter(
    (other) => other.id !== span.id && other.toMs > healedAt && other.fromMs < healedAt + neededMs(objective),
  );
  const [first] = others.sort((a, b) => a.fromMs - b.fromMs);
  return first === undefined ? undefined : { id: first.id, at: Math.max(first.fromMs, healedAt) };
}

/** Not steady again while anybody looked: broken if that was long enough to tell, otherwise nobody knows. */
function neverSteady(
  objective: Recovery,
  lastSecond: number,
  healedAt: number,
  disturbed: { readonly id: string; readonly at: number } | undefined,
  zero: number,
  plannedMs: number,
  input: CheckInput,
): Pick<ObjectiveResult, "state" | "observed" | "samples" | "reason" | "lacking"> {
  const endMs = Math.min((lastSecond + 1) * 1_000, (disturbed?.at ?? Number.POSITIVE_INFINITY) - zero);
  const watched = seconds(Math.max(0, endMs - healedAt));
  if (disturbed === undefined && endMs - healedAt >= neededMs(objective)) {
    const reason = `no ${STEADY_SECONDS} seconds in a row inside the steady limits in the ${watched} that the load went on`;
    return { state: "broken", observed: "never", samples: 0, reason };
  }
  const until = disturbed === undefined ? "the load ended" : `${disturbed.id} was in force`;
  return {
    // A quick run's plan leaves too little time; where it left enough, something is missing.
    ...(plannedMs >= neededMs(objective) ? { state: "unknown" as const } : lacking(input)),
    observed: "not yet",
    samples: 0,
    reason: `${until} ${watched} after healing, and it takes ${seconds(neededMs(objective))} to decide: move the fault, or let the load go on`,
  };
}

function range(first: number, bySecond: ReadonlyMap<number, Second>): readonly (Second | undefined)[] {
  return Array.from({ length: STEADY_SECONDS }, (_, i) => bySecond.get(first + i));
}

/**
 * Each second inside the limits, and all together too. One attempt is always forgiven: in a second of twenty attempts a
 * single slow one would be 5 %, which says nothing about a share of 1 %. A second without attempts is no good second.
 */
function isSteady(parts: readonly (Second | undefined)[], limits: Limits): boolean {
  const present = parts.filter((part) => part !== undefined);
  if (present.length < parts.length) return false;
  const allowed = (share: number, total: number): number => Math.max(1, Math.ceil(share * total - ROUNDING));
  const isInside = (seconds: readonly Second[]): boolean => {
    const total = seconds.reduce((sum, second) => sum + second.total, 0);
    const slow = seconds.reduce((sum, second) => sum + overLimit(second, limits.belowMs), 0);
    const bad = seconds.reduce((sum, second) => sum + second.total - second.good, 0);
    return total > 0 && slow <= allowed(limits.slowShare, total) && bad <= allowed(limits.badShare, total);
  };
  return present.every((second) => isInside([second])) && isInside(present);
}

/** The limits of the steady state, for the subject itself where it has its own, else for all pages; else what is expected. */
function limitsFor(subject: Subject, { scenario }: CheckInput): Limits | undefined {
  const all = [...scenario.steady, ...scenario.expect];
  const nearest = <T extends { readonly subject: Subject }>(found: readonly T[]): T | undefined =>
    found.find((each) => each.subject === subject) ?? found.find((each) => each.subject === "all");
  const latency = nearest(all.filter((each) => each.kind === "latency"));
  if (latency === undefined) return undefined;
  const availability = nearest(all.filter((each) => each.kind === "availability"));
  return {
    belowMs: latency.belowMs,
    slowShare: 1 - latency.quantile,
    badShare: 1 - (availability?.atLeast ?? 1),
  };
}
