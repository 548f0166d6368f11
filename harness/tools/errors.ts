/** What every failure of this room says: enough to act on without reading the code. */
export interface ToolTrouble {
  /** What was tried, as a phrase: "build k6 2.2.0". */
  readonly tried: string;
  /** On what: a program, a file, an address. */
  readonly on: string;
  /** What happened, in the words of the part that failed. */
  readonly happened: string;
  /** What the reader does next: one command, where one command is enough. */
  readonly next: string;
}

/** A program that a run needs could not be brought. The original failure is in `cause`. */
export class ToolError extends Error {
  override readonly name = "ToolError";
  readonly trouble: ToolTrouble;

  constructor(trouble: ToolTrouble, options: { readonly cause?: unknown } = {}) {
    super(`could not ${trouble.tried} (${trouble.on}): ${trouble.happened}\n  next: ${trouble.next}`, options);
    this.trouble = trouble;
  }
}

/** All programs that are missing at once, so that one reading mends everything. */
export class ToolsMissingError extends Error {
  override readonly name = "ToolsMissingError";
  readonly failures: readonly unknown[];

  constructor(failures: readonly unknown[]) {
    super(failures.map(reasonOf).join("\n"), { cause: failures[0] });
    this.failures = failures;
  }
}

/** The words of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
