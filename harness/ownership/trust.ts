import { lstatSync } from "node:fs";
import { Failure, messageOf } from "#core/errors.ts";

/** Whoever may write into a folder may put a journal there that names anything: these are the bits of group and others. */
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Why what lies in a folder cannot be taken for this user's own work, as the end of a sentence. Undefined when it can, and
 * when there is no such folder: then there is nothing in it to be believed.
 */
export function distrustOf(folder: string): string | undefined {
  try {
    const found = lstatSync(folder);
    const { uid, mode } = found;
    if (found.isSymbolicLink()) return "it is a link, which may lead anywhere";
    if (!found.isDirectory()) return "it is no folder";
    if (process.getuid !== undefined && uid !== process.getuid()) return `it belongs to user ${uid}`;
    if ((mode & WRITABLE_BY_OTHERS) !== 0) return `others may write into it (mode ${(mode & 0o777).toString(8)})`;
    return undefined;
  } catch (thrown) {
    const isAbsent = thrown instanceof Error && "code" in thrown && /^(ENOENT|ENOTDIR)$/.test(String(thrown.code));
    return isAbsent ? undefined : messageOf(thrown);
  }
}

/** @throws Failure of kind `environment` when one of these folders is somebody else's to write. */
export function requireTrusted(folders: readonly string[]): void {
  const problems = folders.flatMap((folder) => {
    const reason = distrustOf(folder);
    return reason === undefined ? [] : [`could not use the state folder ${folder}: ${reason}`];
  });
  if (problems.length === 0) return;
  throw new Failure(
    "environment",
    problems,
    "Only a folder that this user alone can write is believed: mend its owner and mode, or name another one in DOORBUSTER_STATE. Nothing in it was acted upon.",
  );
}
