import type { SafeOutput } from "./output.ts";
import { cutTo, type Piece, paint } from "./paint.ts";

const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";
const CLEAR_SCREEN = "\u001b[2J\u001b[H";
const CLEAR_BELOW = "\u001b[J";
const CLEAR_LINE_END = "\u001b[K";
/** Terminals that know synchronized output show a frame at once; the others ignore it. */
const BEGIN_FRAME = "\u001b[?2026h";
const END_FRAME = "\u001b[?2026l";

/** A block of lines that is drawn over itself. Never wider or higher than the terminal, so that it never scrolls. */
export class Screen {
  readonly #output: SafeOutput;
  #drawn = 0;
  #columns = 0;
  #hidden = false;

  constructor(output: SafeOutput) {
    this.#output = output;
  }

  draw(lines: readonly (readonly Piece[])[]): void {
    const { columns, rows, color } = this.#output;
    // The last row and column stay free: writing there makes some terminals scroll or wrap.
    const shown = lines.slice(0, Math.max(1, rows - 1)).map((line) => paint(cutTo(line, columns - 1), color));
    let frame = BEGIN_FRAME;
    if (!this.#hidden) frame += HIDE_CURSOR;
    this.#hidden = true;
    // After a resize the terminal has wrapped the old block in ways that nobody can count.
    if (this.#drawn > 0) frame += this.#columns === columns ? `\u001b[${this.#drawn}A\r` : CLEAR_SCREEN;
    frame += shown.map((line) => `${line}${CLEAR_LINE_END}\n`).join("");
    this.#output.write(`${frame}${CLEAR_BELOW}${END_FRAME}`);
    this.#drawn = shown.length;
    this.#columns = columns;
  }

  /** Removes the block; what is printed next stands in its place. */
  erase(): void {
    if (this.#drawn > 0) this.#output.write(`\u001b[${this.#drawn}A\r${CLEAR_BELOW}`);
    this.#drawn = 0;
  }

  /** Lines that stay, above where the next block will be drawn. */
  print(line: readonly Piece[]): void {
    this.erase();
    this.#output.write(`${paint(line, this.#output.color)}\n`);
  }

  restore(): void {
    if (this.#hidden) this.#output.write(SHOW_CURSOR);
    this.#hidden = false;
  }
}
