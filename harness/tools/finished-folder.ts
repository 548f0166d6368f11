import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const UNFINISHED = ".unfinished-";

/** No way of bringing a program takes this long: what is older was left by a run that died. */
const ABANDONED_AFTER_MS = 3_600_000;

/**
 * Gives the folder if it is there; else lets `fill` write into a new one and moves it into place in one step. So a folder
 * with its final name is always whole, however a run ended and however many ran at once.
 */
export async function finishedFolder(folder: string, fill: (unfinished: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) {
    return folder;
  }
  const parent = dirname(folder);
  await mkdir(parent, { recursive: true, mode: 0o755 });
  await removeAbandoned(parent);
  const unfinished = join(parent, `${UNFINISHED}${basename(folder)}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(unfinished, { mode: 0o755 });
    await fill(unfinished);
    await rename(unfinished, folder).catch((cause: unknown) => {
      // Another run was quicker; what it made has the same name and therefore the same content.
      if (!existsSync(folder)) {
        throw cause;
      }
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true, maxRetries: 5 });
  }
  return folder;
}

async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    if (name.startsWith(UNFINISHED) && Date.now() - (await stat(path)).mtimeMs > ABANDONED_AFTER_MS) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
