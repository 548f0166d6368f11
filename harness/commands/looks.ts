import { setTimeout as pause } from "node:timers/promises";

/** Sixteen of them are what a module may wait. */
export const LOOK_EVERY_MS = 25;

/**
 * A look that came later than this says that the machine is far too busy, and then whoever is looked at may not have had
 * a turn either: only looks that were on time count as time in which it could have gone on.
 */
const LATE_MS = 25;

/** Waits until the next look is due; whether this thread itself got its turn in time for it. */
export async function nextLook(signal: AbortSignal): Promise<boolean> {
  const due = performance.now() + LOOK_EVERY_MS;
  await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  return performance.now() - due <= LATE_MS;
}

/**
 * Resolves after so many looks on time, at the deadline, or when it is aborted. What came while this thread was late is
 * heard before the next look.
 */
export async function looksOnTime(looks: number, deadlineMs: number, signal: AbortSignal): Promise<undefined> {
  const deadline = performance.now() + deadlineMs;
  for (let onTime = 0; onTime < looks && performance.now() < deadline && !signal.aborted; ) {
    if (await nextLook(signal)) onTime += 1;
  }
}
