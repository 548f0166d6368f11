import { messageOf } from "#core/errors.ts";
import { readJournal, reopenJournal } from "./journal.ts";
import { openFaults, undoFault } from "./undo-faults.ts";

type OpenFault = ReturnType<typeof openFaults>[number];

/** A fault that its harness should have healed by now, and what could not be undone of it. */
interface OverdueFault {
  readonly fault: OpenFault;
  readonly left: readonly string[];
}

/**
 * Undoes faults whose deadline has passed although their harness shows its life: its clockwork beats, and what should
 * have healed them hangs. Deadlines count from the look that first saw the fault, at most one pause between looks late.
 */
export class OverdueFaults {
  readonly #journal: string;
  readonly #firstSeen = new Map<string, number>();
  #looking = false;

  constructor(journal: string) {
    this.#journal = journal;
  }

  /** Faults undone by this look; `now` is of a clock that no step moves. A look under way is not joined by another. */
  async look(now: number): Promise<readonly OverdueFault[]> {
    if (this.#looking) return [];
    this.#looking = true;
    try {
      const { entries } = await readJournal(this.#journal);
      const overdue = openFaults(entries).filter((fault) => this.#isOverdue(fault, now));
      return await Promise.all(overdue.map((fault) => this.#undo(fault)));
    } finally {
      this.#looking = false;
    }
  }

  #isOverdue({ id, deadlineMs }: OpenFault, now: number): boolean {
    const seen = this.#firstSeen.get(id) ?? now;
    this.#firstSeen.set(id, seen);
    return now - seen > deadlineMs;
  }

  /** What could not be undone stays open in the journal, and the next look tries again. */
  async #undo(fault: OpenFault): Promise<OverdueFault> {
    try {
      const left = await undoFault(fault);
      if (left.length === 0) {
        await using journal = await reopenJournal(this.#journal);
        await journal.write({ verb: "healed", id: fault.id });
      }
      return { fault, left };
    } catch (thrown) {
      return { fault, left: [messageOf(thrown)] };
    }
  }
}
