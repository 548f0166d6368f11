import type { Fault, TimelineEntry } from "#core/fault.ts";

/** Five seconds: longer than any time-out of a checkout (2 s), short enough for the shop to come to rest by itself. */
export const FAULT_MS = 5_000;

/** A second after the peak has begun, for five seconds from its proof on. */
export function atThePeak(id: string, fault: Fault, reason: string): TimelineEntry {
  return { id, phase: "peak", afterMs: 1_000, forMs: FAULT_MS, fault, reason };
}
