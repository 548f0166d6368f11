import { z } from "zod";
import { Failure } from "#core/errors.ts";
import type { Outcome } from "./ordeal.ts";

/** A blow as a line of the series' file has it. */
const rowSchema = z.object({
  /** Of the project that was hit, `+` behind it when files differ from it. */
  commit: z.string(),
  /** When the blow was over. */
  at: z.string(),
  /** Its place in the series, from 1. A blow that came too late is dealt again under its own number. */
  number: z.number(),
  blow: z.string(),
  seed: z.string(),
  /** The part of a run that a random blow is for. */
  part: z.string().optional(),
  dealt: z.boolean(),
  /** The phase that it met. */
  phase: z.string(),
  /** Seconds from the command to the blow. */
  struckAt: z.number(),
  hit: z.array(z.string()),
  note: z.string().optional(),
  /** Seconds until nothing was left; null when something was. */
  goneAfter: z.number().nullable(),
  recovered: z.boolean(),
  exit: z.number().nullable(),
  left: z.array(z.string()),
  problems: z.array(z.string()),
  /** Seconds that all of it took. */
  took: z.number(),
});
export type Row = Readonly<z.infer<typeof rowSchema>>;

/** What of a row is not the outcome's. */
export type Circumstances = Pick<Row, "commit" | "at" | "number" | "part" | "took">;

const tenths = (seconds: number): number => Math.round(seconds * 10) / 10;

export function rowOf(outcome: Outcome, { took, ...circumstances }: Circumstances): Row {
  const { blow, seed, dealt, struckAt, phase, hit, note, goneAfter, recovered, exit, left, problems } = outcome;
  return {
    ...circumstances,
    blow: blow.name,
    seed,
    dealt,
    phase,
    struckAt: tenths(struckAt),
    hit: [...hit],
    note,
    goneAfter: goneAfter === undefined ? null : tenths(goneAfter),
    recovered,
    exit: exit ?? null,
    left: [...left],
    problems: [...problems],
    took: tenths(took),
  };
}

/** The rows of a file. @throws Failure that names the line that is none: half a series must not pass for a whole one. */
export function readRows(text: string, file: string): readonly Row[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line, index) => {
      try {
        return rowSchema.parse(JSON.parse(line));
      } catch (cause) {
        throw new Failure(
          "usage",
          [`line ${index + 1} of ${file} is no row of such a series`],
          "Move the file away, or take another --seed.",
          { cause },
        );
      }
    });
}
