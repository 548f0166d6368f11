import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { distrustOf } from "#harness/ownership/index.ts";
import { type Finding, judged } from "./finding.ts";
import { cacheFolder, isRoot, stateFolder } from "./folders.ts";
import { serviceUser } from "./service-user.ts";

/** Go's sources and build cache take 1 GB, the programs 0.2 GB, a long run's databases and logs the rest. */
const GIGABYTES_OF_DISK_AT_LEAST = 3;

const GIGABYTE = 1e9;

/** The two folders that a run writes to, and whether the service user gets to its own. */
export function examineFolders(): readonly Finding[] {
  return [disk("cache folder", cacheFolder()), disk("state folder", stateFolder()), stateTrusted(), stateReachable()];
}

/** What lies in it is acted upon: programs are started, runs undone. */
function stateTrusted(): Finding {
  const reason = distrustOf(stateFolder());
  return judged(
    "state folder's owner",
    reason === undefined,
    `${stateFolder()}: ${reason ?? "this user alone writes"}`,
    {
      needed: "a folder that this user alone can write",
      mend: "mend its owner and mode, or name another one in DOORBUSTER_STATE",
    },
  );
}

function disk(name: string, folder: string): Finding {
  const existing = nearestExisting(folder);
  const { bavail, bsize } = statfsSync(existing);
  const gigabytes = (bavail * bsize) / GIGABYTE;
  const writable = isAllowed(existing, constants.W_OK);
  const detail = `${folder}: ${gigabytes.toFixed(1)} GB free${writable ? "" : `, but ${existing} cannot be written`}`;
  return judged(name, writable && gigabytes >= GIGABYTES_OF_DISK_AT_LEAST, detail, {
    needed: `${GIGABYTES_OF_DISK_AT_LEAST} GB that can be written`,
    mend: "name a folder on another disk in DOORBUSTER_CACHE or DOORBUSTER_STATE",
  });
}

/** Without root everything runs as one user, who reaches what it has made. */
function stateReachable(): Finding {
  const name = "service user";
  if (!isRoot()) {
    return { name, ok: true, detail: "not needed: nothing runs as root" };
  }
  const user = serviceUser();
  if (user === undefined) {
    return { name, ok: false, detail: "there is no user nobody", mend: "add it, or run as an ordinary user" };
  }
  const closed = ancestors(stateFolder()).filter((folder) => existsSync(folder) && !letsOthersPass(folder));
  const detail =
    closed.length > 0 ? `${user.name} cannot enter ${closed.join(", ")}` : `${user.name} can enter ${stateFolder()}`;
  return judged(name, closed.length === 0, detail, {
    needed: "a state folder that it can enter",
    mend: "name a folder that everybody can enter in DOORBUSTER_STATE, or leave it unset",
  });
}

function nearestExisting(folder: string): string {
  return ancestors(folder).find((each) => existsSync(each)) ?? "/";
}

/** The folder itself, its parent, and so on up to the root. */
function ancestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}

function letsOthersPass(folder: string): boolean {
  return (statSync(folder).mode & 0o001) !== 0;
}

function isAllowed(folder: string, mode: number): boolean {
  try {
    accessSync(folder, mode);
    return true;
  } catch {
    return false;
  }
}
