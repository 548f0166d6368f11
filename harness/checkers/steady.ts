import { confidenceOf } from "#core/draw.ts";
import { type HistoryRecord, loadZero } from "#core/history.ts";
import { recordsOf, type StoredRecords } from "#core/records.ts";
import type { Objective, Scenario } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { judgeAvailability } from "./availability.ts";
import { judgeLatency } from "./latency.ts";
import { windowTest } from "./window.ts";
import { countWords } from "./words.ts";

/** What a gate can be made of: the two that are judged by counting attempts. */
type Counted = Extract<Objective, { readonly kind: "latency" | "availability" }>;

/** Of what is asked of a gate only its least number of attempts rests on this, however often the run may be tried. */
const GATE_CONFIDENCE = confidenceOf({ of: 1 });

/**
 * Whether the shop is in its steady state, from the history so far. A gate, not a verdict: what was observed decides,
 * as long as there was enough of it; an interval that straddles the limit does not keep the gate shut.
 */
export function steadyResults(
  scenario: Scenario,
  topology: Topology,
  records: readonly HistoryRecord[],
  stored?: StoredRecords,
): readonly ObjectiveResult[] {
  return scenario.steady.flatMap((objective): readonly ObjectiveResult[] => {
    if (objective.kind !== "latency" && objective.kind !== "availability") return [];
    const before: CheckInput = { scenario, topology, records, ...(stored === undefined ? {} : { stored }) };
    const waiting = inHand(objective, before);
    const input: CheckInput = { ...before, records: [...records, ...waiting.records] };
    const result =
      objective.kind === "latency"
        ? judgeLatency(objective, input, GATE_CONFIDENCE)
        : judgeAvailability(objective, input, GATE_CONFIDENCE);
    const told = `; ${countWords(waiting.count)} of them were still waited for, and count as failed`;
    return [byObserved(waiting.count === 0 ? result : { ...result, reason: result.reason + told })];
  });
}

/**
 * What was planned for the window and has not ended, as timeouts of the objective's own subject. The gate opens seconds
 * after the phase and a user waits longer than that: where the shop begins to hang, its last seconds would else be
 * missing on both sides, and look well. By then a healthy shop has answered everything. Who waits in which lane is told
 * when it ends, so all of it counts against each objective; twins and retries are beyond the plan and hide a few.
 */
function inHand(
  { subject, window }: Counted,
  input: CheckInput,
): { readonly count: number; readonly records: readonly HistoryRecord[] } {
  const isInside = windowTest(window, input);
  const ended = new Map<number, number>();
  for (const record of recordsOf(input, "load.batch")) {
    const here = Object.values(record.outcomes).reduce((sum, count) => sum + count, 0);
    ended.set(record.second, (ended.get(record.second) ?? 0) + here);
  }
  // Patience is shorter than the phase: where nothing at all has ended, nobody told, and that is not known to be the shop.
  if (![...ended.keys()].some(isInside)) return { count: 0, records: [] };
  const lane = subject === "buyers" ? "buyers" : "shoppers";
  const page = subject === "all" ? "home" : subject === "buyers" ? "checkout" : subject;
  const [region = "eu"] = input.topology.regions;
  let count = 0;
  const records = [...recordsOf(input, "load.health")].flatMap((record): readonly HistoryRecord[] => {
    if (!isInside(record.second)) return [];
    const waiting = record.planned - (ended.get(record.second) ?? 0);
    if (waiting <= 0) return [];
    count += waiting;
    const { seq, at, source, second } = record;
    const outcomes = { timeout: waiting };
    return [{ kind: "load.batch", second, lane, page, region, outcomes, latency: {}, seq, at, source }];
  });
  return { count, records };
}

function byObserved({ lacking, ...result }: ObjectiveResult): ObjectiveResult {
  if (result.state === "held" || result.state === "broken") return result;
  if (result.interval === undefined) {
    return { ...result, state: "unknown", ...(lacking === undefined ? {} : { lacking }) };
  }
  // A latency among attempts without an answer has an interval and no value: it lies beyond every limit.
  const { value, target, better } = result.scale ?? { value: Infinity, target: 0, better: "lower" };
  const isInside = better === "lower" ? value <= target : value >= target;
  return { ...result, state: isInside ? "held" : "broken", reason: `by what was observed; ${result.reason}` };
}

/**
 * The gate as findings, for a run whose shop did not pass it: it got no faults, so what little is left to judge must not
 * pass for an answer. A shop that passed is judged by what it is expected to do.
 */
export const steadyChecker: Checker = {
  name: "steady",
  check: ({ scenario, topology, records, stored }) => {
    const gate = records.find((record) => record.kind === "run" && record.state === "not-steady");
    if (gate === undefined) return neverJudged(records);
    // The gate saw what came before its own record, so this is the same as its `facts.results`.
    const results = steadyResults(
      scenario,
      topology,
      records.slice(0, records.indexOf(gate)),
      stored?.before(gate.seq),
    ).map(
      (result): ObjectiveResult => ({
        ...result,
        id: `steady-state-${result.id}`,
        group: "load",
        title: `steady state: ${result.title}`,
      }),
    );
    if (results.some((result) => result.state === "broken" || result.state === "unknown")) return results;
    const reason =
      "the gate kept the faults away, and its objectives do not tell why: give it a latency among `steady`";
    return [...results, undecided("not reached", reason, gate)];
  },
};

function neverJudged(records: readonly HistoryRecord[]): readonly ObjectiveResult[] {
  const isJudged = records.some((record) => record.kind === "run" && record.state === "steady");
  if (isJudged || loadZero(records) === undefined) return [];
  return [undecided("not judged", "the steady state was never judged: the run ended before its gate", undefined)];
}

function undecided(observed: string, reason: string, record: HistoryRecord | undefined): ObjectiveResult {
  return {
    id: "steady-state",
    group: "load",
    title: "steady state: the gate",
    state: "unknown",
    target: "every steady objective held",
    observed,
    samples: 0,
    window: "steady phase",
    reason,
    evidence: record === undefined ? [] : [record.seq],
  };
}
