import { closeSync, existsSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { BEFORE_THE_HISTORY, type Met, PHASES, type Phase } from "./blow.ts";

/** What is read of a record: only the harness's own words about the run. */
const recordSchema = z.object({ kind: z.string(), state: z.string(), name: z.string().optional() });
type RunWord = z.infer<typeof recordSchema>;

const BEGINS: Readonly<Record<Exclude<Phase, "teardown">, (word: RunWord) => boolean>> = {
  start: ({ kind, state }) => kind === "run" && state === "planned",
  steady: ({ kind, state }) => kind === "run" && state === "load-begun",
  inject: ({ kind, state }) => kind === "fault" && state === "injecting",
  fault: ({ kind, state }) => kind === "fault" && state === "in-force",
  heal: ({ kind, state }) => kind === "fault" && state === "healing",
  drain: ({ kind, state, name }) => kind === "phase" && state === "end" && name === "down",
  truth: ({ kind, state }) => kind === "run" && state === "drained",
  report: ({ kind, state }) => kind === "run" && state === "ended",
};

/** The second of the two final reads, of whichever book: such a record can be long, and is not parsed. */
const LAST_READ = /"kind":"evidence","name":"final\/2\//;

/** Number, time, source, kind and name of a record stand before its data. */
const LINE_HEAD = 200;

/** A megabyte is more than a run writes between two looks. */
const PIECE_BYTES = 1 << 20;

/**
 * Follows the history of the run with this seed while it is written: the same file that a crash would leave. Only of the
 * run that begins behind the making of this: a folder that an earlier run of the same seed has left is not taken for it.
 */
export class HistoryTail implements Disposable {
  readonly #results: string;
  readonly #seed: string;
  readonly #earlier: ReadonlySet<string>;
  readonly #since: string;
  readonly #begun: Phase[] = [];
  #ended = 0;
  #file: number | undefined;
  #rest = "";

  constructor(results: string, seed: string) {
    this.#results = results;
    this.#seed = seed;
    this.#earlier = new Set(this.#named());
    this.#since = new Date().toISOString().replace(/[-:]/g, "").replace(/\..*/, "");
  }

  /** Folders of runs with this seed; their names begin with the second in which the run began. */
  #named(): readonly string[] {
    if (!existsSync(this.#results)) return [];
    return readdirSync(this.#results).filter((name) => name.slice("20260101T000000-".length) === this.#seed);
  }

  /** The run's result folder, once there is one. */
  get folder(): string | undefined {
    const name = this.#named().find((each) => each >= this.#since && !this.#earlier.has(each));
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

  /** The phase that the run is in by its own words. */
  get phase(): Met {
    return this.begun().at(-1) ?? BEFORE_THE_HISTORY;
  }

  #note(line: string): void {
    if (LAST_READ.test(line.slice(0, LINE_HEAD)) && !this.#begun.includes("teardown")) this.#begun.push("teardown");
    // Most lines are batches of the load; these kinds are a few dozen.
    if (!/"kind":"(run|fault|phase|node)"/.test(line)) return;
    const word = recordSchema.safeParse(JSON.parse(line));
    if (!word.success) return;
    const { kind, state } = word.data;
    if ((kind === "node" && /^(killed|exited|stopped)$/.test(state)) || (kind === "run" && state === "drained"))
      this.#ended += 1;
    for (const phase of PHASES) if (phase !== "teardown" && BEGINS[phase](word.data)) this.#begun.push(phase);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
