import { loadZero } from "#core/history.ts";
import type { Objective } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { type Attempts, attemptsIn, badWords, summarise } from "./attempts.ts";
import { tooFew } from "./samples.ts";
import { INTERVAL_LEVEL, minimumSamples, shareBounds } from "./statistics.ts";
import { objectiveId, subjectWords, windowTest, windowWords } from "./window.ts";
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
      objective.kind === "availability" ? [judgeAvailability(objective, input)] : [],
    ),
};

export function judgeAvailability(objective: Availability, input: CheckInput): ObjectiveResult {
  const attempts = attemptsIn(input, objective.subject, objective.window);
  const base = {
    id: objectiveId(objective),
    group: "load",
    title: `availability of ${subjectWords(objective.subject)}`,
    target: `>= ${percent(objective.atLeast)}`,
    samples: attempts.total,
    window: windowWords(objective.window),
  } as const;
  const few = tooFew(input, objective.window, attempts.total, minimumSamples(objective.atLeast));
  if (few !== undefined) return { ...base, ...few, observed: "not measured", evidence: [] };

  const observed = attempts.good / attempts.total;
  const { low, high } = shareBounds(attempts.good, attempts.total);
  // Nothing bad at all is as good as it gets, even against a target of 100 % that no count could prove.
  const isClean = attempts.good === attempts.total;
  const state = isClean || low >= objective.atLeast ? "held" : high < objective.atLeast ? "broken" : "unknown";
  const bad = attempts.seconds.filter((second) => second.good < second.total);
  const zero = loadZero(input.records) ?? 0;
  const [first, last] = [bad[0], bad.at(-1)];
  return {
    ...base,
    state,
    observed: percent(observed),
    interval: { low: percent(low), high: percent(high), level: INTERVAL_LEVEL },
    scale: { value: observed, low, high, target: objective.atLeast, unit: "share", better: "higher" },
    reason: [reasonOf(state, attempts), ...byPhase(objective, input, attempts)].join("; "),
    evidence: bad.flatMap((second) => second.evidence).slice(0, 10),
    ...(first === undefined || last === undefined || state === "held"
      ? {}
      : { decidedAt: { fromMs: zero + first.second * 1_000, toMs: zero + (last.second + 1) * 1_000 } }),
  };
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

/** For the whole run: the same figure phase by phase, for the reader; it does not weigh. */
function byPhase(objective: Availability, input: CheckInput, attempts: Attempts): readonly string[] {
  if (objective.window !== "whole") return [];
  const minimum = minimumSamples(objective.atLeast);
  const phases = input.scenario.load.phases.map(({ name }) => {
    const isInside = windowTest({ phase: name }, input);
    const part = summarise(attempts.seconds.filter(({ second }) => isInside(second)));
    return `${name} ${part.total < minimum ? `not judged (${part.total})` : percent(part.good / part.total)}`;
  });
  return [`by phase: ${phases.join(", ")}`];
}
