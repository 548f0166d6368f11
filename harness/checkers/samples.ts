import type { Window } from "#core/scenario.ts";
import type { CheckInput, ObjectiveState } from "#core/verdict.ts";
import { provenSpans } from "./window.ts";

/**
 * Whether a window has too little in it to be judged, and what then holds: a window that the run did not have is not
 * judged and does not weigh; the whole run, or a window in which nothing at all was seen, is unknown.
 */
export function tooFew(
  input: CheckInput,
  window: Window,
  samples: number,
  minimum: number,
): { readonly state: ObjectiveState; readonly reason: string } | undefined {
  if (window === "during-faults" && provenSpans(input.records).length === 0) {
    return { state: "not-judged", reason: "no fault was in force" };
  }
  if (samples >= minimum) return undefined;
  if (samples === 0) {
    return {
      state: "unknown",
      reason: "no attempt reached the history: look at the generator's log before anything else",
    };
  }
  return {
    state: window === "whole" ? "unknown" : "not-judged",
    reason: `not judged (${samples}): it takes ${minimum} attempts to say anything at 95% confidence`,
  };
}
