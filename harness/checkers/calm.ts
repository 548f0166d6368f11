import { loadLengthMs, phaseSpan, type Scenario } from "#core/scenario.ts";

/** How long a scenario leaves the shop alone after a fault: until the next one begins, or the load ends. */
export function calmAfter(scenario: Scenario, id: string): number {
  const spans = scenario.timeline.map((entry) => {
    const fromMs = (phaseSpan(scenario.load, entry.phase)?.fromMs ?? 0) + entry.afterMs;
    return { id: entry.id, fromMs, toMs: fromMs + entry.forMs };
  });
  const own = spans.find((span) => span.id === id);
  if (own === undefined) return 0;
  const others = spans.filter((span) => span.id !== id && span.toMs > own.toMs);
  return Math.max(0, Math.min(loadLengthMs(scenario.load), ...others.map((span) => span.fromMs)) - own.toMs);
}
