import { z } from "zod";

/** Who reads numbers into the history; each says a last word of its own. */
export const READERS = ["samplers", "usage"] as const;
export type ReaderName = (typeof READERS)[number];

/** Name of the evidence record with a reader's last word. */
export function lastWordName(reader: ReaderName): string {
  return `last-word/${reader}`;
}

/**
 * A source that answers nothing leaves a sample that says so, within its period. Five periods without any, and ten
 * seconds at least on a busy machine, are a reader that stopped reading; the same without a figure, a source that is gone.
 */
const MOST_SILENCE = { ms: 10_000, periods: 5 } as const;

/** Silence of a source of this period that is too long, milliseconds. */
export function mostSilenceMs(everyMs: number): number {
  return Math.max(MOST_SILENCE.ms, everyMs * MOST_SILENCE.periods);
}

/** How one source was read, from the first reading to the last. */
const source = z.object({
  name: z.string(),
  /** Where it is: a fault on that node is a reason for it to say nothing. */
  node: z.string(),
  everyMs: z.number().positive(),
  /** Sample records that it brought. */
  told: z.number().int().nonnegative(),
  /** Those of them that held a figure; the others say that it did not answer, or answered nothing. */
  answered: z.number().int().nonnegative(),
  /** Times on the run clock from one figure to the next, where that was too long; of the last, to the end of the reading. */
  speechless: z.array(z.object({ fromMs: z.number(), toMs: z.number() })),
  /** Time between the last of them and the end of the reading, and the longest between any two; milliseconds. */
  silentMs: z.number(),
  longestGapMs: z.number(),
});

/** The door of the evidence record's data. */
export const lastWordSchema = z.object({ sources: z.array(source) });

export type LastWord = Readonly<z.infer<typeof lastWordSchema>>;

/** Of a source that comes and goes, so many are told one by one; what follows is one with the last, which is then longer. */
const MOST_STRETCHES = 20;

/** Keeps count of what a source brings, for its last word. */
export class Attendance {
  readonly #name: string;
  readonly #node: string;
  readonly #everyMs: number;
  #told = 0;
  #lastMs: number;
  #longestGapMs = 0;
  #answered = 0;
  #answeredMs: number;
  readonly #speechless: { readonly fromMs: number; readonly toMs: number }[] = [];

  constructor(name: string, node: string, everyMs: number, nowMs: number) {
    this.#name = name;
    this.#node = node;
    this.#answeredMs = nowMs;
    this.#everyMs = everyMs;
    this.#lastMs = nowMs;
  }

  /** A reading has come to its end and has brought this many sample records; those that hold a figure are answers. */
  came(nowMs: number, records: number, answers: number): void {
    this.#told += records;
    this.#answered += answers;
    if (answers > 0) {
      this.#wasSpeechless(nowMs);
      this.#answeredMs = nowMs;
    }
    this.#longestGapMs = Math.max(this.#longestGapMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }

  #wasSpeechless(nowMs: number): void {
    if (nowMs - this.#answeredMs <= mostSilenceMs(this.#everyMs)) return;
    const before = this.#speechless.length < MOST_STRETCHES ? undefined : this.#speechless.pop();
    const fromMs = Math.round(before?.fromMs ?? this.#answeredMs);
    this.#speechless.push({ fromMs, toMs: Math.round(nowMs) });
  }

  /** Ends the count. */
  word(nowMs: number): LastWord["sources"][number] {
    this.#wasSpeechless(nowMs);
    const silentMs = Math.round(nowMs - this.#lastMs);
    const longestGapMs = Math.round(this.#longestGapMs);
    return {
      name: this.#name,
      node: this.#node,
      everyMs: this.#everyMs,
      told: this.#told,
      answered: this.#answered,
      speechless: this.#speechless,
      silentMs,
      longestGapMs,
    };
  }
}
