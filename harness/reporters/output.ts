/** Where a reporter writes. `process.stdout` is one; a test gives one that keeps the text. */
export interface Output {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly isTTY?: boolean | undefined;
  /** `https://no-color.org`: false whatever the terminal can do. */
  readonly color?: boolean | undefined;
}

/** A terminal that tells no width is taken for the classic one. */
const CLASSIC_COLUMNS = 80;
const CLASSIC_ROWS = 24;

/**
 * An output that never fails: when the reader has gone (EPIPE), the rest is dropped and the run goes on to its verdict
 * and its files.
 */
export class SafeOutput {
  readonly #output: Output;
  #closed = false;

  constructor(output: Output) {
    this.#output = output;
  }

  write(text: string): void {
    if (this.#closed) return;
    try {
      this.#output.write(text);
    } catch {
      this.#closed = true;
    }
  }

  /** To be called when the stream reports its end by itself: a pipe tells it later than the write. */
  close(): void {
    this.#closed = true;
  }

  /** Asked anew each time: a terminal may be resized. */
  get columns(): number {
    const columns = this.#output.columns ?? 0;
    return columns > 0 ? columns : CLASSIC_COLUMNS;
  }

  get rows(): number {
    const rows = this.#output.rows ?? 0;
    return rows > 0 ? rows : CLASSIC_ROWS;
  }

  get color(): boolean {
    return this.#output.color ?? this.#output.isTTY ?? false;
  }
}
