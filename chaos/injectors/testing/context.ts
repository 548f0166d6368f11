import type { RunContext } from "#core/context.ts";
import type { JournalEntry } from "#core/journal.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { randomStream } from "#core/random.ts";
import { systemClock } from "#harness/context/index.ts";

/** A context in memory; the journal is whatever the test makes of it. */
export function testContext(onJournal: (entry: JournalEntry) => Promise<void>, signal?: AbortSignal): RunContext {
  const clock = systemClock();
  return {
    runId: "test",
    seed: "test",
    clock,
    random: (stream) => randomStream("test", stream),
    signal: signal ?? new AbortController().signal,
    history: memoryHistory(clock),
    journal: { write: onJournal },
    folder: "",
  };
}
