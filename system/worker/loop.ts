import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";

/** A failing loop tries again no oftener than this: its dependency is away, and others ask it as well. */
const AFTER_FAILURE_MS = 500;

/**
 * Runs `turn` until the signal, and waits as long as it says. A turn that fails is tried again; the log says when a
 * row of failures begins and ends, not each of them.
 */
export async function loop(name: string, turn: () => Promise<number>, log: Logger, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    let pauseMs = AFTER_FAILURE_MS;
    try {
      pauseMs = await turn();
      if (failing) log.info({ event: `${name}-resumed`, detail: "works again" });
      failing = false;
    } catch (failure) {
      if (!failing) log.warn({ event: `${name}-failing`, detail: String(failure) });
      failing = true;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {});
  }
}
