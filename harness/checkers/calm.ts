import { loadLengthMs, phaseSpan, type Scenario } from "#core/scenario.ts";

/**
 * A fault counts from its proof and ends with the proof of its healing: a latency of two seconds takes two to be seen, a
 * killed replica two to be back. Either moves the end of a fault later than its plan.
 */
export const PROOFS_MS = 3_000;

/** How long a scenario leaves the shop alone after a fault: until the next one begins, or the load ends. */
export function calmAfter(scenario: Scenario, id: string): number {
  const spans = scenario.timeline.map((entry) => {
    const fromMs = (phaseSpan(scenario.load, entry.phase)?.fromMs ?? 0) + entry.afterMs;
    return { id: entry.id, fromMs, toMs: fromMs + entry.forMs };
  });
  const own = spans.find((span) => span.id === id);
  if (own === undefined) return 0;
  const others = spans.filter((span) => span.id !== id && span.toMs > own.toMs);
  return Math.max(
    0,
    Math.min(loadLengthMs(scenario.load), ...others.map((span) => span.fromMs)) - own.toMs - PROOFS_MS,
  );
}
