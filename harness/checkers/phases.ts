import type { Window } from "#core/scenario.ts";
import type { CheckInput, PhaseResult } from "#core/verdict.ts";
import { type Attempts, type Second, summarise } from "./attempts.ts";
import { windowTest } from "./window.ts";

/** What the seconds of a phase say of an objective; undefined when nothing of them can be told. */
type Judge = (seconds: readonly Second[], phase: string) => Omit<PhaseResult, "name" | "samples">;

/**
 * An objective phase by phase, for the reader: where in the run it was how far from its target. Only for windows that
 * reach over several phases; a phase with fewer attempts than the objective takes is not judged.
 */
export function byPhase(
  window: Window,
  minimum: number,
  attempts: Attempts,
  input: CheckInput,
  judge: Judge,
): { readonly phases?: readonly PhaseResult[] } {
  if (window !== "whole" && window !== "outside-faults") return {};
  const phases = input.scenario.load.phases.map(({ name }): PhaseResult => {
    const isInside = windowTest({ phase: name }, input);
    const part = summarise(attempts.seconds.filter(({ second }) => isInside(second)));
    const samples = part.total;
    if (samples < minimum) return { name, samples, state: "not-judged", observed: "not measured" };
    return { name, samples, ...judge(part.seconds, name) };
  });
  return { phases };
}
