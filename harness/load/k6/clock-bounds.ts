import type { JoinedWitnesses } from "#core/witnesses.ts";

/**
 * A hypervisor corrects its guest's date by a tenth of a second now and then (seen), and nothing that is judged hangs on
 * the date to that measure. Beyond this, somebody set one of the clocks.
 */
const STEP_MS = 1_000;

/** Five times what a starved edge was ever seen to do: beyond this no second is starved. */
const FAR_MS = 5_000;

/** Figures are cut to whole milliseconds three times, and both programs read their clocks once for several events. */
const AGREE_MS = 20;

/**
 * A starved HAProxy dates what it reads by the beginning of a turn of its loop, up to a second too early (seen: 0.86 s).
 * That passes; a clock that was set stays so.
 */
const LASTING_SECONDS = 3;

/**
 * HAProxy counts a connection's rest on a clock of its own, which leaves out the time for which it was stopped: what came
 * after a long rest is dated too early then.
 */
export const LONGEST_REST_MS = 1_000;

interface Bounds {
  readonly atLeastMs: number;
  readonly atMostMs: number;
}

const OPEN: Bounds = { atLeastMs: Number.NEGATIVE_INFINITY, atMostMs: Number.POSITIVE_INFINITY };

const common = (a: Bounds, b: Bounds): Bounds => ({
  atLeastMs: Math.max(a.atLeastMs, b.atLeastMs),
  atMostMs: Math.min(a.atMostMs, b.atMostMs),
});

/**
 * What the edge's clock shows more than the run's. A request begins at the edge after it was sent and ends there before
 * its answer was received: however slow either side is, the difference lies between the two. A clock that was set makes
 * seconds that contradict those before.
 */
export class ClockBounds {
  readonly #seconds = new Map<number, Bounds>();
  #samples = 0;

  /** Times of one request by both clocks, milliseconds. */
  take(sentMs: number, endedMs: number, doorBeganMs: number, doorEndedMs: number): void {
    const second = Math.floor(sentMs / 1_000);
    const own = { atLeastMs: doorEndedMs - endedMs, atMostMs: doorBeganMs - sentMs };
    this.#seconds.set(second, common(this.#seconds.get(second) ?? OPEN, own));
    this.#samples += 1;
  }

  result(): JoinedWitnesses["clock"] {
    let so = OPEN;
    let contradictory = 0;
    let blurred = 0;
    let far = 0;
    let strange: { readonly second: number; readonly byMs: number }[] = [];
    for (const [second, own] of [...this.#seconds].sort(([a], [b]) => a - b)) {
      const blurMs = own.atLeastMs - own.atMostMs;
      // It contradicts itself by more than a starved edge can: the step is in it. Those after it will tell, if there are any.
      if (blurMs > STEP_MS) {
        contradictory += 1;
        if (blurMs > FAR_MS) far += 1;
        continue;
      }
      // What is blurred lies somewhere between its own two bounds, and is compared with the others all the same.
      const isBlurred = blurMs > AGREE_MS;
      if (isBlurred) blurred += 1;
      const bounds = isBlurred ? { atLeastMs: own.atMostMs, atMostMs: own.atLeastMs } : own;
      const byMs = distance(so, bounds);
      if (Math.abs(byMs) > STEP_MS) {
        contradictory += 1;
        if (Math.abs(byMs) > FAR_MS) far += 1;
        strange.push({ second, byMs });
        if (strange.length === LASTING_SECONDS) break;
      } else {
        strange = [];
        so = common(so, bounds);
      }
    }
    const [first] = strange.length === LASTING_SECONDS ? strange : [];
    return {
      samples: this.#samples,
      seconds: this.#seconds.size,
      blurred,
      contradictory,
      ...(far === 0 ? {} : { far }),
      atLeastMs: finite(so.atLeastMs),
      atMostMs: finite(so.atMostMs),
      ...(first === undefined ? {} : { step: { atSecond: first.second, byMs: finite(first.byMs) } }),
    };
  }
}

/** How far the second lies beside the first; 0 where they touch. */
function distance(first: Bounds, second: Bounds): number {
  if (second.atLeastMs > first.atMostMs) return second.atLeastMs - first.atMostMs;
  return second.atMostMs < first.atLeastMs ? second.atMostMs - first.atLeastMs : 0;
}

/** To a tenth: the edge tells whole milliseconds. Not one second that could be used leaves no bound. */
function finite(ms: number): number {
  return Number.isFinite(ms) ? Math.round(ms * 10) / 10 : 0;
}
