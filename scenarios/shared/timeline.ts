import { type Duration, durationMs } from "#core/duration.ts";
import type { Fault, TimelineEntry } from "#core/fault.ts";

/** A fault within a phase of the load: so long after the phase begins, for so long, and why then. */
export function during(
  phase: string,
  when: { readonly id: string; readonly after: Duration; readonly for: Duration },
  fault: Fault,
  reason: string,
): TimelineEntry {
  return { id: when.id, phase, afterMs: durationMs(when.after), forMs: durationMs(when.for), fault, reason };
}
