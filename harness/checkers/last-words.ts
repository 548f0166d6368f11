import { type LastWord, lastWordName, lastWordSchema, mostSilenceMs, READERS } from "#core/last-words.ts";
import { lastEvidence, recordsOf } from "#core/records.ts";
import { selectNodes } from "#core/topology.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { faultSpans } from "./window.ts";
import { countWords, seconds } from "./words.ts";

/** How many sources are named one by one. */
const NAMED = 3;

/**
 * Whether everybody who reads numbers into the history did so to the end: what was never read, or only ever found gone, looks the same as what
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
  const faults = downSpans(input);
  const wordless = sources.filter((each) => !silent.includes(each)).flatMap((each) => speechless(each, faults) ?? []);
  const missing = found
    .filter(({ data }) => data === undefined || data.sources.length === 0)
    .map(({ reader }) => reader);
  const problems = [
    ...(missing.length === 0
      ? []
      : [`no last word of ${missing.join(" and ")}: whoever read it ended before its time`]),
    ...(silent.length === 0 ? [] : [`silent before the end: ${silent.slice(0, NAMED).map(silence).join(", ")}`]),
    ...(wordless.length === 0
      ? []
      : [
          `read, and said nothing but that it was down: ${wordless.slice(0, NAMED).join(", ")}${wordless.length > NAMED ? ` and ${wordless.length - NAMED} more` : ""}`,
        ]),
    ...(missing.length > 0 || told === kept
      ? []
      : [`${countWords(told)} samples were told and ${countWords(kept)} are in the history`]),
  ];
  return {
    id: "trust-last-words",
    group: "trust",
    title: "every source of numbers was read to the end",
    state: problems.length === 0 ? "held" : "unknown",
    target: "a last word of each, and neither silence nor mere absence before it",
    observed: `${countWords(sources.length - silent.length - wordless.length)} of ${countWords(sources.length)} sources`,
    samples: kept,
    window: "whole run",
    reason: problems.length === 0 ? `they told ${countWords(told)} samples, and all are there` : problems.join("; "),
    evidence: found.flatMap(({ seq }) => (seq === undefined ? [] : [seq])),
  };
}

type Source = LastWord["sources"][number];

function isSilent({ everyMs, told, silentMs, longestGapMs }: Source): boolean {
  return told === 0 || Math.max(silentMs, longestGapMs) > mostSilenceMs(everyMs);
}

interface DownSpan {
  readonly node: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** When the plan had which node down. Whoever reads numbers dials past the links, so faults on these explain nothing. */
function downSpans({ scenario, topology, records }: CheckInput): readonly DownSpan[] {
  return faultSpans(records).flatMap(({ id, fromMs, toMs }) => {
    const fault = scenario.timeline.find((entry) => entry.id === id)?.fault;
    if (fault === undefined || !("node" in fault)) return [];
    return selectNodes(topology, fault.node).map(({ id: node }) => ({ node, fromMs, toMs }));
  });
}

/** A source that said nothing of substance, ever or for too long, beyond the time in which a fault had its node down. */
function speechless(
  { name, node, everyMs, answered, speechless: stretches }: Source,
  faults: readonly DownSpan[],
): string | undefined {
  if (answered === 0) return `${name} all the time`;
  const own = faults.filter((fault) => fault.node === node);
  for (const { fromMs, toMs } of stretches) {
    const explained = own.reduce(
      (sum, fault) => sum + Math.max(0, Math.min(toMs, fault.toMs) - Math.max(fromMs, fault.fromMs)),
      0,
    );
    if (toMs - fromMs - explained > mostSilenceMs(everyMs)) return `${name} for ${seconds(toMs - fromMs)}`;
  }
  return undefined;
}

function silence({ name, silentMs, longestGapMs }: Source): string {
  return `${name} for ${seconds(Math.max(silentMs, longestGapMs))}`;
}
