import { formatMs } from "#core/duration.ts";
import type { ProbeReading, Reading } from "#core/injector.ts";

/** What must be seen in a data path before a fault is said to be in force. */
export interface Effect {
  /** The dose that was asked for, in words and numbers. */
  readonly asked: string;
  /** How long one look waits. */
  readonly lookMs: number;
  /** How many looks make one reading, of which the fastest counts: noise delays one look, and hardly all of several. */
  readonly looks: number;
  /**
   * How far two readings of a path may lie apart and still count as the same. For a fault with a dose it is less than
   * half of that, so that a path on which the fault still lies is never taken for one as before.
   */
  readonly toleranceMs: number;
  /** How long after the act it must have been seen. */
  readonly deadlineMs: number;
  /** Whether a path can show the effect at all: one that only opens a port cannot show that answers are late or missing. */
  readonly needsAnswers: boolean;
  /**
   * Whether a path shows it. `later` in the window a held connection may have been closed by a peer that had waited long
   * enough; it must only not contradict.
   */
  isFelt(before: ProbeReading, now: ProbeReading, later: boolean): boolean;
  /** What was measured, in numbers, of paths that all show it. */
  measured(before: readonly ProbeReading[], now: readonly ProbeReading[]): string;
}

/** From the act to its proof: the proxies obey within milliseconds, supervisors within 100 ms; the rest is a busy machine. */
const PROOF_DEADLINE_MS = 5_000;

/** What one look may wait on a busy machine: a probe shares two cores with the surge. A dose above it is seen in one look. */
const NOISE_MS = 500;

/** A look that is late by chance for three times running is as rare as a path that is sick. */
const LOOKS_OF_SMALL_DOSES = 3;

/** A measured addition counts from this share of what was asked, up to the tolerance above it. */
const LEAST_SHARE = 0.9;

/** Less than half, so that with the fault in force a path lies nearer to the whole dose than to none. */
const TOLERANCE_SHARE = 0.4;

/** Silence is believed after this long: paths that took longer to answer before a fault are not healthy ones. */
const SILENCE_MS = 1_000;

export function lateBy(addedMs: number): Effect {
  const toleranceMs = Math.min(NOISE_MS, addedMs * TOLERANCE_SHARE);
  const isLate = (reading: Reading | undefined, before: Reading | undefined): boolean => {
    if (reading?.kind !== "answered") return false;
    const added = reading.ms - (before?.ms ?? 0);
    return added >= addedMs * LEAST_SHARE && added <= addedMs + toleranceMs;
  };
  return {
    asked: `+${formatMs(addedMs)} a round trip`,
    lookMs: addedMs + NOISE_MS + 1_000,
    looks: addedMs > NOISE_MS ? 1 : LOOKS_OF_SMALL_DOSES,
    toleranceMs,
    deadlineMs: PROOF_DEADLINE_MS + addedMs,
    needsAnswers: true,
    isFelt: (before, now, later) => {
      if (!isLate(now.fresh, before.fresh)) return false;
      const isEarly = now.held?.kind === "answered" && !isLate(now.held, before.held);
      return later ? !isEarly : isLate(now.held, before.held);
    },
    measured: (before, now) => {
      const added = (pick: (reading: ProbeReading) => Reading | undefined): readonly number[] =>
        now.flatMap((reading, index) => {
          const [after, earlier] = [pick(reading), before[index] && pick(before[index])];
          return after?.kind === "answered" && earlier !== undefined ? [after.ms - earlier.ms] : [];
        });
      const held = added((reading) => reading.held);
      return [
        `+${span(added((reading) => reading.fresh))} on new connections`,
        ...(held.length === 0 ? [] : [`+${span(held)} on held ones`]),
      ].join(", ");
    },
  };
}

export function silence(asked: string): Effect {
  return {
    asked,
    lookMs: SILENCE_MS,
    looks: 1,
    toleranceMs: NOISE_MS,
    deadlineMs: PROOF_DEADLINE_MS,
    needsAnswers: true,
    isFelt: (_, now, later) =>
      now.fresh.kind === "silent" && (later ? now.held?.kind !== "answered" : now.held?.kind === "silent"),
    measured: (_, now) => {
      const held = now.some((reading) => reading.held?.kind === "silent") ? " and on held ones" : "";
      return `silent for ${span(now.map((reading) => reading.fresh.ms))} on new connections${held}`;
    },
  };
}

/** Nothing listens any more: a connect is refused. Where a proxy cannot refuse it accepts and closes (`acceptsClosed`). */
export function shut(asked: string, acceptsClosed: boolean): Effect {
  const isShut = (reading: Reading): boolean =>
    reading.kind === "refused" || (acceptsClosed && reading.kind === "closed");
  return {
    asked,
    lookMs: SILENCE_MS,
    looks: 1,
    toleranceMs: NOISE_MS,
    deadlineMs: PROOF_DEADLINE_MS,
    needsAnswers: false,
    isFelt: (before, now, later) => {
      if (!isShut(now.fresh)) return false;
      if (before.held === undefined || now.held === undefined) return true;
      const ended = now.held.kind === "closed" || now.held.kind === "refused";
      return later ? now.held.kind !== "answered" : ended;
    },
    measured: (_, now) => {
      const kinds = [...new Set(now.map((reading) => reading.fresh.kind))].join(" or ");
      const held = now.some((reading) => reading.held !== undefined) ? "; held connections closed" : "";
      return `${kinds} in ${span(now.map((reading) => reading.fresh.ms))}${held}`;
    },
  };
}

/** Smallest to largest of several measured durations: `2.003s to 2.011s`. */
function span(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return seconds(low) === seconds(high) ? seconds(low) : `${seconds(low)} to ${seconds(high)}`;
}

/** Seconds to the millisecond, as a dose of seconds deserves; below a second milliseconds do. */
function seconds(ms: number): string {
  return ms >= 999.5 ? `${(ms / 1_000).toFixed(3)}s` : formatMs(ms);
}
