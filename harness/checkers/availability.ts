import { confidenceOf, drawOf } from "#core/draw.ts";
import { loadZero } from "#core/history.ts";
import type { Objective } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { type Attempts, badWords, summarise } from "./attempts.ts";
import { type Asked, askedOf, named, paidFor, type Ways, wholeWindow } from "./by-fault.ts";
import { byPhase } from "./phases.ts";
import { tooFew } from "./samples.ts";
import { intervalLevel, minimumSamples, shareBounds } from "./statistics.ts";
import { subjectWords } from "./window.ts";
import { countWords, percent } from "./words.ts";

type Availability = Extract<Objective, { readonly kind: "availability" }>;

/**
 * The share of attempts that a user takes for an answer. A "sold out" counts as one; whether it was true is a matter of
 * the invariants on stock. What was never sent, and what a user gave up waiting to send, count as bad.
 */
export const availabilityChecker: Checker = {
  name: "availability",
  check: (input) =>
    input.scenario.expect.flatMap((objective) =>
      objective.kind === "availability" ? judgeEach(objective, input) : [],
    ),
};

function judgeEach(objective: Availability, input: CheckInput): readonly ObjectiveResult[] {
  const confidence = confidenceOf(drawOf(input.records));
  return askedOf(objective, input, waysOf(objective, confidence)).map((asked) =>
    judgeAttempts(objective, input, asked, confidence),
  );
}

function waysOf(objective: Availability, confidence: number): Ways {
  const minimum = minimumSamples(objective.atLeast, confidence);
  return {
    isEnough: ({ total }) => total >= minimum,
    isBroken: (attempts) => measure(objective, attempts, confidence).state === "broken",
    isBelow: ({ good, total }) => good < total * objective.atLeast,
  };
}

/** The whole window of an objective at this confidence. */
export function judgeAvailability(objective: Availability, input: CheckInput, confidence: number): ObjectiveResult {
  return judgeAttempts(objective, input, wholeWindow(objective, input), confidence);
}

function judgeAttempts(objective: Availability, input: CheckInput, asked: Asked, confidence: number): ObjectiveResult {
  const { attempts } = asked;
  const minimum = minimumSamples(objective.atLeast, confidence);
  const base = {
    ...named(asked),
    group: "load",
    title: `availability of ${subjectWords(objective.subject)}`,
    target: `>= ${percent(objective.atLeast)}`,
  } as const;
  const { state, value: observed, low, high } = measure(objective, attempts, confidence);
  const few = tooFew(input, objective.window, attempts.total, minimum, state === "broken");
  if (few !== undefined) return { ...base, ...few, observed: "not measured", evidence: [] };

  const paid = state === "held" ? paidFor(asked, waysOf(objective, confidence), input) : undefined;
  const bad = attempts.seconds.filter((second) => second.good < second.total);
  const zero = loadZero(input.records) ?? 0;
  const [first, last] = [bad[0], bad.at(-1)];
  return {
    ...base,
    state,
    observed: percent(observed),
    interval: intervalOf(low, high, confidence),
    ...byPhase(objective.window, minimum, attempts, input, (seconds) => {
      const part = measure(objective, summarise(seconds), confidence);
      const interval = intervalOf(part.low, part.high, confidence);
      return { state: part.state, observed: percent(part.value), interval };
    }),
    scale: { value: observed, low, high, target: objective.atLeast, unit: "share", better: "higher" },
    reason: reasonOf(state, attempts),
    ...paid,
    evidence: bad.flatMap((second) => second.evidence).slice(0, 10),
    ...(first === undefined || last === undefined || state === "held"
      ? {}
      : { decidedAt: { fromMs: zero + first.second * 1_000, toMs: zero + (last.second + 1) * 1_000 } }),
  };
}

function measure({ atLeast }: Availability, { good, total }: Attempts, confidence: number) {
  const { low, high } = shareBounds(good, total, confidence);
  // Nothing bad at all is as good as it gets, even against a target of 100 % that no count could prove.
  const state = good === total || low >= atLeast ? "held" : high < atLeast ? "broken" : "unknown";
  return { state, value: good / total, low, high } as const;
}

function intervalOf(low: number, high: number, confidence: number) {
  return { low: percent(low), high: percent(high), level: intervalLevel(confidence) };
}

function reasonOf(state: "held" | "broken" | "unknown", attempts: Attempts): string {
  const failed = attempts.total - attempts.good;
  const soldOut = attempts.outcomes.get("sold-out") ?? 0;
  const count = `${countWords(failed)} of ${countWords(attempts.total)} attempts failed`;
  const which = failed === 0 ? "" : ` (${badWords(attempts.outcomes)})`;
  const true410 = soldOut === 0 ? "" : `; ${countWords(soldOut)} answers "sold out" count as good`;
  const meaning = {
    held: "",
    broken: ": the whole interval lies below the target",
    unknown: ": the interval straddles the target; more attempts would decide",
  }[state];
  return `${count}${which}${meaning}${true410}`;
}
