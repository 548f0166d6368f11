import { TIMES } from "../plan/mix.ts";

interface Attempt {
  readonly key: string;
  readonly attempt: number;
  readonly fromMs: number;
  /** Until when the shop may have worked on it: infinite while it is under way, and where nobody knows how it ended. */
  readonly untilMs: number;
  /** When its record came to its end; undefined while it is under way. */
  readonly endedMs: number | undefined;
}

/**
 * Nobody asks for a key any more when its last attempt is this long over: a retry waits for its jitter, its user then
 * for the answer, and two seconds are for late timers.
 */
const KEPT_MS = TIMES.retryMostMs + TIMES.patienceMs + 2_000;

/**
 * Checkouts by idempotency key: which attempts are in the shop's hands, or may be. By that it is judged whether a
 * "409, another one is under way" was the truth. An attempt that its user gave up on, or whose answer was lost, may
 * still be worked on; one that was answered, or refused unseen, is not.
 */
export class KeysInHand {
  readonly #keys = new Map<string, Map<number, Attempt>>();

  announced(key: string, attempt: number, atMs: number): void {
    this.#put({ key, attempt, fromMs: atMs, untilMs: Number.POSITIVE_INFINITY, endedMs: undefined });
  }

  /** `inDoubt`: nobody can know from outside whether it had, or will still have, an effect. */
  ended(key: string, attempt: number, time: { readonly sentMs: number; readonly endedMs: number }, inDoubt: boolean) {
    const { sentMs, endedMs } = time;
    this.#put({ key, attempt, fromMs: sentMs, untilMs: inDoubt ? Number.POSITIVE_INFINITY : endedMs, endedMs });
  }

  /** Whether another attempt of the key was, or may have been, in hand at any moment between the two. */
  hasTwin(key: string, attempt: number, time: { readonly sentMs: number; readonly endedMs: number }): boolean {
    const others = [...(this.#keys.get(key)?.values() ?? [])].filter((other) => other.attempt !== attempt);
    return others.some((other) => other.fromMs < time.endedMs && other.untilMs > time.sentMs);
  }

  /** Attempts that were announced and have no end. */
  underWay(): readonly { readonly key: string; readonly attempt: number }[] {
    return [...this.#keys.values()].flatMap((attempts) =>
      [...attempts.values()].filter(({ endedMs }) => endedMs === undefined),
    );
  }

  /** Lets go of keys that nobody can ask for any more at this moment of the load. */
  forget(nowMs: number): void {
    for (const [key, attempts] of this.#keys) {
      const isOver = [...attempts.values()].every(({ endedMs }) => endedMs !== undefined && endedMs + KEPT_MS < nowMs);
      if (isOver) this.#keys.delete(key);
    }
  }

  #put(attempt: Attempt): void {
    const attempts = this.#keys.get(attempt.key) ?? new Map<number, Attempt>();
    attempts.set(attempt.attempt, attempt);
    this.#keys.set(attempt.key, attempts);
  }
}
