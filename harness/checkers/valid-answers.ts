import { confidenceOf, drawOf } from "#core/draw.ts";
import { GOOD_OUTCOMES, type HistoryRecord, type LoadAttempt, type LoadBatch } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import type { Checker, CheckInput, ObjectiveResult, ObjectiveState } from "#core/verdict.ts";
import { lacking } from "./samples.ts";
import { intervalLevel, minimumSamples, shareBounds } from "./statistics.ts";
import { provenSpans, subjectWords, windowTest, windowWords } from "./window.ts";
import { countWords, percent } from "./words.ts";

/**
 * How much of what passes for an answer must be one. A 422 is the user's own mistake and counts as good, but the plan
 * makes none: every order, term and line that it sends is right. A shop that loses what a cart held, and then calls its
 * checkout invalid, would look available. During faults five in a hundred may be: a killed shard of carts comes back
 * without its last second.
 */
const AT_LEAST = { "outside-faults": 0.99, "during-faults": 0.95 } as const;

type Part = keyof typeof AT_LEAST;

/** A person fills the cart, looks at it, and pays: the last of two adds lies two steps before the checkout, the first three. */
const MOST_STEPS_SINCE_ADD = 3;

const TITLE = "a filled cart can be bought, and nothing right is called invalid";

/** Judges every run: no scenario can expect less. */
export const validAnswersChecker: Checker = {
  name: "valid-answers",
  check: (input) => {
    const { groups, carts } = gather(input);
    return [
      judgePart("outside-faults", groups, input),
      judgePart("during-faults", groups, input),
      judgeCarts(carts, input),
    ];
  },
};

/** Answers of one page of the shoppers, or of the buyers' lane. */
interface Group {
  valid: number;
  invalid: number;
  readonly evidence: number[];
}

type Groups = Readonly<Record<Part, Map<string, Group>>>;

/** Answers to shoppers' checkouts, and how many of them were to a cart that is known to have been filled. */
interface Carts {
  answered: number;
  filled: number;
}

function gather(input: CheckInput): { readonly groups: Groups; readonly carts: Carts } {
  const groups: Groups = { "outside-faults": new Map(), "during-faults": new Map() };
  const seen: Carts = { answered: 0, filled: 0 };
  const isFaulty = windowTest("during-faults", input);
  const carts = new FilledCarts();
  for (const batch of recordsOf(input, "load.batch")) {
    const name = nameOf(batch);
    if (name !== undefined) count(groups[isFaulty(batch.second) ? "during-faults" : "outside-faults"], name, batch);
    else if (batch.lane === "shoppers") seen.answered += goodOf(batch.outcomes);
  }
  for (const attempt of recordsOf(input, "load.attempt")) {
    const filledMs = attempt.lane === "shoppers" ? carts.see(attempt) : undefined;
    if (filledMs === undefined) continue;
    // What happened to a cart between its filling and its checkout is the fault's, if one was there.
    const part = anySecond(filledMs, attempt.plannedMs, isFaulty) ? "during-faults" : "outside-faults";
    const outcomes = { [attempt.outcome]: 1 };
    count(groups[part], subjectWords("checkout"), { seq: attempt.seq, outcomes });
    seen.filled += goodOf(outcomes);
  }
  return { groups, carts: seen };
}

function goodOf(outcomes: LoadBatch["outcomes"]): number {
  return GOOD_OUTCOMES.reduce((sum, outcome) => sum + (outcomes[outcome] ?? 0), 0);
}

/** Whose answers a batch counts; undefined for bots and looks, and for shoppers' checkouts, of which not every cart was filled. */
function nameOf({ lane, page }: LoadBatch): string | undefined {
  if (lane === "buyers") return subjectWords("buyers");
  return lane !== "shoppers" || page === "checkout" ? undefined : subjectWords(page);
}

function count(
  groups: Map<string, Group>,
  name: string,
  { outcomes, seq }: Pick<LoadBatch, "outcomes"> & Pick<HistoryRecord, "seq">,
): void {
  const group = groups.get(name) ?? { valid: 0, invalid: 0, evidence: [] };
  const invalid = outcomes.invalid ?? 0;
  group.invalid += invalid;
  group.valid += goodOf(outcomes) - invalid;
  if (invalid > 0 && group.evidence.length < 10) group.evidence.push(seq);
  groups.set(name, group);
}

function anySecond(fromMs: number, toMs: number, test: (second: number) => boolean): boolean {
  for (let second = Math.floor(fromMs / 1_000); second * 1_000 <= toMs; second += 1) if (test(second)) return true;
  return false;
}

/** Which users have put something into their cart and were told so. Every add and every checkout is a record of its own. */
class FilledCarts {
  readonly #adds = new Map<string, { readonly step: number; readonly plannedMs: number }>();

