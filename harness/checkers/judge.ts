import { confidenceOf, drawOf } from "#core/draw.ts";
import { messageOf } from "#core/errors.ts";
import type { Checker, CheckInput, Judgement, ObjectiveResult, ObjectiveState, Verdict } from "#core/verdict.ts";
import { worst } from "#core/verdict.ts";
import { GENERATOR_PREFIX } from "./trust.ts";
import { provenSpans } from "./window.ts";
import { percent } from "./words.ts";

/** As a reader needs them: what went wrong first, what nobody knows next, what does not weigh last. */
const ORDER: readonly ObjectiveState[] = ["broken", "unknown", "held", "not-judged", "not-applicable"];

/** Runs these checkers over a history and sums up. Never throws: a checker that does is an unknown of its own. */
export function judgeWith(input: CheckInput, checkers: readonly Checker[]): Judgement {
  const found = checkers.flatMap((checker) => runChecker(checker, input));
  const results = [...unclaimed(input, found), ...believed(distinct(found))].sort(
    (a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state),
  );
  const verdict = worst(results);
  const sentence = [
    sentenceOf(verdict, results, input),
    ...togetherWords(results),
    ...unjudgedWords(results),
    ...drawWords(input),
  ].join(" ");
  return { verdict, results, sentence };
}

function runChecker(checker: Checker, input: CheckInput): readonly ObjectiveResult[] {
  try {
    return checker.check(input);
  } catch (thrown) {
    const reason = `the checker failed: ${messageOf(thrown)}; this is a defect of the testbed`;
    return [unknown(failedId(checker.name), `checker "${checker.name}" ran`, reason)];
  }
}

function unknown(id: string, title: string, reason: string): ObjectiveResult {
  return {
    id,
    title,
    reason,
    group: "trust",
    state: "unknown",
    target: "checked",
    observed: "not checked",
    samples: 0,
    window: "whole run",
    evidence: [],
  };
}

/**
 * An invariant that no checker has answered for has not been judged at all, and must not pass for held. An answer has
 * the very name of the invariant, or is that of its checker which failed.
 */
function unclaimed({ scenario }: CheckInput, found: readonly ObjectiveResult[]): readonly ObjectiveResult[] {
  const answered = new Set(found.map(({ id }) => id));
  return scenario.expect.flatMap((objective) => {
    if (objective.kind !== "invariant") return [];
    const { name } = objective;
    if (answered.has(name) || answered.has(failedId(name))) return [];
    return [unknown(`unclaimed-${name}`, `invariant ${name}`, "no checker knows this invariant")];
  });
}

function failedId(checker: string): string {
  return `checker-${checker}`;
}

/** Two findings of one name would hide each other in a report: the later ones get a number. */
function distinct(results: readonly ObjectiveResult[]): readonly ObjectiveResult[] {
  const seen = new Map<string, number>();
  return results.map((result) => {
    const count = (seen.get(result.id) ?? 0) + 1;
    seen.set(result.id, count);
    return count === 1 ? result : { ...result, id: `${result.id}-${count}` };
  });
}

/** A generator that starved, or went blind, measures itself: what it says against the shop is then not known. */
function believed(results: readonly ObjectiveResult[]): readonly ObjectiveResult[] {
  const sick = results.filter((result) => result.id.startsWith(GENERATOR_PREFIX) && result.state === "unknown");
  if (sick.length === 0) return results;
  const why = sick.map((result) => `${result.title}: ${result.observed}`).join("; ");
  return results.map((result) =>
    result.state === "broken" && restsOnLoad(result)
      ? {
          ...result,
          state: "unknown",
          reason: `the generator was not well (${why}), so this may be its doing; ${result.reason}`,
        }
      : result,
  );
}

/** Findings that come out of the load, or of what it made the shop do. Those on orders rest on the shop's own books. */
function restsOnLoad({ group, id }: ObjectiveResult): boolean {
  return group === "load" || group === "protections" || id.startsWith("recovery-");
}

