import { type LastWord, lastWordName, lastWordSchema, READERS } from "#core/last-words.ts";
import { lastEvidence, recordsOf } from "#core/records.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { countWords, seconds } from "./words.ts";

/**
 * A source that answers nothing leaves a sample that says so, within its period. Five periods without any, and ten
 * seconds at least on a busy machine, are a reader that stopped reading.
 */
const MOST_SILENCE = { ms: 10_000, periods: 5 } as const;

/** How many sources are named one by one. */
const NAMED = 3;

/**
 * Whether everybody who reads numbers into the history did so to the end: what was never read looks the same as what
 * never happened, to a breaker that is said to have stayed closed and to a testbed that is said to have cost little.
 */
export const lastWordsChecker: Checker = { name: "last-words", check: (input) => [lastWords(input)] };

function lastWords(input: CheckInput): ObjectiveResult {
  const found = READERS.map((reader) => {
    const record = lastEvidence(input, lastWordName(reader));
    const data = record === undefined ? undefined : lastWordSchema.safeParse(record.data).data;
    return { reader, data, seq: record?.seq };
  });
  const sources = found.flatMap(({ data }) => data?.sources ?? []);
  const told = sources.reduce((sum, each) => sum + each.told, 0);
  // The generator counts its own records by its own last word.
  let kept = 0;
  for (const { source } of recordsOf(input, "sample")) if (source === "harness") kept += 1;
  const silent = sources.filter(isSilent);
  const missing = found
    .filter(({ data }) => data === undefined || data.sources.length === 0)
    .map(({ reader }) => reader);
  const problems = [
    ...(missing.length === 0
      ? []
      : [`no last word of ${missing.join(" and ")}: whoever read it ended before its time`]),
    ...(silent.length === 0 ? [] : [`silent before the end: ${silent.slice(0, NAMED).map(silence).join(", ")}`]),
    ...(missing.length > 0 || told === kept
      ? []
      : [`${countWords(told)} samples were told and ${countWords(kept)} are in the history`]),
  ];
  return {
    id: "trust-last-words",
    group: "trust",
    title: "every source of numbers was read to the end",
    state: problems.length === 0 ? "held" : "unknown",
    target: "a last word of each, and no silence before it",
    observed: `${countWords(sources.length - silent.length)} of ${countWords(sources.length)} sources`,
    samples: kept,
    window: "whole run",
    reason: problems.length === 0 ? `they told ${countWords(told)} samples, and all are there` : problems.join("; "),
    evidence: found.flatMap(({ seq }) => (seq === undefined ? [] : [seq])),
  };
}

type Source = LastWord["sources"][number];

function isSilent({ everyMs, told, silentMs, longestGapMs }: Source): boolean {
  const most = Math.max(MOST_SILENCE.ms, everyMs * MOST_SILENCE.periods);
  return told === 0 || Math.max(silentMs, longestGapMs) > most;
}

function silence({ name, silentMs, longestGapMs }: Source): string {
  return `${name} for ${seconds(Math.max(silentMs, longestGapMs))}`;
}