  /** For a checkout of a filled cart: when that was planned. A cart whose add failed may well be empty. */
  see({ id, page, outcome, plannedMs }: LoadAttempt): number | undefined {
    // A request's id ends with the number of its user's step and that of the attempt.
    const [, user, step] = /^(.+)\.(\d+)\.\d+$/.exec(id) ?? [];
    if (user === undefined) return undefined;
    if (page === "add" && outcome === "ok") this.#adds.set(user, { step: Number(step), plannedMs });
    const add = this.#adds.get(user);
    if (page !== "checkout" || add === undefined) return undefined;
    return Number(step) - add.step <= MOST_STEPS_SINCE_ADD ? add.plannedMs : undefined;
  }
}

/** Groups that are judged, each with what it is called. */
interface Judged extends Group {
  readonly name: string;
  readonly total: number;
}

/**
 * Each page by itself, and those with too few answers together too. Where they are too few even so, the next smallest page
 * joins them, which is judged by itself as well: a page that is seldom visited hides in no crowd, and is not left out.
 */
function judgedOf(groups: ReadonlyMap<string, Group>, minimum: number): readonly Judged[] {
  const sorted = [...groups]
    .map(([name, group]) => ({ name, ...group, total: group.valid + group.invalid }))
    .filter(({ total }) => total > 0)
    .sort((a, b) => a.total - b.total);
  const thin = sorted.filter(({ total }) => total < minimum).length;
  let together = 0;
  let total = 0;
  while (together < sorted.length && (together < thin || total < minimum)) {
    total += sorted[together]?.total ?? 0;
    together += 1;
  }
  if (thin === 0) return sorted;
  const pot = sorted.slice(0, together);
  const sum = (of: "valid" | "invalid"): number => pot.reduce((all, group) => all + group[of], 0);
  const name = pot.map((group) => group.name).join(", ");
  const evidence = pot.flatMap((group) => group.evidence);
  return [...sorted, { name, valid: sum("valid"), invalid: sum("invalid"), total, evidence }];
}

function judgePart(part: Part, groups: Groups, input: CheckInput): ObjectiveResult {
  const atLeast = AT_LEAST[part];
  const confidence = confidenceOf(drawOf(input.records));
  const minimum = minimumSamples(atLeast, confidence);
  const judged = judgedOf(groups[part], minimum).map((group) => ({
    ...group,
    ...shareBounds(group.valid, group.total, confidence),
    share: group.valid / group.total,
  }));
  const lowest = (state: ObjectiveState) =>
    judged.filter((group) => stateOf(group, atLeast, minimum) === state).sort((a, b) => a.share - b.share)[0];
  const base = {
    id: `valid-answers-${part}`,
    group: "orders",
    title: TITLE,
    target: `>= ${percent(atLeast)}`,
    window: windowWords(part),
    samples: [...groups[part].values()].reduce((sum, { valid, invalid }) => sum + valid + invalid, 0),
  } as const;
  const nothing = { ...base, observed: "not measured", evidence: [] } as const;
  if (part === "during-faults" && provenSpans(input.records).length === 0) {
    return { ...nothing, state: "not-judged", reason: "no fault was in force" };
  }
  const worst = lowest("broken") ?? lowest("unknown") ?? lowest("held");
  if (worst === undefined) {
    const reason = `${countWords(base.samples)} answers: it takes ${minimum} to say anything`;
    return { ...nothing, ...lacking(input), reason };
  }
  const { low, high } = worst;
  return {
    ...base,
    state: stateOf(worst, atLeast, minimum) ?? "unknown",
    observed: percent(worst.share),
    interval: { low: percent(low), high: percent(high), level: intervalLevel(confidence) },
    scale: { value: worst.share, low, high, target: atLeast, unit: "share", better: "higher" },
    reason: `${countWords(worst.invalid)} of ${countWords(worst.total)} answers of ${worst.name} were 422, though what was asked was right`,
    evidence: worst.evidence.slice(0, 10),
  };
}

/** Of checkouts whose carts nobody saw filled nothing is known, so that must not be most of them. */
const FILLED_AT_LEAST = 0.5;

function judgeCarts({ answered, filled }: Carts, input: CheckInput): ObjectiveResult {
  const isEnough = answered >= minimumSamples(FILLED_AT_LEAST);
  const isJoined = filled >= answered * FILLED_AT_LEAST;
  // Without a single checkout of the shoppers there is no cart to ask about.
  const few = answered === 0 ? ({ state: "not-judged" } as const) : lacking(input);
  return {
    ...(isEnough ? { state: isJoined ? "held" : "unknown" } : few),
    id: "trust-carts",
    group: "trust",
    title: "checkouts are of carts that were filled",
    target: "at least half",
    observed: `${countWords(filled)} of ${countWords(answered)}`,
    samples: answered,
    window: "whole run",
    reason: isJoined
      ? "a checkout is joined with the add before it by its request's id"
      : "of the other checkouts nobody saw what was put into the cart: their adds failed, or the requests' ids have another form",
    evidence: [],
  };
}

/** Few answers say nothing for a shop (undefined), but may say enough against it. */
function stateOf(
  { total, low, high }: { readonly total: number; readonly low: number; readonly high: number },
  atLeast: number,
  minimum: number,
): "held" | "broken" | "unknown" | undefined {
  if (high < atLeast) return "broken";
  if (total < minimum) return undefined;
  return low >= atLeast ? "held" : "unknown";
}
