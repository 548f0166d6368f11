import type { Objective } from "#core/scenario.ts";
import type { CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { type Attempts, attemptsIn, summarise } from "./attempts.ts";
import { lacking } from "./samples.ts";
import { faultObjectiveId, objectiveId, provenSpans, spanTest, windowWords } from "./window.ts";

type Counted = Extract<Objective, { readonly kind: "latency" | "availability" }>;

/** What an objective is asked of: attempts, and how the finding on them is called. */
export interface Asked {
  readonly id: string;
  readonly window: string;
  readonly attempts: Attempts;
  /** Faults that are judged together here, where they are several. */
  readonly together: readonly string[];
  /** Those of them that leave too little to be judged alone. */
  readonly thin: readonly Part[];
}

/** What a fault left of an objective's attempts. */
interface Part {
  readonly id: string;
  readonly attempts: Attempts;
}

/** How an objective looks at attempts, whichever they are. */
export interface Ways {
  /** There are enough of them to say that it held. */
  isEnough(attempts: Attempts): boolean;
  /** They say for certain that it did not, however few they are. */
  isBroken(attempts: Attempts): boolean;
  /** By what was observed they lie on the wrong side of the target. */
  isBelow(attempts: Attempts): boolean;
}

/** All attempts of an objective's window, under the objective's own name. */
export function wholeWindow(objective: Counted, input: CheckInput): Asked {
  const attempts = attemptsIn(input, objective.subject, objective.window);
  return { id: objectiveId(objective), window: windowWords(objective.window), attempts, together: [], thin: [] };
}

/**
 * What an objective is asked of: its window, and where that is the faults', each fault by itself, because in one pot the
 * calm of two would pay for what a third one cost. A fault that leaves little and is broken all the same is so by itself.
 * Others that leave too little are asked about together; where that is too little still, with all that are not broken, so
 * that no fault goes unjudged as long as there is enough of any. What may then hold, `paidFor` says.
 */
export function askedOf(objective: Counted, input: CheckInput, ways: Ways): readonly Asked[] {
  const pot = wholeWindow(objective, input);
  if (objective.window !== "during-faults") return [pot];
  const each = provenSpans(input.records).map((span) => {
    const isInside = spanTest(span, input.records);
    const attempts = summarise(pot.attempts.seconds.filter(({ second }) => isInside(second)));
    return { id: span.id, isInside, attempts, isBroken: ways.isBroken(attempts), isEnough: ways.isEnough(attempts) };
  });
  const thin = each.filter(({ isEnough, isBroken }) => !isEnough && !isBroken);
  const asked = (parts: typeof each, words: (names: readonly string[]) => string): Asked => {
    const names = parts.map(({ id }) => id);
    const attempts = summarise(pot.attempts.seconds.filter(({ second }) => parts.some((one) => one.isInside(second))));
    const id = faultObjectiveId(objective, names.join("-and-"));
    const together = names.length > 1 ? names : [];
    return { id, window: words(names), attempts, together, thin: parts.filter((part) => thin.includes(part)) };
  };
  const alone = each.filter((part) => !thin.includes(part)).map((part) => asked([part], inOne));
  if (thin.length === 0) return alone.length > 0 ? alone : [pot];
  const together = asked(thin, inOne);
  if (thin.length === each.length) return [{ ...together, id: pot.id }];
  if (ways.isEnough(together.attempts)) return [...alone, together];
  const others = asked(
    each.filter(({ isBroken }) => !isBroken),
    (names) => `${inOne(names)}, for ${thin.map(({ id }) => id).join(" and ")}`,
  );
  return [...alone, { ...others, id: objectiveId(objective) }];
}

function inOne(names: readonly string[]): string {
  return `during ${names.join(" and ")}${names.length > 1 ? " together" : ""}`;
}

/**
 * Why what holds of several faults together may not hold of each: one that is too short to be judged lay on the wrong
 * side of the target, and what the others did better made up for it.
 */
export function paidFor(
  { thin }: Asked,
  ways: Ways,
  input: CheckInput,
): (Pick<ObjectiveResult, "state" | "lacking"> & { readonly reason: string }) | undefined {
  const below = thin.filter(({ attempts }) => ways.isBelow(attempts)).map(({ id }) => id);
  if (below.length === 0) return undefined;
  const reason = `${below.join(" and ")} alone lay outside the target, with too few attempts to tell whether by chance; the others may not make up for it`;
  return { ...lacking(input), reason };
}

/** What a finding takes over of what was asked. */
export function named({
  id,
  window,
  attempts,
  together,
}: Asked): Pick<ObjectiveResult, "id" | "window" | "samples" | "together"> {
  return { id, window, samples: attempts.total, ...(together.length === 0 ? {} : { together }) };
}
