import { readdir, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure, messageOf } from "#core/errors.ts";
import {
  distrustOf,
  endProcesses,
  isHeld,
  isRunning,
  requireTrusted,
  runsFolder,
  ticksAt,
} from "#harness/ownership/index.ts";
import { type JournalContent, journalPath, readJournal } from "./journal.ts";
import { signOfLife } from "./sign-of-life.ts";
import { undoRun } from "./undo.ts";

/** A run that has ended without undoing what it did. */
export interface UnfinishedRun {
  readonly runId: string;
  readonly journalPath: string;
}

/** Between the creation of a run's folder and that of its journal lie milliseconds. */
const BEING_BORN_MS = 10_000;

/** All that a run's folder holds before the journal names the rest. */
const BEFORE_A_JOURNAL = /^(journal\..*|guardian\.log)$/;

/**
 * Runs whose harness is gone and whose undo is not complete. Runs that live are left alone, and so are those that may;
 * `say` is told of the latter. What ended runs left of their own folders is removed in passing.
 * @throws Failure of kind `environment` when somebody else could have written what lies there: it could name anything.
 */
export async function findUnfinished(
  stateFolder: string,
  say: (line: string) => void = () => undefined,
): Promise<readonly UnfinishedRun[]> {
  return await unfinished(stateFolder, say, removeEnded);
}

/** The same, by a look alone: nothing is removed, not even what ended runs left of their own folders. */
export async function lookForUnfinished(
  stateFolder: string,
  say: (line: string) => void = () => undefined,
): Promise<readonly UnfinishedRun[]> {
  return await unfinished(stateFolder, say, async () => undefined);
}

async function unfinished(
  stateFolder: string,
  say: (line: string) => void,
  onEnded: (run: UnfinishedRun) => Promise<void>,
): Promise<readonly UnfinishedRun[]> {
  const names = await namesOfRuns(stateFolder);
  const found = await Promise.all(
    names.map(async (runId) => {
      const run = { runId, journalPath: journalPath(stateFolder, runId) };
      const reason = distrustOf(dirname(run.journalPath));
      if (reason !== undefined) say(`run ${runId} was not looked at: ${reason}`);
      return reason === undefined && (await isUnfinished(run, say, onEnded)) ? [run] : [];
    }),
  );
  return found.flat();
}

async function namesOfRuns(stateFolder: string): Promise<readonly string[]> {
  const folder = runsFolder(stateFolder);
  requireTrusted([stateFolder, folder]);
  return await readdir(folder).catch(() => []);
}

/** A folder without a journal is a run's only when it holds nothing that a run puts there later. */
async function isYoung(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => undefined);
  return names?.every((name) => BEFORE_A_JOURNAL.test(name)) === true;
}

async function removeEnded({ journalPath: journal }: UnfinishedRun): Promise<void> {
  if (!(await isHeld(`${journal}.lock`))) await rm(dirname(journal), { recursive: true, force: true });
}

async function isUnfinished(
  run: UnfinishedRun,
  say: (line: string) => void,
  onEnded: (run: UnfinishedRun) => Promise<void>,
): Promise<boolean> {
  const folder = dirname(run.journalPath);
  const content = await readJournal(run.journalPath).catch((thrown: unknown): JournalContent | undefined => {
    // A journal of a newer version is unfinished business, and `recover` will say so.
    if (thrown instanceof Failure) return { entries: [], damaged: 0, ended: false };
    return undefined;
  });
  if (content === undefined) {
    const age = await stat(folder).then(
      ({ ctimeMs }) => Date.now() - ctimeMs,
      () => 0,
    );
    return age > BEING_BORN_MS && (await isYoung(folder));
  }
  const owner = content.entries.find((entry) => entry.verb === "run");
  if (owner !== undefined && isRunning(owner.harness)) return false;
  const alive = owner === undefined ? await signOfLife(run.journalPath, content.entries) : undefined;
  if (alive !== undefined) {
    say(`run ${run.runId} was left alone: its journal does not say whose it is, and ${alive}`);
    return false;
  }
  if (!content.ended) return true;
  await onEnded(run);
  return false;
}

/** Runs of this state folder whose harness lives. They are nobody's to end; they only share the machine's speed. */
export async function findLiving(
  stateFolder: string,
): Promise<readonly { readonly runId: string; readonly pid: number }[]> {
  const names = await namesOfRuns(stateFolder);
  const found = await Promise.all(
    names.map(async (runId) => {
      const journal = await readJournal(journalPath(stateFolder, runId)).catch(() => undefined);
      const owner = journal?.entries.find((entry) => entry.verb === "run");
      return owner !== undefined && isRunning(owner.harness) ? [{ runId, pid: owner.harness.pid }] : [];
    }),
  );
  return found.flat();
}

/**
 * Undoes an unfinished run and removes its folder.
 * @throws Failure that lists what is left and could not be undone.
 */
export async function recover(path: string, progress: (line: string) => void): Promise<void> {
  const folder = dirname(path);
  requireTrusted([dirname(dirname(folder)), dirname(folder), folder]);
  const left = await undo(path, progress);
  if (left.length > 0) {
    throw new Failure(
      "environment",
      left.map((problem) => `run ${folder}: ${problem}`),
      "Mend what is named above by hand, then run `npm run scenario recover` again.",
    );
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

async function undo(path: string, progress: (line: string) => void): Promise<readonly string[]> {
  if (!(await isThere(path))) {
    // It died before its journal was begun; whatever it may have started carries its mark.
    const runId = dirname(path).slice(dirname(dirname(path)).length + 1);
    const { left } = await endProcesses({ roots: [], runId }, []);
    return left.map(({ pid }) => `process ${pid} still runs`);
  }
  try {
    const { entries } = await readJournal(path);
    const owner = entries.find((entry) => entry.verb === "run");
    if (owner !== undefined && isRunning(owner.harness)) {
      return [`its harness (process ${owner.harness.pid}) still runs: end that first`];
    }
    const alive = owner === undefined ? await signOfLife(path, entries) : undefined;
    if (alive !== undefined) {
      return [`its journal does not say whose it is, and ${alive}: end that first, if that run is over`];
    }
    // The run may have died long ago: its last word is the last moment of which it is known to have lived.
    const { mtimeMs } = await stat(path);
    const { done, left } = await undoRun(path, ticksAt(mtimeMs));
    for (const line of done) progress(line);
    return left;
  } catch (thrown) {
    // Whoever held the journal's lock (the run's guardian, another command) has undone it meanwhile and removed all.
    if (!(await isThere(dirname(path)))) return [];
    return [messageOf(thrown)];
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
