import type { Unit } from "../format.ts";
import type { Values } from "./sample-track.ts";

/** One line of a chart, one column of the CSV. */
export interface Track {
  readonly id: string;
  readonly label: string;
  /** Colour by meaning, not by number: the style sheet knows these. */
  readonly tone: "main" | "soft" | "faint" | "good" | "bad" | "plan" | "second" | "third";
  readonly unit: Unit;
  readonly values: Values;
}

/** One chart of the shared time axis. */
export interface Panel {
  readonly id: string;
  readonly title: string;
  readonly kind: "lines" | "stack";
  readonly scale: "linear" | "log";
  readonly unit: Unit;
  readonly tracks: readonly Track[];
  readonly target?: { readonly value: number; readonly label: string };
  /** What was not there to be read, when every track is empty. */
  readonly missing: string;
}

export function track(id: string, label: string, tone: Track["tone"], unit: Unit, values: Values): Track {
  return { id, label, tone, unit, values };
}
