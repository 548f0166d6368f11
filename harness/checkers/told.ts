import { GOOD_OUTCOMES, type HistoryRecord, type Outcome, type Page } from "#core/history.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { GENERATOR_PREFIX } from "./trust.ts";
import { countWords } from "./words.ts";

/** Pages of which every attempt is a record of its own, because it changes something. */
const WRITES: readonly Page[] = ["add", "checkout"];
/** What never left has no record of its own. */
const NEVER_LEFT: readonly Outcome[] = ["lost", "unsent"];

/**
 * Whether what the generator says it did is all in the history. Its lines are numbered where they are received, so one
 * that is lost on the way leaves no gap in the numbers: a second less, a page less, or an order in doubt that was told.
 */
export const toldChecker: Checker = { name: "told", check: (input) => [told(input)] };

interface Accounts {
  /** By the seconds' own plan, and by the generator's last word. */
  planned: number;
  accounted: number | undefined;
  /** Attempts in the seconds' batches; those that are told to be repetitions; failures that may have been repeated unseen. */
  attempts: number;
  repeated: number;
  repeatable: number;
  /** Attempts to write: in batches, and each by itself. */
  writesInBatches: number;
  writes: number;
  /** Of each purchase and attempt: announced, answered. */
  readonly announced: Map<string, number>;
  readonly answered: Map<string, number>;
}

function told({ records }: CheckInput): ObjectiveResult {
  const accounts = accountsOf(records);
  const problems = problemsOf(accounts);
  return {
    id: `${GENERATOR_PREFIX}told`,
    group: "trust",
    title: "everything that the generator did was told",
    state: accounts.accounted !== undefined && accounts.attempts > 0 && problems.length === 0 ? "held" : "unknown",
    target: "as many attempts, writes and answers as were sent",
    observed: `${countWords(accounts.attempts)} attempts of ${countWords(accounts.accounted ?? 0)} planned requests`,
    samples: accounts.attempts,
    window: "whole run",
    reason: problems.length > 0 ? problems.join("; ") : "what was planned, sent, told and answered adds up",
    evidence: [],
  };
}

function problemsOf(accounts: Accounts): readonly string[] {
  const { planned, accounted, attempts, repeated, repeatable, writes, writesInBatches, announced, answered } = accounts;
  if (accounted === undefined) return ["the generator never said its last word"];
  const first = attempts - repeated;
  return [
    ...(planned === accounted
      ? []
      : [`the seconds planned ${countWords(planned)} requests, the last word knows of ${countWords(accounted)}`]),
    ...(first < accounted ? [`${countWords(accounted - first)} requests have no outcome: a batch is missing`] : []),
    // Who got no page asks once more, and of the second answer there is only a record if it is slow or bad too.
    ...(first > accounted + repeatable
      ? [`${countWords(first - accounted)} outcomes belong to no request: a batch was told twice`]
      : []),
    ...(writes === writesInBatches
      ? []
      : [`${countWords(writes)} attempts to write were told one by one, ${countWords(writesInBatches)} in batches`]),
    ...unpaired(announced, answered, "were announced and have no answer of their own"),
    ...unpaired(answered, announced, "have an answer and were never announced"),
  ];
}

function unpaired(some: ReadonlyMap<string, number>, others: ReadonlyMap<string, number>, what: string): string[] {
  let count = 0;
  for (const [name, times] of some) if (times !== others.get(name)) count += 1;
  return count === 0 ? [] : [`${countWords(count)} attempts to buy ${what}`];
}

function accountsOf(records: readonly HistoryRecord[]): Accounts {
  const accounts: Accounts = {
    planned: 0,
    accounted: undefined,
    attempts: 0,
    repeated: 0,
    repeatable: 0,
    writesInBatches: 0,
    writes: 0,
    announced: new Map(),
    answered: new Map(),
  };
  for (const record of records) {
    if (record.kind === "load.batch") {
      const total = sum(record.outcomes, () => true);
      accounts.attempts += total;
      if (WRITES.includes(record.page)) accounts.writesInBatches += total - sum(record.outcomes, neverLeft);
    } else if (record.kind === "load.attempt") {
      if (record.attempt > 1) accounts.repeated += 1;
      if (neverLeft(record.outcome)) continue;
      if (WRITES.includes(record.page)) accounts.writes += 1;
      else if (record.attempt === 1 && !GOOD_OUTCOMES.includes(record.outcome)) accounts.repeatable += 1;
    } else if (record.kind === "load.health") accounts.planned += record.planned;
    else if (record.kind === "load.ended") accounts.accounted = record.accounted;
    else if (record.kind === "write.intent") count(accounts.announced, `${record.key}/${record.attempt}`);
    else if (record.kind === "write.result") count(accounts.answered, `${record.key}/${record.attempt}`);
  }
  return accounts;
}

function neverLeft(outcome: Outcome): boolean {
  return NEVER_LEFT.includes(outcome);
}

function sum(outcomes: Readonly<Partial<Record<Outcome, number>>>, isMeant: (outcome: Outcome) => boolean): number {
  let total = 0;
  // JSON keys of a batch are outcomes by its type; Object.entries only forgets that.
  for (const [outcome, times] of Object.entries(outcomes) as [Outcome, number][]) if (isMeant(outcome)) total += times;
  return total;
}

function count(times: Map<string, number>, name: string): void {
  times.set(name, (times.get(name) ?? 0) + 1);
}
