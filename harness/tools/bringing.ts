/** What every way of bringing a program is given. */
export interface Bringing {
  /** Shows one line to the person who waits. */
  progress(line: string): void;
  readonly signal: AbortSignal;
}
