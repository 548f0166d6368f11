import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { JournalEntry, ProcessIdentity } from "#core/journal.ts";
import { allProcesses, hasEnded, isHeld, isRunning } from "#harness/ownership/index.ts";

/**
 * Why a run whose owner nobody can name may be alive, as the end of a sentence; undefined when nothing of it lives. Asked
 * where the journal's first line is lost: then a harness cannot be told from its absence.
 */
export async function signOfLife(journal: string, entries: readonly JournalEntry[]): Promise<string | undefined> {
  if (await isHeld(`${journal}.lock`)) return "another process is undoing it";
  const guardian = guardianOf(journal);
  if (guardian !== undefined) return `its guardian (process ${guardian}) still watches`;
  const living = entries.flatMap(identitiesIn).find(isRunning);
  return living === undefined ? undefined : `process ${living.pid} of it still runs`;
}

function identitiesIn(entry: JournalEntry): readonly ProcessIdentity[] {
  if (entry.verb === "process") return [entry.identity];
  return entry.verb === "fault" && entry.undo.kind === "continue-process" ? [entry.undo.identity] : [];
}

/** A guardian is started with the path of its journal. The state folder may be called by several names, the run by one. */
function guardianOf(journal: string): number | undefined {
  const end = `/${basename(dirname(journal))}/${basename(journal)}`;
  return allProcesses().find((stat) => {
    const words = hasEnded(stat) ? [] : wordsOf(stat.pid);
    return words.some((word, at) => word.endsWith("/guardian-main.ts") && words[at + 1]?.endsWith(end) === true);
  })?.pid;
}

function wordsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
  } catch {
    // It ended while it was looked at.
    return [];
  }
}
