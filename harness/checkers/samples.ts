import type { Window } from "#core/scenario.ts";
import type { CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { provenSpans } from "./window.ts";

/**
 * What holds of an objective that saw something, but too little to say anything. Only a quick run may leave it unjudged:
 * it is for trying out, and its sentence names what it left. Everywhere else nobody knows, and an objective that weighs
 * nothing would let the run pass for held.
 */
export function lacking({ scenario }: CheckInput): Pick<ObjectiveResult, "state" | "lacking"> {
  return { state: scenario.load.pace === "quick" ? "not-judged" : "unknown", lacking: "samples" };
}

/**
 * Whether a window has too little in it to be judged, and what then holds. Few attempts say nothing for a shop, but may
 * say enough against it: what is certainly broken is never too few. A window of faults of a run that had none is not
 * judged: whether there should have been one is for the findings on faults to say.
 */
export function tooFew(
  input: CheckInput,
  window: Window,
  samples: number,
  minimum: number,
  isBroken: boolean,
): Pick<ObjectiveResult, "state" | "reason" | "lacking"> | undefined {
  if (window === "during-faults" && provenSpans(input.records).length === 0) {
    return { state: "not-judged", reason: "no fault was in force" };
  }
  if (samples >= minimum || (isBroken && samples > 0)) return undefined;
  if (samples === 0) {
    return {
      state: "unknown",
      reason: "no attempt reached the history: look at the generator's log before anything else",
    };
  }
  return {
    ...lacking(input),
    reason: `not judged (${samples}): it takes ${minimum} attempts to say anything at the confidence asked for`,
  };
}
