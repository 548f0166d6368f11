import { formatMs } from "#core/duration.ts";
import type { ProbeReading, Reading } from "#core/injector.ts";
import type { PathProbe } from "#core/substrate.ts";

/** A path without a fault answers far inside this; a path that does not is too sick for an experiment. */
const HEALTHY_DEADLINE_MS = 2_000;

/** Looks before a fault: noise only ever adds to a reading, so the fastest of three is the path itself. */
const BEFORE_LOOKS = 3;

/** How much later than before a healed path may answer: it shares two busy cores with the surge. */
const HEALED_TOLERANCE_MS = 500;

export function measureAll(probes: readonly PathProbe[], deadlineMs: number): Promise<readonly ProbeReading[]> {
  return Promise.all(probes.map((probe) => probe.measure(deadlineMs)));
}

/** The negative control: the fastest reading of each path, or, where one does not answer in any look, its last reading. */
export async function readBefore(probes: readonly PathProbe[]): Promise<readonly ProbeReading[]> {
  const looks: (readonly ProbeReading[])[] = [];
  for (let look = 0; look < BEFORE_LOOKS; look += 1) looks.push(await measureAll(probes, HEALTHY_DEADLINE_MS));
  return probes.map((probe, index) => {
    const readings = looks.flatMap((each) => each[index] ?? []);
    const fresh = fastest(readings.map((reading) => reading.fresh));
    const held = fastest(readings.flatMap((reading) => reading.held ?? []));
    return { target: probe.target, fresh: fresh ?? { kind: "silent", ms: 0 }, ...(held === undefined ? {} : { held }) };
  });
}

function fastest(readings: readonly Reading[]): Reading | undefined {
  const answered = readings.filter((reading) => reading.kind === "answered");
  return answered.length === 0 ? readings.at(-1) : answered.reduce((best, next) => (next.ms < best.ms ? next : best));
}

/** Whether a path is well enough to be harmed: it must answer on a new connection and on the one that is held. */
export function isHealthy(reading: ProbeReading): boolean {
  return reading.fresh.kind === "answered" && (reading.held === undefined || reading.held.kind === "answered");
}

/**
 * Whether a path answers as it did before. A held connection may have been closed: by the fault itself, or by a peer
 * that had waited long enough; what it may not be is silent or late.
 */
export function isAsBefore(before: ProbeReading, now: ProbeReading): boolean {
  const inTime = (reading: Reading, reference: Reading | undefined): boolean =>
    reading.kind === "answered" && reading.ms <= (reference?.ms ?? 0) + HEALED_TOLERANCE_MS;
  if (!inTime(now.fresh, before.fresh)) return false;
  if (now.held === undefined || now.held.kind === "closed" || now.held.kind === "refused") return true;
  return inTime(now.held, before.held);
}

/** One reading in words: `answered in 0.4ms`, `silent for 1s`. */
function readingWords(reading: Reading | undefined): string {
  if (reading === undefined) return "none left";
  return reading.kind === "silent"
    ? `silent for ${formatMs(reading.ms)}`
    : `${reading.kind} in ${formatMs(reading.ms)}`;
}

/** Readings of paths in words, the worst said first by the caller's order; at most three, so that a line stays a line. */
export function readingsWords(readings: readonly ProbeReading[]): string {
  const shown = readings.slice(0, 3).map((reading) => {
    const held = reading.held === undefined ? "" : `, held connection ${readingWords(reading.held)}`;
    return `${reading.target}: new connection ${readingWords(reading.fresh)}${held}`;
  });
  const more = readings.length - shown.length;
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}
