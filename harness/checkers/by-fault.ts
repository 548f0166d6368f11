import type { Objective } from "#core/scenario.ts";
import type { CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { type Attempts, attemptsIn, summarise } from "./attempts.ts";
import { faultObjectiveId, objectiveId, provenSpans, spanTest, windowWords } from "./window.ts";

type Counted = Extract<Objective, { readonly kind: "latency" | "availability" }>;

/** What an objective is asked of: attempts, and how the finding on them is called. */
export interface Asked {
  readonly id: string;
  readonly window: string;
  readonly attempts: Attempts;
}

/** All attempts of an objective's window, under the objective's own name. */
export function wholeWindow(objective: Counted, input: CheckInput): Asked {
  const attempts = attemptsIn(input, objective.subject, objective.window);
  return { id: objectiveId(objective), window: windowWords(objective.window), attempts };
}

/**
 * What an objective is asked of: its window, and where that is the faults', each fault by itself, because in one pot the
 * calm of two would pay for what a third one cost. Faults that leave too little are asked about together; where that is
 * too little still, with all the others, so that no fault goes unjudged as long as there is enough of any.
 */
export function askedOf(
  objective: Counted,
  input: CheckInput,
  isEnough: (attempts: Attempts) => boolean,
): readonly Asked[] {
  const pot = wholeWindow(objective, input);
  if (objective.window !== "during-faults") return [pot];
  const each = provenSpans(input.records).map((span) => {
    const isInside = spanTest(span, input.records);
    return {
      id: span.id,
      isInside,
      attempts: summarise(pot.attempts.seconds.filter(({ second }) => isInside(second))),
    };
  });
  const alone = each
    .filter(({ attempts }) => isEnough(attempts))
    .map(({ id, attempts }) => ({ id: faultObjectiveId(objective, id), window: `during ${id}`, attempts }));
  const thin = each.filter(({ attempts }) => !isEnough(attempts));
  if (alone.length > 0 && thin.length === 0) return alone;
  if (alone.length === 0) return [pot];
  const names = thin.map(({ id }) => id);
  const together = summarise(pot.attempts.seconds.filter(({ second }) => thin.some((one) => one.isInside(second))));
  if (!isEnough(together)) return [...alone, { ...pot, window: `${pot.window}, for ${names.join(", ")}` }];
  const id = faultObjectiveId(objective, names.join("-and-"));
  return [...alone, { id, window: `during ${names.join(" and ")}`, attempts: together }];
}

/** What a finding takes over of what was asked. */
export function named({ id, window, attempts }: Asked): Pick<ObjectiveResult, "id" | "window" | "samples"> {
  return { id, window, samples: attempts.total };
}
