import { execFile } from "node:child_process";
import { chmod, chown, lstat, mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { Failure } from "#core/errors.ts";
import type { ServiceLaunch } from "#core/service.ts";
import type { ServiceUser } from "#core/toolbox.ts";

const execute = promisify(execFile);

/** Folders on the way can be entered by the service user, not listed. */
const ENTERABLE = 0o711;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

/** The name of a Unix socket has at most 107 bytes on Linux; PostgreSQL's is `.s.PGSQL.12345`, behind a slash. */
const SOCKET_NAME_LIMIT = 107 - "/.s.PGSQL.12345".length;

/** Makes a folder that others may pass through, whatever the caller's mask says. */
export async function enterableFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  await chmod(path, ENTERABLE);
}

/** @throws Failure when the service user could not reach the folder, or names in it would be too long. */
export async function checkRunFolder(
  folder: string,
  nodeFolders: readonly string[],
  user: ServiceUser | undefined,
): Promise<void> {
  const longest = Math.max(...nodeFolders.map((path) => Buffer.byteLength(path)));
  if (longest > SOCKET_NAME_LIMIT) {
    throw new Failure(
      "environment",
      [`the state folder's name is too long: ${folder} leaves no room for a Unix socket's name`],
      "Name a shorter folder in DOORBUSTER_STATE.",
    );
  }
  if (user === undefined) return;
  for (let path = folder; path !== dirname(path); path = dirname(path)) {
    const { mode } = await lstat(path);
    if ((mode & 0o001) === 0) {
      throw new Failure(
        "environment",
        [`user ${user.name}, who runs the databases, cannot enter ${path}`],
        `Run \`chmod o+x ${path}\`, or name another state folder in DOORBUSTER_STATE.`,
      );
    }
  }
}

/** Makes a node's folder with its data and its files, owned by whoever will run there. */
export async function makeNodeFolder(
  folder: string,
  launch: Pick<ServiceLaunch, "files" | "asServiceUser">,
  data: string | undefined,
  user: ServiceUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const owner = launch.asServiceUser ? user : undefined;
  await privateFolder(folder, owner);
  if (data !== undefined) {
    // Blocks are shared until they are written to, where the file system can do that.
    await execute("cp", ["-a", "--reflink=auto", data, join(folder, "data")], { signal });
  }
  for (const file of launch.files) {
    const path = resolve(folder, file.path);
    if (!path.startsWith(`${folder}${sep}`))
      throw new RangeError(`file "${file.path}" does not lie in its node's folder`);
    await ownedFolder(dirname(path), folder, owner);
    await writeFile(path, file.content, { mode: file.mode ?? PRIVATE_FILE });
    await chmod(path, file.mode ?? PRIVATE_FILE);
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  }
}

async function ownedFolder(path: string, root: string, owner: ServiceUser | undefined): Promise<void> {
  const missing: string[] = [];
  for (let each = path; each !== root; each = dirname(each)) {
    if ((await lstat(each).catch(() => undefined)) === undefined) missing.unshift(each);
  }
  for (const each of missing) await privateFolder(each, owner);
}

async function privateFolder(path: string, owner: ServiceUser | undefined): Promise<void> {
  await mkdir(path, { mode: PRIVATE_FOLDER });
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}
