import { formatMs } from "#core/duration.ts";
import type { ProbeReading, Reading } from "#core/injector.ts";
import type { PathProbe } from "#core/substrate.ts";

/** A path without a fault answers far inside this; a path that does not is too sick for an experiment. */
const HEALTHY_DEADLINE_MS = 2_000;

/** Looks before a fault: one may be late by chance, and two that agree are the path itself. */
const BEFORE_LOOKS = 3;

/** A path before its fault. */
export interface Control {
  readonly reading: ProbeReading;
  /** How far its two fastest looks lie apart, on new or on held connections; infinite where not even two were answered. */
  readonly spreadMs: number;
}

export function measureAll(probes: readonly PathProbe[], deadlineMs: number): Promise<readonly ProbeReading[]> {
  return Promise.all(probes.map((probe) => probe.measure(deadlineMs)));
}

/**
 * Several looks as one reading of each path: the fastest answer on a new and on a held connection, since noise only ever
 * adds; where a path does not answer in any look, its last reading.
 */
export async function measureFastest(
  probes: readonly PathProbe[],
  looks: number,
  deadlineMs: number,
): Promise<readonly ProbeReading[]> {
  return (await measureOften(probes, looks, deadlineMs)).map(fastestOf);
}

/** The negative control: each path as it is, and how well that is known. */
export async function readBefore(probes: readonly PathProbe[]): Promise<readonly Control[]> {
  return (await measureOften(probes, BEFORE_LOOKS, HEALTHY_DEADLINE_MS)).map((path) => {
    const sides = [path.readings.map(({ fresh }) => fresh), path.readings.flatMap(({ held }) => held ?? [])];
    const spreads = sides.filter((side) => side.length > 0).map(spreadOf);
    return { reading: fastestOf(path), spreadMs: Math.max(...spreads) };
  });
}

interface LookedAt {
  readonly target: string;
  readonly readings: readonly ProbeReading[];
}

async function measureOften(
  probes: readonly PathProbe[],
  looks: number,
  deadlineMs: number,
): Promise<readonly LookedAt[]> {
  const taken: (readonly ProbeReading[])[] = [];
  for (let look = 0; look < looks; look += 1) taken.push(await measureAll(probes, deadlineMs));
  return probes.map(({ target }, index) => ({ target, readings: taken.flatMap((each) => each[index] ?? []) }));
}

function fastestOf({ target, readings }: LookedAt): ProbeReading {
  const fresh = fastest(readings.map((reading) => reading.fresh));
  const held = fastest(readings.flatMap((reading) => reading.held ?? []));
  return { target, fresh: fresh ?? { kind: "silent", ms: 0 }, ...(held === undefined ? {} : { held }) };
}

function fastest(readings: readonly Reading[]): Reading | undefined {
  const answered = readings.filter((reading) => reading.kind === "answered");
  return answered.length === 0 ? readings.at(-1) : answered.reduce((best, next) => (next.ms < best.ms ? next : best));
}

function spreadOf(readings: readonly Reading[]): number {
  const answered = readings.flatMap((reading) => (reading.kind === "answered" ? [reading.ms] : []));
  const [best, second] = answered.toSorted((a, b) => a - b);
  return best === undefined || second === undefined ? Number.POSITIVE_INFINITY : second - best;
}

/** Whether a path is well enough to be harmed: it must answer on a new connection and on the one that is held. */
export function isHealthy(reading: ProbeReading): boolean {
  return reading.fresh.kind === "answered" && (reading.held === undefined || reading.held.kind === "answered");
}

/**
 * Whether a path answers as it did before, give or take the tolerance. A held connection may have been closed: by the
 * fault itself, or by a peer that had waited long enough; what it may not be is silent or late.
 */
export function isAsBefore(before: ProbeReading, now: ProbeReading, toleranceMs: number): boolean {
  const inTime = (reading: Reading, reference: Reading | undefined): boolean =>
    reading.kind === "answered" && reading.ms <= (reference?.ms ?? 0) + toleranceMs;
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
