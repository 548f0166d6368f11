import type { Lane, Outcome, Page } from "#core/history.ts";
import { phaseSpan } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { loadTable } from "./load-table.ts";
import { faultSpans, spanTest } from "./window.ts";
import { countWords } from "./words.ts";

/**
 * Attempts that nothing excuses, of which one at least must have been answered. A page that fails every second time
 * misses ten in a row once in a thousand; what fails oftener than that has no share to be told of a phase.
 */
const LEAST_ATTEMPTS = 10;

/** A fault is felt for as long as its users wait for what they asked before it was gone. */
const FELT_AFTER_MS = 8_000;

/** Who is a customer. Bots are load, and of a key that comes back with another body an "ok" would be a lie. */
const CUSTOMERS: readonly Lane[] = ["shoppers", "buyers", "looks"];

/**
 * Whether every kind of page was had in every phase. What is told of a phase, that it was fast, and that nothing was
 * lost in it, is told of pages that came; of one that never did nothing is known, and in one pot with the others it
 * hides. Whether the shop is to blame is for the objectives to say.
 */
export const answeredPagesChecker: Checker = {
  name: "answered-pages",
  check: (input) => [answeredPages(input)],
};

/** One page in one phase. */
interface Cell {
  readonly page: Page;
  readonly phase: string;
  /** Answered with what was asked for, at any time of the phase. */
  ok: number;
  /** Attempts in seconds that no fault explains; what was planned and never sent is one. */
  asked: number;
  /** All attempts. */
  total: number;
  readonly evidence: number[];
}

function answeredPages(input: CheckInput): ObjectiveResult {
  const cells = cellsOf(input);
  const had = cells.filter(({ ok }) => ok > 0);
  const missed = cells.filter(({ ok, asked }) => ok === 0 && asked >= LEAST_ATTEMPTS);
  const open = cells.filter(({ ok, asked }) => ok === 0 && asked < LEAST_ATTEMPTS);
  const words = (cell: Cell): string => `page ${cell.page} in phase ${cell.phase} (${countWords(cell.total)})`;
  const untold = open.length === 0 ? "" : `; too few to tell, or only during faults: ${open.map(words).join(", ")}`;
  return {
    id: "trust-pages-answered",
    group: "trust",
    title: "every page was had in every phase",
    state: had.length > 0 && missed.length === 0 ? "held" : "unknown",
    target: `one answer at least where ${LEAST_ATTEMPTS} were asked for`,
    observed: `${countWords(had.length)} of ${countWords(cells.length)}`,
    samples: cells.reduce((sum, { total }) => sum + total, 0),
    window: "each phase",
    reason:
      cells.length === 0
        ? "no attempt reached the history: look at the generator's log before anything else"
        : missed.length > 0
          ? `not one was answered with what was asked for, though no fault explains it: ${missed.map(words).join(", ")}${untold}`
          : `of each page and phase at least one attempt was answered with what was asked for${untold}`,
    evidence: missed.flatMap(({ evidence }) => evidence).slice(0, 10),
    ...(missed.length === 0 ? {} : { offenders: missed.slice(0, 10).map(words) }),
  };
}

/** In the order of the phases, and in each by the name of the page. */
function cellsOf(input: CheckInput): readonly Cell[] {
  const { phases } = input.scenario.load;
  const spans = phases.map(({ name }) => ({
    name,
    ...(phaseSpan(input.scenario.load, name) ?? { fromMs: 0, toMs: 0 }),
  }));
  const isExplained = explainedBy(input);
  const cells = new Map<string, Cell>();
  const table = loadTable(input);
  for (let row = 0; row < table.length; row += 1) {
    const { lane, page } = table.page(row);
    if (!CUSTOMERS.includes(lane)) continue;
    const second = table.second(row);
    const place = spans.findIndex(({ fromMs, toMs }) => second * 1_000 >= fromMs && second * 1_000 < toMs);
    const phase = spans[place];
    // What was asked after the curve's end is of no phase.
    if (phase === undefined) continue;
    const name = `${String(place).padStart(4, "0")}/${page}`;
    const cell = cells.get(name) ?? { page, phase: phase.name, ok: 0, asked: 0, total: 0, evidence: [] };
    cells.set(name, cell);
    let total = 0;
    table.eachOutcome(row, (outcome: Outcome, count) => {
      total += count;
      if (outcome === "ok") cell.ok += count;
    });
    cell.total += total;
    if (!isExplained(second)) cell.asked += total;
    if (cell.evidence.length < 10) cell.evidence.push(table.seq(row));
  }
  return [...cells].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, cell]) => cell);
}

/** Seconds that a fault touches, or the time in which it is still felt. */
function explainedBy({ records }: CheckInput): (second: number) => boolean {
  const tests = faultSpans(records).map((span) => spanTest({ ...span, toMs: span.toMs + FELT_AFTER_MS }, records));
  return (second) => tests.some((isTouched) => isTouched(second));
}
