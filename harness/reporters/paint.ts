import { cleanLine } from "#core/foreign-text.ts";

/** A meaning, not a colour: the same words as in the report's style sheet. */
export type Tone = "held" | "broken" | "unknown" | "quiet" | "strong" | "accent" | "fault" | "plain";

/** The 16 colours of the terminal's own theme, so that they fit light and dark ones alike. */
const CODES: Readonly<Record<Tone, string>> = {
  held: "32",
  broken: "31",
  unknown: "35",
  quiet: "2",
  strong: "1",
  accent: "36",
  fault: "33",
  plain: "",
};

/** A stretch of text in one tone; a line is several. Widths are counted before any colour is added. */
export interface Piece {
  readonly text: string;
  readonly tone: Tone;
}

export function piece(text: string, tone: Tone = "plain"): Piece {
  return { text: cleanLine(text), tone };
}

export function paint(pieces: readonly Piece[], color: boolean): string {
  return pieces
    .map(({ text, tone }) =>
      color && CODES[tone] !== "" && text !== "" ? `\u001b[${CODES[tone]}m${text}\u001b[0m` : text,
    )
    .join("");
}

export function widthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { text }) => sum + [...text].length, 0);
}

/** Cuts a line to a width; the last column shows that something was cut. */
export function cutTo(pieces: readonly Piece[], width: number): readonly Piece[] {
  if (widthOf(pieces) <= width) return pieces;
  const cut: Piece[] = [];
  let left = Math.max(0, width - 1);
  for (const { text, tone } of pieces) {
    const letters = [...text];
    cut.push({ text: letters.slice(0, left).join(""), tone });
    left -= Math.min(left, letters.length);
    if (left === 0) break;
  }
  return [...cut, { text: width > 0 ? "…" : "", tone: "quiet" }];
}

export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - [...text].length));
}
