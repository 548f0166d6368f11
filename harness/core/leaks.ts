import type { JournalEntry } from "./journal.ts";

/**
 * When a look is taken: `torn-down` is behind the run's own tear-down, when its guardian and its journal are still there;
 * `ended` is behind these, when nothing of the run may be left.
 */
export type LeakMoment = "torn-down" | "ended";

/**
 * Compares the machine after a run with what it was before: what is there, was not, and is the run's. Other runs beside
 * it are no concern of it: only a run's own marks, descent and journal make anything its own.
 */
export interface LeakAudit {
  /** Is told every entry of the run's journal: what that names is the run's, also when it carries no mark. */
  note(entry: JournalEntry): void;
  /**
   * A sentence for each thing that is left; none when nothing is. Never rejects: what could not be looked at is a sentence
   * as well, because an audit that saw nothing has found nothing out. Takes half a second at most.
   */
  left(moment: LeakMoment): Promise<readonly string[]>;
}
