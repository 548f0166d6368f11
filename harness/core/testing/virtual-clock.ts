import type { Clock } from "../context.ts";

interface Sleeper {
  readonly at: number;
  wake(): void;
}

/** A clock that jumps to the next sleeper as soon as nothing else is left to do: hours of a run in milliseconds. */
export function virtualClock(): Clock {
  let now = 0;
  let sleepers: Sleeper[] = [];
  let pumping = false;
  const pump = (): void => {
    pumping = false;
    const next = sleepers.sort((a, b) => a.at - b.at).shift();
    if (next === undefined) return;
    now = Math.max(now, next.at);
    next.wake();
    schedule();
  };
  const schedule = (): void => {
    if (pumping || sleepers.length === 0) return;
    pumping = true;
    // One turn of the event loop lets every promise that the last wake-up settled run to its next wait.
    setImmediate(pump);
  };
  return {
    now: () => now,
    wall: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          reject(signal.reason);
        });
        schedule();
      }),
  };
}
