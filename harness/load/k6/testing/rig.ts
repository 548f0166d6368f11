import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunContext } from "#core/context.ts";
import type { HistoryEvent, LoadBatch, Outcome } from "#core/history.ts";
import type { JournalEntry } from "#core/journal.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { randomStream } from "#core/random.ts";
import type { LoadShape } from "#core/scenario.ts";
import { systemClock } from "#harness/context/clock.ts";

/** A small load: so many users from the first moment on, for so long. */
export function smallShape(users: number, forMs: number, buyersPerSecond: number): LoadShape {
  return {
    kind: "black-friday",
    scale: 1,
    pace: "quick",
    startUsers: users,
    phases: [{ name: "normal", forMs, users }],
    buyersPerSecond,
    steadyPhase: "normal",
    peakPhase: "normal",
  };
}

export interface Rig extends AsyncDisposable {
  readonly ctx: RunContext;
  readonly journal: readonly JournalEntry[];
  of<K extends HistoryEvent["kind"]>(kind: K): readonly Extract<HistoryEvent, { readonly kind: K }>[];
  /** Attempts by outcome, summed over all batches. */
  outcomes(): Readonly<Partial<Record<Outcome, number>>>;
}

/** A run context on a real clock, with a folder of its own and everything kept in memory. */
export async function makeRig(seed: string): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-load-"));
  const clock = systemClock();
  const history = memoryHistory(clock);
  const journal: JournalEntry[] = [];
  const ctx: RunContext = {
    runId: "test-run",
    seed,
    clock,
    random: (stream) => randomStream(seed, stream),
    signal: new AbortController().signal,
    history,
    journal: {
      async write(entry) {
        journal.push(entry);
      },
    },
    folder,
  };
  const of: Rig["of"] = (kind) =>
    history.records().filter((record): record is Extract<typeof record, { readonly kind: typeof kind }> => {
      return record.kind === kind;
    });
  return {
    ctx,
    journal,
    of,
    outcomes: () => sumOutcomes(of("load.batch")),
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function sumOutcomes(batches: readonly LoadBatch[]): Readonly<Partial<Record<Outcome, number>>> {
  const sums: Partial<Record<Outcome, number>> = {};
  for (const { outcomes } of batches) {
    for (const name of Object.keys(outcomes) as Outcome[]) sums[name] = (sums[name] ?? 0) + (outcomes[name] ?? 0);
  }
  return sums;
}
