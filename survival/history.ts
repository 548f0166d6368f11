import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PHASES, type Phase } from "./blow.ts";

/** What is read of a record: only the harness's own words about the run. */
const recordSchema = z.object({ kind: z.string(), state: z.string(), name: z.string().optional() });
type RunWord = z.infer<typeof recordSchema>;

const BEGINS: Readonly<Record<Phase, (word: RunWord) => boolean>> = {
  start: ({ kind, state }) => kind === "run" && state === "planned",
  steady: ({ kind, state }) => kind === "run" && state === "load-begun",
  inject: ({ kind, state }) => kind === "fault" && state === "injecting",
  fault: ({ kind, state }) => kind === "fault" && state === "in-force",
  heal: ({ kind, state }) => kind === "fault" && state === "healing",
  drain: ({ kind, state, name }) => kind === "phase" && state === "end" && name === "down",
  truth: ({ kind, state }) => kind === "run" && state === "drained",
  report: ({ kind, state }) => kind === "run" && state === "ended",
};

/** A megabyte is more than a run writes between two looks. */
const PIECE_BYTES = 1 << 20;

/** Follows the history of the run with this seed while it is written: the same file that a crash would leave. */
export class HistoryTail implements Disposable {
  readonly #results: string;
  readonly #seed: string;
  readonly #begun: Phase[] = [];
  #ended = 0;
  #file: number | undefined;
  #rest = "";

  constructor(results: string, seed: string) {
    this.#results = results;
    this.#seed = seed;
  }

  /** The run's result folder, once there is one. */
  get folder(): string | undefined {
    const name = existsSync(this.#results)
      ? readdirSync(this.#results).find((each) => each.endsWith(`-${this.#seed}`))
      : undefined;
    return name === undefined ? undefined : join(this.#results, name);
  }

  /** Parts that the run says to have ended, or seen ending, so far. */
  get ended(): number {
    return this.#ended;
  }

  /** Phases that the run has begun by now, in order; those of faults once for each fault. */
  begun(): readonly Phase[] {
    const { folder } = this;
    const path = folder === undefined ? undefined : join(folder, "history.jsonl");
    if (this.#file === undefined && path !== undefined && existsSync(path)) this.#file = openSync(path, "r");
    if (this.#file === undefined) return this.#begun;
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let bytes = readSync(this.#file, piece); bytes > 0; bytes = readSync(this.#file, piece)) {
      // Records are ASCII but for titles, so a character that is cut in two harms no word that is looked for.
      const lines = `${this.#rest}${piece.toString("latin1", 0, bytes)}`.split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#note(line);
    }
    return this.#begun;
  }

  #note(line: string): void {
    // Most lines are batches of the load; these kinds are a few dozen.
    if (!/"kind":"(run|fault|phase|node)"/.test(line)) return;
    const word = recordSchema.safeParse(JSON.parse(line));
    if (!word.success) return;
    const { kind, state } = word.data;
    if ((kind === "node" && /^(killed|exited|stopped)$/.test(state)) || (kind === "run" && state === "drained"))
      this.#ended += 1;
    for (const phase of PHASES) if (BEGINS[phase](word.data)) this.#begun.push(phase);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
