import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { identityOf, parseIdentity } from "#harness/ownership/index.ts";

/** Locks lie beside what they lock: `bringing.lock` in the cache, `datasets/<name>.lock` in the state folder. */
const LOCK_DEPTH = 2;

/** The paths that are still there, each once. */
export function standing(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)].filter((path) => existsSync(path));
}

/** Where a control group of the run may lie, whatever the journal says: below the harness's own groups and the ones above. */
export function runCgroups(runId: string): readonly string[] {
  const own = linesOf("/proc/self/cgroup").map((line) => line.split(":").slice(2).join(":"));
  const mounts = linesOf("/proc/self/mounts")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, path = ""]) => path);
  return mounts.flatMap((mount) =>
    own.flatMap((group) => [group, dirname(group), "/"]).map((group) => join(mount, group, `doorbuster-${runId}`)),
  );
}

/** Locks that name this very process as their holder, and what is left of taking one. Those of others are theirs. */
export function ownLocks(folders: readonly string[]): readonly string[] {
  const own = identityOf(process.pid);
  // A lock on clearing a dead holder's lock away has that one's name and a sum of its content before it.
  const lock = "\\.lock(\\.[0-9a-f]{8}\\.stale)*";
  const [attempt, whole] = [new RegExp(`${lock}\\.${process.pid}-[0-9a-f]{8}$`), new RegExp(`${lock}$`)];
  return folders.flatMap((folder) =>
    namesIn(folder, LOCK_DEPTH).filter((path) => {
      if (attempt.test(path)) return true;
      if (!whole.test(path)) return false;
      const holder = holderOf(path);
      return holder !== undefined && holder.pid === own?.pid && holder.startTicks === own.startTicks;
    }),
  );
}

function holderOf(path: string): ReturnType<typeof parseIdentity> {
  try {
    return parseIdentity(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

function namesIn(folder: string, depth: number): readonly string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() && depth > 1 ? namesIn(path, depth - 1) : [path];
    });
  } catch {
    return [];
  }
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, "latin1").split("\n").filter(Boolean);
}
