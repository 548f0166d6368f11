import { type Piece, piece } from "./paint.ts";

const BARS = "▁▂▃▄▅▆▇█";

/**
 * Latency by second on a logarithmic height from 1 ms to the limit; what is over the limit is full and in its own tone.
 * A second without attempts is a space, not a low bar.
 */
export function sparkline(values: readonly (number | undefined)[], limitMs: number): readonly Piece[] {
  const pieces: { text: string; readonly tone: Piece["tone"] }[] = [];
  for (const value of values) {
    const tone = value !== undefined && value > limitMs ? "broken" : "accent";
    const last = pieces.at(-1);
    if (last?.tone === tone) last.text += heightOf(value, limitMs);
    else pieces.push({ text: heightOf(value, limitMs), tone });
  }
  return pieces;
}

function heightOf(value: number | undefined, limitMs: number): string {
  if (value === undefined) return " ";
  if (value > limitMs) return "█";
  const share = Math.log(Math.max(1, value)) / Math.log(Math.max(2, limitMs));
  return BARS[Math.min(BARS.length - 2, Math.floor(share * (BARS.length - 1)))] ?? "▁";
}

/** A bar of a share with a stretch for each tone. */
export function bar(share: number, width: number): readonly Piece[] {
  const full = Math.round(Math.min(1, Math.max(0, share)) * width);
  return [piece("━".repeat(full), "accent"), piece("─".repeat(Math.max(0, width - full)), "quiet")];
}
