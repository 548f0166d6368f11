import type { HistoryRecord } from "./history.ts";
import { hashText } from "./random.ts";

/**
 * Which of how many tries a run is (`--repeat`). Whoever may try again until something holds has as many chances to be
 * wrong as tries, so what all tries together may err is divided among them, the first included; and it is known before
 * the first, so that no result decides about the confidence of its own judgement.
 */
export interface Draw {
  readonly attempt: number;
  readonly of: number;
}

/** Whatever chance leaves open after ten runs needs a longer one. */
export const MOST_DRAWS = 10;

/** How often all tries of one command together may be wrong about one bound of one objective. */
const ERROR = 0.05;

/** A draw as facts of a run's first record, so that whoever judges the history again judges it the same. */
export function drawFacts(draw: Draw): Readonly<Record<string, unknown>> {
  return draw.of === 1 ? {} : { repeat: draw };
}

/** The draw that a history tells of; a run of its own where it tells of none. What is no draw counts as the strictest. */
export function drawOf(records: readonly HistoryRecord[]): Draw {
  const planned = records.find((record) => record.kind === "run" && record.state === "planned");
  const told = planned?.kind === "run" ? planned.facts?.repeat : undefined;
  if (told === undefined) return { attempt: 1, of: 1 };
  const attempt = numberIn(told, "attempt");
  const of = numberIn(told, "of");
  const isOne = attempt !== undefined && of !== undefined && attempt <= of && of <= MOST_DRAWS;
  return isOne ? { attempt, of } : { attempt: MOST_DRAWS, of: MOST_DRAWS };
}

/** Confidence of one bound of an interval in each of so many draws (Bonferroni). */
export function confidenceOf({ of }: Pick<Draw, "of">): number {
  return 1 - ERROR / of;
}

/** A seed is part of a folder's name, and of the names of many things below it. */
export const LONGEST_SEED = 64;

/**
 * The seed of an attempt: the first one's own, and a number behind it for the others. It is one that a command line takes,
 * so that each attempt can be repeated: of a seed that leaves no room the end gives way to a sum of the whole.
 */
export function seedOf(seed: string, attempt: number): string {
  if (attempt === 1) return seed;
  const numbered = `${seed}-${attempt}`;
  if (numbered.length <= LONGEST_SEED) return numbered;
  const end = `-${hashText(seed).toString(36)}-${attempt}`;
  return `${seed.slice(0, LONGEST_SEED - end.length)}${end}`;
}

function numberIn(value: unknown, name: keyof Draw): number | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Object.entries(value).find(([key]) => key === name)?.[1];
  return typeof found === "number" && Number.isInteger(found) && found >= 1 ? found : undefined;
}
