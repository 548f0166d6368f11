import { EXIT_CODES } from "./verdict.ts";

export type FailureKind = "usage" | "environment" | "defect";

/**
 * A failure that ends a command: what was tried, on what, what happened, what to do next. Findings about the shop are
 * verdicts, never exceptions.
 */
export class Failure extends Error {
  readonly kind: FailureKind;
  /** All problems at once, a sentence each. */
  readonly problems: readonly string[];
  readonly mend: string;

  constructor(kind: FailureKind, problems: readonly string[], mend: string, options?: ErrorOptions) {
    super([...problems, mend].join("\n"), options);
    this.name = "Failure";
    this.kind = kind;
    this.problems = problems;
    this.mend = mend;
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
