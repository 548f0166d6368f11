import { GOOD_OUTCOMES, type LoadBatch, type Outcome } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import type { Subject, Window } from "#core/scenario.ts";
import type { CheckInput } from "#core/verdict.ts";
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
  const batches = new Map<number, { readonly seq: number; readonly batch: LoadBatch }[]>();
  for (const record of recordsOf(input, "load.batch")) {
    if (!isSubject(record, subject) || !isInside(record.second)) continue;
    const known = batches.get(record.second) ?? [];
    known.push({ seq: record.seq, batch: record });
    batches.set(record.second, known);
  }
  const seconds = [...batches].sort(([a], [b]) => a - b).map(([second, parts]) => secondOf(second, parts));
  return summarise(seconds);
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

function isSubject(batch: LoadBatch, subject: Subject): boolean {
  if (subject === "buyers") return batch.lane === "buyers";
  return batch.lane === "shoppers" && (subject === "all" || batch.page === subject);
}

function secondOf(second: number, parts: readonly { readonly seq: number; readonly batch: LoadBatch }[]): Second {
  const counts = new Map<number, number>();
  const outcomes = new Map<Outcome, number>();
  let unanswered = 0;
  for (const { batch } of parts) {
    for (const [outcome, count] of outcomesOf(batch)) add(outcomes, outcome, count);
    const answers = answersOf(batch);
    unanswered += answers.unanswered;
    for (const [bucket, count] of answers.counts) add(counts, bucket, count);
  }
  const of = (names: readonly Outcome[]): number => names.reduce((sum, name) => sum + (outcomes.get(name) ?? 0), 0);
  return {
    second,
    counts,
    unanswered,
    outcomes,
    total: [...outcomes.values()].reduce((sum, count) => sum + count, 0),
    good: of(GOOD_OUTCOMES),
    evidence: parts.map(({ seq }) => seq),
  };
}

/** Outcomes without an answer: slower than any limit, whatever the histogram had to say of them. */
const UNANSWERED: readonly Outcome[] = ["timeout", "lost", "unsent", "refused", "broken-off"];

/**
 * Latencies of a batch without those of attempts that got no answer. The histogram does not say whose each value is, but
 * a failed attempt stands in it with a user's whole patience, so these lie at its slow end and are taken from there.
 */
function answersOf(batch: LoadBatch): Block {
  const sorted = Object.entries(batch.latency)
    .map(([bucket, count]): [number, number] => [Number(bucket), count])
    .sort(([a], [b]) => b - a);
  const measured = sorted.reduce((sum, [, count]) => sum + count, 0);
  const total = outcomesOf(batch).reduce((sum, [, count]) => sum + count, 0);
  const without = UNANSWERED.reduce((sum, name) => sum + (batch.outcomes[name] ?? 0), 0);
  // An attempt that has no value at all needs none to be taken away.
  const absent = Math.max(0, total - measured);
  takeAway(sorted, Math.max(0, without - absent));
  return { counts: new Map(sorted.filter(([, count]) => count > 0)), unanswered: Math.max(without, absent) };
}

function takeAway(counts: [number, number][], howMany: number): void {
  let left = howMany;
  for (const cell of counts) {
    const taken = Math.min(left, cell[1]);
    cell[1] -= taken;
    left -= taken;
    if (left === 0) return;
  }
}

function outcomesOf(batch: LoadBatch): readonly [Outcome, number][] {
  // JSON keys of a batch are outcomes by its type; Object.entries only forgets that.
  return Object.entries(batch.outcomes) as [Outcome, number][];
}

function add<K>(counts: Map<K, number>, key: K, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
