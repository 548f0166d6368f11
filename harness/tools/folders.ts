import { chmodSync, mkdirSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { distrustOf } from "#harness/ownership/index.ts";
import { ToolError } from "./errors.ts";

/**
 * Where root keeps the state of its runs. Its own home is closed to other users, and so may be the folder of the clone;
 * `/var/tmp` can be entered by everybody and outlives a restart. The zero is root's user number.
 */
const ROOT_STATE_FOLDER = "/var/tmp/doorbuster-0";

/** Root alone writes and lists; others pass through to the subfolders that belong to them. */
const PASS_THROUGH = 0o711;

/** Programs that were downloaded or built: may be removed at any time, is refilled by the next run. */
export function cacheFolder(): string {
  return setting("DOORBUSTER_CACHE") ?? join(setting("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "doorbuster");
}

/** Data of running services, and the programs that the service user has to reach. It only names the folder. */
export function stateFolder(): string {
  const own = setting("DOORBUSTER_STATE");
  if (own !== undefined || isRoot()) {
    return own ?? ROOT_STATE_FOLDER;
  }
  return join(setting("XDG_STATE_HOME") ?? join(homedir(), ".local", "state"), "doorbuster");
}

/**
 * Makes the state folder and checks that it can be trusted. Everybody may create names in `/var/tmp`: a folder that
 * somebody else prepared there could hold programs that root would then start, so such a folder is refused.
 */
export function openStateFolder(): string {
  const folder = stateFolder();
  mkdirSync(folder, { recursive: true, mode: PASS_THROUGH });
  const reason = distrustOf(folder);
  if (reason !== undefined) throw refused(folder, reason);
  if (isSomebodyElses(folder)) throw refused(folder, "it holds other things than the state of runs");
  if (isRoot()) {
    // A mask set by the caller may have closed the folder to the service user.
    chmodSync(folder, PASS_THROUGH);
  }
  return folder;
}

/** What only a state folder has. */
const OURS = ["runs", "programs", "datasets", "compiled"];

/** A typing error must not give a person's home, or the whole machine, the rights and the folders of a state folder. */
function isSomebodyElses(folder: string): boolean {
  const entries = readdirSync(folder);
  const isTheirs = folder === "/" || folder === resolve(homedir()) || entries.includes(".git");
  return isTheirs || (entries.length > 0 && !entries.some((entry) => OURS.includes(entry)));
}

function refused(folder: string, happened: string): ToolError {
  return new ToolError({
    tried: "use the state folder",
    on: folder,
    happened,
    // Only our own place is safe to remove by a command that somebody copies without reading it.
    next:
      folder === ROOT_STATE_FOLDER
        ? `remove it (sudo rm -rf ${folder}), or name another one in DOORBUSTER_STATE`
        : "name another one in DOORBUSTER_STATE: one that is empty, or is not there yet",
  });
}

/** Programs that refuse root go where the service user can reach them; all others into the cache. */
export function programsFolder(options: { readonly refusesRoot: boolean }): string {
  return join(options.refusesRoot && isRoot() ? stateFolder() : cacheFolder(), "programs");
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** A variable that is set to nothing counts as not set, as the XDG specification has it; paths are made absolute. */
function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === "" ? undefined : resolve(value);
}
