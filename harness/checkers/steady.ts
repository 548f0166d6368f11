import { type HistoryRecord, loadZero } from "#core/history.ts";
import type { Scenario } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { judgeAvailability } from "./availability.ts";
import { judgeLatency } from "./latency.ts";

/**
 * Whether the shop is in its steady state, from the history so far. A gate, not a verdict: what was observed decides,
 * as long as there was enough of it; an interval that straddles the limit does not keep the gate shut.
 */
export function steadyResults(
  scenario: Scenario,
  topology: Topology,
  records: readonly HistoryRecord[],
): readonly ObjectiveResult[] {
  const input: CheckInput = { scenario, topology, records };
  return scenario.steady.flatMap((objective): readonly ObjectiveResult[] => {
    if (objective.kind === "latency") return [byObserved(judgeLatency(objective, input))];
    return objective.kind === "availability" ? [byObserved(judgeAvailability(objective, input))] : [];
  });
}

function byObserved(result: ObjectiveResult): ObjectiveResult {
  if (result.state === "not-judged") return { ...result, state: "unknown" };
  if (result.state !== "unknown" || result.scale === undefined) return result;
  const { value, target, better } = result.scale;
  const isInside = better === "lower" ? value <= target : value >= target;
  return { ...result, state: isInside ? "held" : "broken", reason: `by what was observed; ${result.reason}` };
}

/**
 * The gate as findings, for a run whose shop did not pass it: it got no faults, so what little is left to judge must not
 * pass for an answer. A shop that passed is judged by what it is expected to do.
 */
export const steadyChecker: Checker = {
  name: "steady",
  check: ({ scenario, topology, records }) => {
    const gate = records.findIndex((record) => record.kind === "run" && record.state === "not-steady");
    if (gate === -1) return neverJudged(records);
    // The gate saw what came before its own record, so this is the same as its `facts.results`.
    const results = steadyResults(scenario, topology, records.slice(0, gate)).map(
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
    return [...results, undecided("not reached", reason, records[gate])];
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
