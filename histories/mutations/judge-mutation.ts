import { randomStream } from "#core/random.ts";
import type { CheckInput, Judgement, ObjectiveState } from "#core/verdict.ts";
import { judge } from "#harness/checkers/index.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";

/** A clean history with what is found in it. */
export interface Control {
  readonly name: string;
  readonly input: CheckInput;
  readonly judgement: Judgement;
}

export type Attempt =
  | { readonly kind: "no-place" }
  | { readonly kind: "caught"; readonly by: string; readonly what: string }
  | { readonly kind: "missed"; readonly what: string; readonly why: string };

export function controlOf(name: string, input: CheckInput): Control {
  return { name, input, judgement: judge(input, invariantCheckers) };
}

/**
 * Spoils a history in one place and judges it. It is caught when the verdict is no longer held, and one of the findings
 * that are expected to see it held before and does not now; any other finding may have seen something else.
 */
export function attempt(mutation: Mutation, control: Control, seed: string): Attempt {
  const draft = new Draft(control.input, randomStream(seed, mutation.name));
  const clean = expected(mutation, control.judgement);
  // What nobody judged here cannot be seen to change; those of the gate are only there when something is wrong.
  const isOfGate = mutation.expects.some((name) => name.startsWith("steady-state"));
  if (!isOfGate && !clean.some(({ state }) => state === "held")) return { kind: "no-place" };
  const what = mutation.spoil(draft);
  if (what === undefined) return { kind: "no-place" };
  const judgement = judge(draft.spoiled(), invariantCheckers);
  const before = new Set(clean.flatMap(({ id, state }) => (state === "held" ? [id] : [])));
  const found = expected(mutation, judgement);
  const by = found.find(({ id, state }) => isSeen(mutation, state) && (before.has(id) || isNew(id, control)));
  if (by !== undefined && judgement.verdict !== "held") return { kind: "caught", by: `${by.id} ${by.state}`, what };
  const states = found.map(({ id, state }) => `${id} ${state}`).slice(0, 4);
  return { kind: "missed", what, why: `${judgement.verdict}; ${states.join(", ")}` };
}

/** A finding that is only there when something is wrong, as those of the gate are. */
function isNew(id: string, { judgement }: Control): boolean {
  return !judgement.results.some((result) => result.id === id);
}

function isSeen({ as }: Mutation, state: ObjectiveState): boolean {
  return as === "either" ? state === "broken" || state === "unknown" : state === as;
}

function expected({ expects }: Mutation, { results }: Judgement) {
  return results.filter(({ id }) =>
    expects.some((name) => (name.endsWith("*") ? id.startsWith(name.slice(0, -1)) : id === name)),
  );
}
