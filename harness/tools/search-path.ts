import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Folders in which package managers put daemons, but which an ordinary user's PATH often lacks (HAProxy and PgBouncer are
 * in `sbin` on Debian), and the one that Go's own instructions install to.
 */
const BEYOND_THE_PATH = [
  "/usr/local/bin",
  "/usr/local/sbin",
  "/usr/sbin",
  "/sbin",
  "/opt/homebrew/bin",
  "/usr/local/go/bin",
];

/** The first executable of this name on the PATH, or in the folders where a daemon may lie besides. */
export function findProgram(name: string, path = process.env.PATH ?? ""): string | undefined {
  return [...path.split(delimiter).filter((folder) => folder.startsWith("/")), ...BEYOND_THE_PATH]
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
