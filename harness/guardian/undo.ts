import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import { messageOf } from "#core/errors.ts";
import type { JournalEntry } from "#core/journal.ts";
import { endProcesses, holdLock, removeCgroups } from "#harness/ownership/index.ts";
import { readJournal, reopenJournal } from "./journal.ts";
import { openFaults, undoFault } from "./undo-faults.ts";

export interface Undone {
  /** What was done, a sentence each. */
  readonly done: readonly string[];
  /** What could not be undone, a sentence each; empty when nothing of the run is left. */
  readonly left: readonly string[];
}

/** The longest that another undo of the same run takes: two graces, a hanging proxy server, and slow disks. */
const LOCK_DEADLINE_MS = 20_000;

/**
 * Undoes a run by its journal: faults, processes, folders, control groups. Goes on past what fails. Idempotent; two at
 * once wait for each other. Writes `end` when nothing is left.
 */
export async function undoRun(path: string): Promise<Undone> {
  await using _lock = await holdLock(`${path}.lock`, { deadlineMs: LOCK_DEADLINE_MS });
  const { entries, damaged, ended } = await readJournal(path);
  if (ended) return { done: [], left: [] };
  const done: string[] = damaged > 0 ? [`${damaged} damaged lines of the journal were passed over`] : [];
  const left: string[] = [];
  const faults = openFaults(entries);
  const problems = (await Promise.all(faults.map(undoFault))).flat();
  if (faults.length > 0) done.push(`${faults.length} faults undone`);
  const runId = runIdOf(entries, path);
  const started = entries.filter((entry) => entry.verb === "process");
  const cgroups = pathsOf(entries, "cgroup").filter(isOurCgroup);
  const claim = { roots: started.map(({ identity }) => identity), cgroups, runId };
  const { ended: processes, left: running } = await endProcesses(claim, started);
  if (processes > 0) done.push(`${processes} processes ended`);
  left.push(...running.map(({ pid }) => `process ${pid} still runs`));
  // Toxics live in the proxy server: when that is gone, a call that failed no longer matters.
  if (running.length > 0) left.push(...problems);
  left.push(...(await removeCgroups(cgroups)));
  const foreign = pathsOf(entries, "cgroup").filter((group) => !isOurCgroup(group) && existsSync(group));
  left.push(...foreign.map((group) => `control group ${group} does not look like one of a run: not touched`));
  left.push(...(await removeFolders(pathsOf(entries, "folder"), path)));
  if (left.length === 0) {
    await using journal = await reopenJournal(path);
    await journal.write({ verb: "end" });
  }
  return { done, left };
}

function runIdOf(entries: readonly JournalEntry[], path: string): string {
  const first = entries.find((entry) => entry.verb === "run");
  // The folder is named after the run: that much is known when the first line is lost.
  return first?.runId ?? basename(dirname(path));
}

function pathsOf(entries: readonly JournalEntry[], verb: "folder" | "cgroup"): readonly string[] {
  return [...new Set(entries.flatMap((entry) => (entry.verb === verb ? [entry.path] : [])))];
}

/** A journal is data that anybody with its rights could have written: only what looks like ours is removed. */
function isOurCgroup(path: string): boolean {
  return path.startsWith("/sys/fs/cgroup/") && /\/doorbuster-[^/]+(\/|$)/.test(path) && !path.includes("..");
}

async function removeFolders(paths: readonly string[], journal: string): Promise<readonly string[]> {
  const state = dirname(dirname(dirname(journal)));
  const problems = await Promise.all(
    paths.map(async (path) => {
      const inside = relative(state, path);
      if (inside === "" || inside.startsWith("..") || join(state, inside) !== path || !inside.includes(sep)) {
        return [`folder ${path} does not lie in ${state}: not touched`];
      }
      try {
        await rm(path, { recursive: true, force: true, maxRetries: 3 });
        return [];
      } catch (thrown) {
        return [`folder ${path}: ${messageOf(thrown)}`];
      }
    }),
  );
  return problems.flat();
}