/** A quick run's "held" is one about what it had enough of: whoever reads the answer reads what was left out. */
function unjudgedWords(results: readonly ObjectiveResult[]): readonly string[] {
  const left = results.filter(({ state, lacking }) => state === "not-judged" && lacking !== undefined);
  if (left.length === 0) return [];
  const names = left.slice(0, MOST_NAMED).map(({ title, window }) => `${title} (${window})`);
  const more = left.length > MOST_NAMED ? `, and ${left.length - MOST_NAMED} more` : "";
  const what = left.length === 1 ? "1 objective was" : `${left.length} objectives were`;
  return [`In this quick run ${what} not judged for lack of samples: ${names.join(", ")}${more}.`];
}

/** What held of several faults in one has not been shown of each: whoever reads the answer reads of which. */
function togetherWords(results: readonly ObjectiveResult[]): readonly string[] {
  const held = results.flatMap(({ state, title, together }) =>
    state === "held" && together !== undefined ? [`${title} (${together.join(", ")})`] : [],
  );
  if (held.length === 0) return [];
  const more = held.length > MOST_NAMED ? `, and ${held.length - MOST_NAMED} more` : "";
  return [
    `Judged over several faults together, because single ones left too few attempts: ${held.slice(0, MOST_NAMED).join(", ")}${more}.`,
  ];
}

/** Names in the sentence; all are in the table of objectives. */
const MOST_NAMED = 8;

/** Whoever tries several times errs several times as often: it is told, and what was done about it. */
function drawWords({ records }: CheckInput): readonly string[] {
  const draw = drawOf(records);
  if (draw.of === 1) return [];
  return [
    `This was attempt ${draw.attempt} of at most ${draw.of}, so each bound is told with ${percent(confidenceOf(draw))} confidence.`,
  ];
}

function sentenceOf(verdict: Verdict, results: readonly ObjectiveResult[], input: CheckInput): string {
  const of = (state: ObjectiveState) => results.filter((result) => result.state === state);
  const sick = input.records.some((record) => record.kind === "run" && record.state === "not-steady");
  if (verdict === "broken") {
    const [first, ...others] = of("broken");
    const more =
      others.length === 0
        ? ""
        : `, and ${others.length} more ${others.length === 1 ? "objective" : "objectives"} broke`;
    const alone = sick ? " The load alone was enough: no fault was injected." : "";
    return `No: ${first?.title} was ${first?.observed} where ${first?.target} was asked (${first?.window})${more}.${alone}`;
  }
  if (verdict === "unknown") {
    const [first, ...others] = of("unknown");
    if (first === undefined) return "Not known: no objective on the load could be judged.";
    const more = others.length === 0 ? "" : ` (and ${others.length} more)`;
    return `Not known: ${first.title} is undecided, because ${first.reason}${more}.`;
  }
  const proven = new Set(provenSpans(input.records).map(({ id }) => id));
  const faults = proven.size;
  const through = faults === 0 ? "" : ` through ${faults} proven ${faults === 1 ? "fault" : "faults"}`;
  const headline = results.find((result) => result.state === "held" && result.id.startsWith("latency-"));
  const figure = headline === undefined ? "" : `: ${headline.title} ${headline.observed} (${headline.target})`;
  return `Yes: all ${of("held").length} judged objectives held${through}${figure}.${untriedWords(input, proven)}`;
}

/** Faults on parts that this system lacks do not weigh; but what was not tried has not been withstood. */
function untriedWords({ scenario: { timeline } }: CheckInput, proven: ReadonlySet<string>): string {
  const untried = timeline.filter(({ id }) => !proven.has(id)).map(({ id }) => id);
  if (untried.length === 0) return "";
  const names = untried.slice(0, MOST_NAMED).join(", ");
  const more = untried.length > MOST_NAMED ? `, and ${untried.length - MOST_NAMED} more` : "";
  if (proven.size === 0)
    return ` No fault was in force: this system lacks the parts that they lie on (${names}${more}), so nothing is said of failures.`;
  return ` Not tried were ${names}${more}: this system lacks the parts that they lie on.`;
}
