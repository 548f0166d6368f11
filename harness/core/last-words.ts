import { z } from "zod";

/** Who reads numbers into the history; each says a last word of its own. */
export const READERS = ["samplers", "usage"] as const;
export type ReaderName = (typeof READERS)[number];

/** Name of the evidence record with a reader's last word. */
export function lastWordName(reader: ReaderName): string {
  return `last-word/${reader}`;
}

/** How one source was read, from the first reading to the last. */
const source = z.object({
  name: z.string(),
  everyMs: z.number().positive(),
  /** Sample records that it brought. */
  told: z.number().int().nonnegative(),
  /** Time between the last of them and the end of the reading, and the longest between any two; milliseconds. */
  silentMs: z.number(),
  longestGapMs: z.number(),
});

/** The door of the evidence record's data. */
export const lastWordSchema = z.object({ sources: z.array(source) });

export type LastWord = Readonly<z.infer<typeof lastWordSchema>>;

/** Keeps count of what a source brings, for its last word. */
export class Attendance {
  readonly #name: string;
  readonly #everyMs: number;
  #told = 0;
  #lastMs: number;
  #longestGapMs = 0;

  constructor(name: string, everyMs: number, nowMs: number) {
    this.#name = name;
    this.#everyMs = everyMs;
    this.#lastMs = nowMs;
  }

  /** A reading has come to its end and has brought this many sample records. */
  came(nowMs: number, records: number): void {
    this.#told += records;
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  word(nowMs: number): LastWord["sources"][number] {
    const silentMs = Math.round(nowMs - this.#lastMs);
    const longestGapMs = Math.round(this.#longestGapMs);
    return { name: this.#name, everyMs: this.#everyMs, told: this.#told, silentMs, longestGapMs };
  }
}
