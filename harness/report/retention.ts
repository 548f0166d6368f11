import { open, readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";

/**
 * Keeps the newest `keep` run folders and removes older ones, never the one just written. Only a folder (no link) whose
 * `result.json` carries our schema's name is ever removed; whatever else lies there belongs to somebody.
 */
export async function pruneResults(scenarioFolder: string, current: string, keep: number): Promise<readonly string[]> {
  if (!Number.isFinite(keep)) return [];
  const entries = await readdir(scenarioFolder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const ours: string[] = [];
  for (const name of names) if (await isRunFolder(join(scenarioFolder, name))) ours.push(name);
  // Names begin with the time of the run: the order of names is the order of runs.
  const old = ours
    .sort()
    .reverse()
    .filter((name) => name !== basename(current));
  const removed = old.slice(Math.max(0, Math.floor(keep) - 1));
  for (const name of removed) await rm(join(scenarioFolder, name), { recursive: true, force: true });
  return removed;
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
