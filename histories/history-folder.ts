import { appendFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { HistoryRecord } from "#core/history.ts";
import type { Scenario } from "#core/scenario.ts";
import type { Topology } from "#core/topology.ts";
import { packHistory } from "#harness/report/index.ts";

/** Records that are packed at once: a long history never lies in memory as a whole. */
const CHUNK = 20_000;

/** What a history is judged by. It was written by this very module, so its form is not looked at again. */
export const planSchema = z.object({ scenario: z.custom<Scenario>(), topology: z.custom<Topology>() });

/** Writes a history, and what it is judged by, into a folder of their own; answers the number of records. */
export async function writeHistory(
  folder: string,
  plan: { readonly scenario: Scenario; readonly topology: Topology },
  records: Iterable<HistoryRecord>,
): Promise<number> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "history.jsonl.gz");
  await rm(path, { force: true });
  let chunk: HistoryRecord[] = [];
  let count = 0;
  const flush = async (): Promise<void> => {
    // Packed files one behind the other are one packed file.
    await appendFile(path, packHistory(chunk));
    count += chunk.length;
    chunk = [];
  };
  for (const record of records) {
    chunk.push(record);
    if (chunk.length === CHUNK) await flush();
  }
  await flush();
  await writeFile(join(folder, "plan.json"), JSON.stringify(plan));
  return count;
}
