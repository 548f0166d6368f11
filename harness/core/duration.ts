/** A duration as people write it: a whole or decimal number with its unit. */
export type Duration = `${number}ms` | `${number}s` | `${number}m`;

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000 } as const;

/**
 * Milliseconds of a duration.
 * @throws RangeError when the text is no duration; zod schemas turn it into a problem with its path.
 */
export function durationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text);
  const unit = match?.[2];
  if (match === null || (unit !== "ms" && unit !== "s" && unit !== "m")) {
    throw new RangeError(`"${text}" is no duration: write a number and a unit, as in 250ms, 30s or 2m`);
  }
  return Number(match[1]) * UNIT_MS[unit];
}

/** A duration for people: `250ms`, `4.1s`, `2m 05s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms * 10) / 10}ms`;
  if (ms < 60_000) return `${Math.round(ms / 100) / 10}s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, "0")}s`;
}

/** A moment of a run on its clock: `01:05`; before the first request it is negative. */
export function formatMoment(ms: number): string {
  const seconds = Math.floor(Math.abs(ms) / 1_000);
  const text = `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  return ms <= -1_000 ? `-${text}` : text;
}
