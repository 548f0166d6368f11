import { randomUUID } from "node:crypto";
import { lstat, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

/** A name beside the place, for a file that is renamed onto it once it is whole; it says who writes. */
export function draftOf(path: string): string {
  return `${path}.${process.pid}-${randomUUID().slice(0, 8)}.draft`;
}

const DRAFT = /\.(\d+)-[0-9a-f]{8}\.draft$/;

/** Results, scenarios, runs, and the logs of a run. */
const DEPTH = 4;

/** A draft becomes its file within a second: what is older may be looked into, whoever writes on another machine. */
const ABANDONED_AFTER_MS = 5_000;

/**
 * Removes what a harness that was killed in its report has left of half-written files below the results, and nothing of
 * one that lives. Answers their paths. Never rejects for a folder that is not there or may not be read.
 */
export async function sweepDrafts(folder: string, depth = DEPTH): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const removed: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    // Links are not followed: what they lead to is somebody else's.
    if (entry.isDirectory()) removed.push(...(depth > 1 ? await sweepDrafts(path, depth - 1) : []));
    else if (await isAbandoned(path)) {
      await rm(path, { force: true });
      removed.push(path);
    }
  }
  return removed;
}

async function isAbandoned(path: string): Promise<boolean> {
  const writer = DRAFT.exec(path)?.[1];
  if (writer === undefined || isRunning(Number(writer))) return false;
  const found = await lstat(path).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > ABANDONED_AFTER_MS;
}

/** A number that is used again makes us leave the draft for another time, which harms nobody. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    // Of somebody else's process we may not ask, but it is there.
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
