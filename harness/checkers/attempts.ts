import { GOOD_OUTCOMES, type LoadBatch, type Outcome } from "#core/history.ts";
import type { Subject, Window } from "#core/scenario.ts";
import type { CheckInput } from "#core/verdict.ts";
import { type LoadTable, loadTable } from "./load-table.ts";
import type { Block } from "./statistics.ts";
import { windowTest } from "./window.ts";

/** What one second brought to whoever is judged. */
export interface Second extends Block {
  readonly second: number;
  readonly total: number;
  readonly good: number;
  readonly outcomes: ReadonlyMap<Outcome, number>;
  /** Sequence numbers of its batches. */
  readonly evidence: readonly number[];
}

export interface Attempts {
  readonly seconds: readonly Second[];
  readonly total: number;
  readonly good: number;
  readonly outcomes: ReadonlyMap<Outcome, number>;
}

/** Attempts of a subject in a window, second by second. Bots are nobody's subject: they are load, not customers. */
export function attemptsIn(input: CheckInput, subject: Subject, window: Window): Attempts {
  const isInside = windowTest(window, input);
  const table = loadTable(input);
  const seconds = new Map<number, GrowingSecond>();
  for (let row = 0; row < table.length; row += 1) {
    const second = table.second(row);
    if (!isSubject(table.page(row), subject) || !isInside(second)) continue;
    const known = seconds.get(second) ?? emptySecond(second);
    seconds.set(second, known);
    addRow(known, table, row);
  }
  return summarise([...seconds.values()].sort((a, b) => a.second - b.second));
}

export function summarise(seconds: readonly Second[]): Attempts {
  const outcomes = new Map<Outcome, number>();
  for (const second of seconds) for (const [outcome, count] of second.outcomes) add(outcomes, outcome, count);
  return {
    seconds,
    total: seconds.reduce((sum, second) => sum + second.total, 0),
    good: seconds.reduce((sum, second) => sum + second.good, 0),
    outcomes,
  };
}

/** Bad outcomes by number, the commonest first: `timeout 12, lost 3`. */
export function badWords(outcomes: ReadonlyMap<Outcome, number>): string {
  const bad = [...outcomes].filter(([outcome, count]) => count > 0 && !GOOD_OUTCOMES.includes(outcome));
  return bad
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, count]) => `${outcome} ${count}`)
    .join(", ");
}

function isSubject({ lane, page }: Pick<LoadBatch, "lane" | "page">, subject: Subject): boolean {
  if (subject === "buyers") return lane === "buyers";
  return lane === "shoppers" && (subject === "all" || page === subject);
}

interface GrowingSecond extends Second {
  readonly counts: Map<number, number>;
  readonly outcomes: Map<Outcome, number>;
  readonly evidence: number[];
  unanswered: number;
  total: number;
  good: number;
}

function emptySecond(second: number): GrowingSecond {
  return { second, counts: new Map(), unanswered: 0, outcomes: new Map(), total: 0, good: 0, evidence: [] };
}

function addRow(second: GrowingSecond, table: LoadTable, row: number): void {
  second.evidence.push(table.seq(row));
  second.unanswered += table.unanswered(row);
  table.eachBucket(row, (bucket, count) => add(second.counts, bucket, count));
  table.eachOutcome(row, (outcome, count) => {
    add(second.outcomes, outcome, count);
    second.total += count;
    if (GOOD_OUTCOMES.includes(outcome)) second.good += count;
  });
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
