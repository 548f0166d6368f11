import type { HistoryRecord } from "#core/history.ts";
import type { Scenario } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import type { CheckInput, ObjectiveResult } from "#core/verdict.ts";
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
