import { readdirSync } from "node:fs";
import { join } from "node:path";
import { textOf } from "./processes.ts";

/** Folders that a run may touch. */
export interface Places {
  /** State folder that only the audited runs use. */
  readonly state: string;
  /** Temporary folder that only the audited runs use. */
  readonly temporary: string;
  /** Where programs are kept. */
  readonly cache: string;
  /** Where the scenario's result folders lie. */
  readonly results: string;
}

/** What stays by design: programs, what Node has compiled, the prepared data once it is whole. */
const KEPT = /^(programs|compiled|datasets)(\/[^/]+)?$/;

/** Drafts and locks are never kept. */
const PASSING = /\.(lock|draft|stale)$/;

/** npm keeps what it has compiled in whatever the temporary folder is. */
const OF_NPM = "node-compile-cache";

/** Whatever lies in these places that should not be there when no run lives. */
export function readPlaces({ state, temporary, cache, results }: Places): readonly string[] {
  return [
    ...inside(state, 2)
      // Seen below, whether it is linked or not.
      .filter((name) => !name.startsWith("programs/"))
      .filter((name) => PASSING.test(name) || !(KEPT.test(name) || name === "runs"))
      .map((name) => join(state, name)),
    ...inside(temporary, 1)
      .filter((name) => name !== OF_NPM)
      .map((name) => join(temporary, name)),
    ...inside(cache, 3)
      .filter((name) => PASSING.test(name))
      .map((name) => join(cache, name)),
    // Programs that are shared with other state folders are linked: what is half brought lies behind the link.
    ...inside(join(state, "programs"), 2)
      .filter((name) => PASSING.test(name))
      .map((name) => join(state, "programs", name)),
    // A run folder without a result is the mark of a run that was killed; a draft beside it, in it, or among its logs is
    // a leftover.
    ...inside(results, 3)
      .filter((name) => PASSING.test(name))
      .map((name) => join(results, name)),
  ];
}

/** A machine with more control groups than this is not one to run a testbed on. */
const GROUPS_AT_MOST = 20_000;

/** All control groups whose name says that they are a run's, in every hierarchy. */
export function readCgroups(): readonly string[] {
  const mounts = textOf("/proc/self/mounts")
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([, , type]) => type === "cgroup" || type === "cgroup2")
    .map(([, path = ""]) => path);
  const folders = [...mounts];
  for (const folder of folders) {
    if (folders.length > GROUPS_AT_MOST) break;
    folders.push(...foldersIn(folder).map((name) => join(folder, name)));
  }
  return folders.filter((folder) => /\/doorbuster-[^/]+$/.test(folder));
}

export function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Names of everything below, down to this depth, relative to the folder. */
function inside(folder: string, depth: number, prefix = ""): readonly string[] {
  let entries: readonly { readonly name: string; isDirectory(): boolean }[] = [];
  try {
    entries = readdirSync(join(folder, prefix), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const name = join(prefix, entry.name);
    return [name, ...(depth > 1 && entry.isDirectory() ? inside(folder, depth - 1, name) : [])];
  });
}
