import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join, normalize } from "node:path";
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
 * once wait for each other. Writes `end` when nothing is left. For a run that has been dead for long, `groupsUntilTicks`
 * of `Claim` says until when.
 */
export async function undoRun(path: string, groupsUntilTicks?: number): Promise<Undone> {
  await using _lock = await holdLock(`${path}.lock`, { deadlineMs: LOCK_DEADLINE_MS });
  const { entries, damaged, ended } = await readJournal(path);
  if (ended) return { done: [], left: [] };
  // The folder is named after the run: that much is known when the first line is lost.
  const runId = basename(dirname(path));
  const other = entries.find((entry) => entry.verb === "run" && entry.runId !== runId);
  if (other !== undefined)
    return { done: [], left: [`${path} is the journal of another run: nothing in it was touched`] };
  const done: string[] = damaged > 0 ? [`${damaged} damaged lines of the journal were passed over`] : [];
  const left: string[] = [];
  const faults = openFaults(entries);
  const problems = (await Promise.all(faults.map(undoFault))).flat();
  if (faults.length > 0) done.push(`${faults.length} faults undone`);
  const started = entries.filter((entry) => entry.verb === "process");
  const cgroups = pathsOf(entries, "cgroup").filter((group) => isOwnCgroup(group, runId));
  const claim = {
    roots: started.map(({ identity }) => identity),
    cgroups,
    runId,
    ...(groupsUntilTicks === undefined ? {} : { groupsUntilTicks }),
  };
  const { ended: processes, left: running } = await endProcesses(claim, started);
  if (processes > 0) done.push(`${processes} processes ended`);
  left.push(...running.map(({ pid }) => `process ${pid} still runs`));
  // Toxics live in the proxy server: when that is gone, a call that failed no longer matters.
  if (running.length > 0) left.push(...problems);
  left.push(...(await removeCgroups(cgroups)));
  const foreign = pathsOf(entries, "cgroup").filter((group) => !isOwnCgroup(group, runId) && existsSync(group));
  left.push(...foreign.map((group) => `control group ${group} is not one of this run: not touched`));
  left.push(...(await removeFolders(pathsOf(entries, "folder"), path)));
  if (left.length === 0) {
    await using journal = await reopenJournal(path);
    await journal.write({ verb: "end" });
  }
  return { done, left };
}

function pathsOf(entries: readonly JournalEntry[], verb: "folder" | "cgroup"): readonly string[] {
  return [...new Set(entries.flatMap((entry) => (entry.verb === verb ? [entry.path] : [])))];
}

/** A journal is data that anybody with its rights could have written: only what has the run's own name is removed. */
function isOwnCgroup(path: string, runId: string): boolean {
  return (
    path.startsWith("/sys/fs/cgroup/") && normalize(path) === path && path.split("/").includes(`doorbuster-${runId}`)
  );
}

/** Below the run's own folder, or data for all runs that was never finished: nothing else is named in a journal. */
function isOwnFolder(path: string, journal: string): boolean {
  const own = dirname(journal);
  const datasets = join(dirname(dirname(own)), "datasets");
  if (normalize(path) !== path) return false;
  return path.startsWith(`${own}/`) || (dirname(path) === datasets && /\.[0-9a-f]{8}\.draft$/.test(path));
}

async function removeFolders(paths: readonly string[], journal: string): Promise<readonly string[]> {
  const problems = await Promise.all(
    paths.map(async (path) => {
      if (!isOwnFolder(path, journal)) return [`folder ${path} is not one of this run: not touched`];
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
