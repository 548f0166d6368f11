import { Failure, messageOf } from "#core/errors.ts";
import type { Journal } from "#core/journal.ts";
import type { Adapters, GuardedJournal } from "./adapters.ts";

/** How a guarded run came to its end. */
export interface GuardedEnd {
  /** What the work, or the guarding of it, threw; undefined when all went well. */
  readonly thrown: unknown;
  /** What was left on the machine, a sentence each. */
  readonly left: readonly string[];
}

/**
 * Guards a run while the work is done, has undone whatever the work did not undo itself, and looks at what is left: once
 * behind the work, where an undo has not yet tidied up what should have been gone by then, and once behind everything.
 */
export async function guardedRun(
  adapters: Adapters,
  runId: string,
  work: (guarded: GuardedJournal) => Promise<void>,
): Promise<GuardedEnd> {
  const audit = adapters.audit(runId);
  let thrown: unknown;
  const left: string[] = [];
  try {
    const guarded = await adapters.guard(runId);
    const journal: Journal = {
      write(entry) {
        audit.note(entry);
        return guarded.journal.write(entry);
      },
    };
    try {
      await work({ ...guarded, journal });
    } catch (error) {
      thrown = error;
    }
    const early = await audit.left("torn-down");
    left.push(...early.map((what) => `not ended by the run itself, and left to its undo: ${what}`));
    left.push(...(await undone(guarded)));
  } catch (error) {
    thrown ??= error;
  }
  left.push(...(await audit.left("ended")));
  return { thrown, left: [...new Set(left)] };
}

/** What could not be undone, a sentence each. */
async function undone(guarded: GuardedJournal): Promise<readonly string[]> {
  try {
    await guarded[Symbol.asyncDispose]();
    return [];
  } catch (thrown) {
    return thrown instanceof Failure ? thrown.problems : [messageOf(thrown)];
  }
}
