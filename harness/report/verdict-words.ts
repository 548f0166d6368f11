import type { ObjectiveResult, ObjectiveState } from "#core/verdict.ts";

/** A verdict is never told by colour alone: word and symbol go with it. */
export const STATE_WORDS: Readonly<Record<ObjectiveState, { readonly word: string; readonly symbol: string }>> = {
  held: { word: "held", symbol: "✓" },
  broken: { word: "broken", symbol: "✕" },
  unknown: { word: "unknown", symbol: "?" },
  "not-judged": { word: "not judged", symbol: "–" },
  "not-applicable": { word: "not applicable", symbol: "○" },
};

const ORDER: readonly ObjectiveState[] = ["broken", "unknown", "held", "not-judged", "not-applicable"];

/** Broken first, then unknown; within a state in the order in which they were judged. */
export function worstFirst(objectives: readonly ObjectiveResult[]): readonly ObjectiveResult[] {
  return [...objectives].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

/** Signs as they are printed, where the text of a finding was typed. */
export function typeset(text: string): string {
  return text.replace(/>=/g, "≥").replace(/<=/g, "≤");
}

export function intervalText({ interval }: Pick<ObjectiveResult, "interval">): string {
  if (interval === undefined) return "";
  const level = Number((interval.level <= 1 ? interval.level * 100 : interval.level).toPrecision(4));
  return `${interval.low} – ${interval.high} (${level} %)`;
}

/** What the scale factor means, in words: `4,000 users stand for 2,000,000`. */
export function scaleMeaning(load: {
  readonly scale: number;
  readonly phases: readonly { readonly users: number }[];
}): string {
  const peak = Math.max(0, ...load.phases.map((phase) => phase.users));
  const number = (value: number): string => new Intl.NumberFormat("en-US").format(Math.round(value));
  return `1:${load.scale} (${number(peak / load.scale)} users stand for ${number(peak)})`;
}
