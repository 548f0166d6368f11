import { GOOD_OUTCOMES, type Outcome, type Page } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
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
  /** Attempts to buy that were announced and have no answer, and answers that belong to none. */
  unanswered: number;
  unannounced: number;
  /** Looks at orders: what the answers to them say that there must be, at least and at most, and those that were told. */
  leastLooks: number;
  mostLooks: number;
  looks: number;
  /** Keys that came back with another body: in batches, and each by itself. */
  clashesInBatches: number;
  clashes: number;
}

function told(input: CheckInput): ObjectiveResult {
  const accounts = accountsOf(input);
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
  const { planned, accounted, attempts, repeated, repeatable, writes, writesInBatches } = accounts;
  const { unanswered, unannounced, leastLooks, mostLooks, looks, clashes, clashesInBatches } = accounts;
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
    ...(unanswered === 0 ? [] : [`${countWords(unanswered)} attempts to buy were announced and have no answer`]),
    ...(unannounced === 0 ? [] : [`${countWords(unannounced)} answers are to attempts that were never announced`]),
    ...(looks >= leastLooks && looks <= mostLooks
      ? []
      : [
          `${countWords(looks)} looks at orders were told, ${countWords(looks < leastLooks ? leastLooks : mostLooks)} had an answer`,
        ]),
    ...(clashes === clashesInBatches
      ? []
      : [
          `of ${countWords(clashesInBatches)} keys that came back with another body ${countWords(clashes)} were told one by one`,
        ]),
  ];
}

function accountsOf(input: CheckInput): Accounts {
  const accounts: Accounts = {
    planned: 0,
    accounted: undefined,
    attempts: 0,
    repeated: 0,
    repeatable: 0,
    writesInBatches: 0,
    writes: 0,
    unanswered: 0,
    unannounced: 0,
    leastLooks: 0,
    mostLooks: 0,
    looks: 0,
    clashesInBatches: 0,
    clashes: 0,
  };
  for (const { outcomes, page, lane } of recordsOf(input, "load.batch")) {
    const total = sum(outcomes, () => true);
    accounts.attempts += total;
    if (lane === "clashes") accounts.clashesInBatches += total;
    if (WRITES.includes(page)) accounts.writesInBatches += total - sum(outcomes, neverLeft);
    if (page === "order") {
      accounts.leastLooks += outcomes.ok ?? 0;
      accounts.mostLooks += (outcomes.ok ?? 0) + (outcomes.error ?? 0);
    }
  }
  for (const { attempt, outcome, page, status } of recordsOf(input, "load.attempt")) {
    if (attempt > 1) accounts.repeated += 1;
    if (neverLeft(outcome)) continue;
    // A page that is not there is seen; any other error shows nothing of the order.
    if (page === "order" && outcome === "error" && status === 404) accounts.leastLooks += 1;
    else if (page === "order" && outcome === "error") accounts.mostLooks -= 1;
    if (WRITES.includes(page)) accounts.writes += 1;
    else if (attempt === 1 && !GOOD_OUTCOMES.includes(outcome)) accounts.repeatable += 1;
  }
  for (const _ of recordsOf(input, "order.look")) accounts.looks += 1;
  for (const _ of recordsOf(input, "write.clash")) accounts.clashes += 1;
  for (const { planned } of recordsOf(input, "load.health")) accounts.planned += planned;
  for (const { accounted } of recordsOf(input, "load.ended")) accounts.accounted = accounted;
  pair(input, accounts);
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

/** Every attempt to buy is announced once and answered once, whatever the answer. */
function pair(input: CheckInput, accounts: Accounts): void {
  const open = new Set<string>();
  for (const { key, attempt } of recordsOf(input, "write.intent")) {
    const name = `${key}/${attempt}`;
    if (open.has(name)) accounts.unanswered += 1;
    open.add(name);
  }
  for (const { key, attempt } of recordsOf(input, "write.result")) {
    if (!open.delete(`${key}/${attempt}`)) accounts.unannounced += 1;
  }
  accounts.unanswered += open.size;
}
