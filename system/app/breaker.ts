import type { Log } from "./log.ts";

/** Opens when at least half of at least ten calls in five seconds failed, or after five time-outs in a row over a while. */
const WINDOW_SECONDS = 5;
const FEWEST_CALLS = 10;
const FAILURE_SHARE = 0.5;
/** Time-outs cost their callers the most, so that few of them suffice. */
const TIMEOUTS_IN_A_ROW = 5;
/**
 * One stall of a crowded machine lets everything under way time out at the same moment (seen with all four replicas at
 * once, and the databases then got what the caches had kept from them). A part that is sick is so for longer.
 */
const TIMEOUTS_OVER_MS = 200;
/** First pause before a probe; doubled after each failed probe. The longest keeps recovery within some ten seconds on average. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 20_000;
/** A probe whose end was never reported (its caller died) does not keep the breaker half-open for ever. */
const PROBE_LOST_MS = 10_000;

export type FailureSort = "timeout" | "error";

export interface BreakerStatus {
  readonly target: string;
  readonly open: boolean;
  readonly openedTotal: number;
}

export interface Breaker {
  /** Whether to call now. While half-open, one caller gets a yes and must report how its call ended. */
  allows(): boolean;
  succeeded(): void;
  failed(sort: FailureSort): void;
  status(): BreakerStatus;
}

interface Second {
  at: number;
  calls: number;
  failures: number;
}

/** Stops asking a part that fails or hangs, and tries it again after a pause. */
export class CircuitBreaker implements Breaker {
  readonly #target: string;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #seconds: readonly Second[] = Array.from({ length: WINDOW_SECONDS }, () => ({
    at: -1,
    calls: 0,
    failures: 0,
  }));
  #timeoutsInARow = 0;
  #firstTimeoutAt = 0;
  #openedAt: number | undefined;
  #probeAt: number | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #openedTotal = 0;

  constructor(target: string, log: Log, now: () => number = () => performance.now()) {
    this.#target = target;
    this.#log = log;
    this.#now = now;
  }

  allows(): boolean {
    if (this.#openedAt === undefined) return true;
    const now = this.#now();
    if (now - this.#openedAt < this.#pauseMs) return false;
    if (this.#probeAt !== undefined && now - this.#probeAt < PROBE_LOST_MS) return false;
    this.#probeAt = now;
    return true;
  }

  succeeded(): void {
    if (this.#openedAt !== undefined) {
      // Answers of calls made before it opened prove nothing about now.
      if (this.#probeAt !== undefined) this.#close();
      return;
    }
    this.#timeoutsInARow = 0;
    this.#second().calls += 1;
  }

  failed(sort: FailureSort): void {
    if (this.#openedAt !== undefined) {
      if (this.#probeAt !== undefined) this.#reopen();
      return;
    }
    const second = this.#second();
    second.calls += 1;
    second.failures += 1;
    this.#timeoutsInARow = sort === "timeout" ? this.#timeoutsInARow + 1 : 0;
    if (this.#timeoutsInARow === 1) this.#firstTimeoutAt = this.#now();
    const over = this.#now() - this.#firstTimeoutAt;
    if (this.#timeoutsInARow >= TIMEOUTS_IN_A_ROW && over >= TIMEOUTS_OVER_MS)
      this.#open(`${this.#timeoutsInARow} time-outs in a row`);
    else this.#openOnShare();
  }

  status(): BreakerStatus {
    return { target: this.#target, open: this.#openedAt !== undefined, openedTotal: this.#openedTotal };
  }

  #openOnShare(): void {
    const oldest = this.#secondNumber() - WINDOW_SECONDS;
    let calls = 0;
    let failures = 0;
    for (const second of this.#seconds) {
      if (second.at <= oldest) continue;
      calls += second.calls;
      failures += second.failures;
    }
    if (calls >= FEWEST_CALLS && failures / calls >= FAILURE_SHARE) {
      this.#open(`${failures} of ${calls} calls failed in ${WINDOW_SECONDS} s`);
    }
  }

  #open(why: string): void {
    this.#openedAt = this.#now();
    this.#probeAt = undefined;
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#openedTotal += 1;
    this.#log.event("breaker-opened", `${this.#target}: ${why}`);
  }

  #reopen(): void {
    this.#openedAt = this.#now();
    this.#probeAt = undefined;
    this.#pauseMs = Math.min(this.#pauseMs * 2, LONGEST_PAUSE_MS);
  }

  #close(): void {
    this.#openedAt = undefined;
    this.#probeAt = undefined;
    this.#timeoutsInARow = 0;
    for (const second of this.#seconds) second.at = -1;
    this.#log.event("breaker-closed", `${this.#target}: a probe succeeded`);
  }

  #secondNumber(): number {
    return Math.floor(this.#now() / 1_000);
  }

  #second(): Second {
    const number = this.#secondNumber();
    const second = this.#seconds[number % WINDOW_SECONDS];
    if (second === undefined) throw new RangeError("the window has a slot for every second");
    if (second.at !== number) {
      second.at = number;
      second.calls = 0;
      second.failures = 0;
    }
    return second;
  }
}

/** The shop without breakers: always asks. */
export class NoBreaker implements Breaker {
  readonly #target: string;

  constructor(target: string) {
    this.#target = target;
  }

  allows(): boolean {
    return true;
  }

  succeeded(): void {}

  failed(): void {}

  status(): BreakerStatus {
    return { target: this.#target, open: false, openedTotal: 0 };
  }
}
