import { performance } from "node:perf_hooks";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { Clock } from "#core/context.ts";

/** The machine's monotonic clock, 0 at its creation. */
export function systemClock(): Clock {
  const zero = performance.now();
  return {
    now: () => performance.now() - zero,
    wall: () => Date.now(),
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      try {
        await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
      } catch (thrown) {
        // Node answers with an AbortError of its own; the reason is what callers act on.
        signal?.throwIfAborted();
        throw thrown;
      }
    },
  };
}
