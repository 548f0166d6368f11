import { loadZero } from "#core/history.ts";
import type { Objective } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { type Attempts, attemptsIn, badWords, summarise } from "./attempts.ts";
import { byPhase } from "./phases.ts";
import { tooFew } from "./samples.ts";
import { INTERVAL_LEVEL, minimumSamples, shareBounds } from "./statistics.ts";
import { faultObjectiveId, objectiveId, provenSpans, spanTest, subjectWords, windowWords } from "./window.ts";
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
      objective.kind !== "availability"
        ? []
        : objective.window === "during-faults"
          ? byFault(objective, input)
          : [judgeAvailability(objective, input)],
    ),
};

/**
 * Each fault by itself: in one pot the calm of two would pay for what a third one cost. A fault that leaves too few
 * attempts is not judged; where all of them do (a quick run), the pot is better than nothing.
 */
function byFault(objective: Availability, input: CheckInput): readonly ObjectiveResult[] {
  const pot = attemptsIn(input, objective.subject, objective.window);
  const each = provenSpans(input.records).map((span) => {
    const isInside = spanTest(span, input.records);
    const attempts = summarise(pot.seconds.filter(({ second }) => isInside(second)));
    const named = { id: faultObjectiveId(objective, span.id), window: `during ${span.id}` };
    return { ...judgeAttempts(objective, input, attempts), ...named };
  });
  return each.some(({ state }) => state !== "not-judged") ? each : [judgeAttempts(objective, input, pot)];
}

export function judgeAvailability(objective: Availability, input: CheckInput): ObjectiveResult {
  return judgeAttempts(objective, input, attemptsIn(input, objective.subject, objective.window));
}

function judgeAttempts(objective: Availability, input: CheckInput, attempts: Attempts): ObjectiveResult {
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

  const { state, value: observed, low, high } = measure(objective, attempts);
  const bad = attempts.seconds.filter((second) => second.good < second.total);
  const zero = loadZero(input.records) ?? 0;
  const [first, last] = [bad[0], bad.at(-1)];
  return {
    ...base,
    state,
    observed: percent(observed),
    interval: intervalOf(low, high),
    ...byPhase(objective.window, minimumSamples(objective.atLeast), attempts, input, (seconds) => {
      const part = measure(objective, summarise(seconds));
      return { state: part.state, observed: percent(part.value), interval: intervalOf(part.low, part.high) };
    }),
    scale: { value: observed, low, high, target: objective.atLeast, unit: "share", better: "higher" },
    reason: reasonOf(state, attempts),
    evidence: bad.flatMap((second) => second.evidence).slice(0, 10),
    ...(first === undefined || last === undefined || state === "held"
      ? {}
      : { decidedAt: { fromMs: zero + first.second * 1_000, toMs: zero + (last.second + 1) * 1_000 } }),
  };
}

function measure({ atLeast }: Availability, { good, total }: Attempts) {
  const { low, high } = shareBounds(good, total);
  // Nothing bad at all is as good as it gets, even against a target of 100 % that no count could prove.
  const state = good === total || low >= atLeast ? "held" : high < atLeast ? "broken" : "unknown";
  return { state, value: good / total, low, high } as const;
}

function intervalOf(low: number, high: number) {
  return { low: percent(low), high: percent(high), level: INTERVAL_LEVEL };
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
