import type { TimelineEntry } from "#core/fault.ts";
import type { LoadShape, Scenario } from "#core/scenario.ts";
import { blackFriday } from "./load.ts";
import { scenario } from "./scenario.ts";

/**
 * The same scenario at another pace or scale. A fault keeps its place within its phase in proportion, so that three
 * faults of a long peak become three shorter ones of a short peak and still do not meet.
 */
export function paced(
  original: Scenario,
  change: { readonly pace?: LoadShape["pace"]; readonly scale?: number },
): Scenario {
  const { load } = original;
  const scale = change.scale ?? load.scale;
  const repaced = change.pace !== undefined && change.pace !== load.pace ? change.pace : undefined;
  if (repaced === undefined && scale === load.scale) return original;
  const lengths = new Map(
    repaced === undefined ? [] : blackFriday({ pace: repaced }).phases.map((phase) => [phase.name, phase.forMs]),
  );
  const ratios = new Map<string, number>();
  const phases = load.phases.map((phase) => {
    const forMs = lengths.get(phase.name) ?? phase.forMs;
    ratios.set(phase.name, forMs / phase.forMs);
    return { ...phase, forMs };
  });
  return scenario({
    ...original,
    load: { ...load, scale, pace: repaced ?? load.pace, phases },
    timeline: original.timeline.map((entry) => stretched(entry, ratios.get(entry.phase) ?? 1)),
  });
}

function stretched(entry: TimelineEntry, ratio: number): TimelineEntry {
  return { ...entry, afterMs: Math.round(entry.afterMs * ratio), forMs: Math.round(entry.forMs * ratio) };
}
