import type { Clock } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";

export interface Polling {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly deadlineMs: number;
  /** Ends the waiting at once, with its reason. */
  readonly signal: AbortSignal;
}

/** Repeats an attempt until it does not throw. @throws at the deadline, with what the last attempt said. */
export async function untilWorks<T>(attempt: () => Promise<T>, polling: Polling): Promise<T> {
  const { clock, everyMs, deadlineMs, signal } = polling;
  const until = clock.now() + deadlineMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (thrown) {
      if (clock.now() + everyMs > until) {
        throw new Error(`not within ${deadlineMs / 1_000} s; last: ${messageOf(thrown)}`, { cause: thrown });
      }
    }
    await clock.sleep(everyMs, signal);
  }
}
