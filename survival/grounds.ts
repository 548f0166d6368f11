import { existsSync, mkdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cacheFolder, openStateFolder } from "#harness/tools/folders.ts";

/** Where the runs are started, and what they may use. */
export interface Grounds {
  /** Folder of the project. */
  readonly root: string;
  /** State folder that nobody else uses: what lies in it is ours. */
  readonly state: string;
  readonly cache: string;
  /** Parent of the temporary folder that each run gets. */
  readonly temporary: string;
}

export function openGrounds(): Grounds {
  return {
    root: join(import.meta.dirname, ".."),
    state: ownStateFolder(),
    cache: cacheFolder(),
    temporary: tmpdir(),
  };
}

/** Below the usual one, so that no other run's command finds, or mends, what is left here. */
function ownStateFolder(): string {
  const usual = openStateFolder();
  const own = join(usual, "survival");
  mkdirSync(own, { recursive: true, mode: 0o711 });
  // Programs that were brought once are not brought again: root keeps them in its state folder.
  if (existsSync(join(usual, "programs")) && !existsSync(join(own, "programs")))
    symlinkSync("../programs", join(own, "programs"));
  return own;
}
