import { open, readdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Keeps the newest `keep` run folders and removes older ones, never the one just written; of runs that were killed and
 * have no result it keeps as many. Only a folder (no link) that is surely a run's is ever removed; whatever else lies
 * there belongs to somebody.
 */
export async function pruneResults(scenarioFolder: string, current: string, keep: number): Promise<readonly string[]> {
  if (!Number.isFinite(keep)) return [];
  const entries = await readdir(scenarioFolder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const ours: string[] = [];
  const killed: string[] = [];
  for (const name of names.filter((each) => each !== basename(current))) {
    const folder = join(scenarioFolder, name);
    if (await isRunFolder(folder)) ours.push(name);
    else if (await isOfKilledRun(folder)) killed.push(name);
  }
  const most = Math.max(0, Math.floor(keep));
  // The one just written is one of those that are kept.
  const removed = [...newestFirst(ours).slice(Math.max(0, most - 1)), ...newestFirst(killed).slice(most)];
  for (const name of removed) await rm(join(scenarioFolder, name), { recursive: true, force: true });
  return removed;
}

/** Names begin with the time of the run: the order of names is the order of runs. */
function newestFirst(names: readonly string[]): readonly string[] {
  return names.toSorted().reverse();
}

/** A run's time and seed, as the run names its folder. */
const RUN_NAME = /^\d{8}T\d{6}-[\w.-]+$/;

/** A run that lives writes its history every second, and needs minutes for its start at the very first time. */
const ABANDONED_AFTER_MS = 3_600_000;

/**
 * A run that was killed leaves its history and no result. One that is under way looks the same, but still writes
 * it; a shop that is kept has its result.
 */
async function isOfKilledRun(folder: string): Promise<boolean> {
  if (!RUN_NAME.test(basename(folder))) return false;
  const files = await readdir(folder);
  if (files.includes("result.json") || !files.includes("history.jsonl")) return false;
  const { mtimeMs } = await stat(join(folder, "history.jsonl"));
  return Date.now() - mtimeMs > ABANDONED_AFTER_MS;
}

/** The marker stands in the first line or two of `result.json`; reading all of it for 20 folders would cost seconds. */
const HEAD_BYTES = 512;

async function isRunFolder(folder: string): Promise<boolean> {
  const file = await open(join(folder, "result.json")).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return /^\{\s*"schema":\s*"doorbuster\/result\/1"/.test(buffer.toString("utf8", 0, bytesRead));
  } finally {
    await file.close();
  }
}
