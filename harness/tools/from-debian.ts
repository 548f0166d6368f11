import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Tool } from "#core/toolbox.ts";
import { type Apt, missingPackages, type PackageVersion, unpackPackages, withFreshLists } from "./apt.ts";
import type { Bringing } from "./bringing.ts";
import type { SystemProgram } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { reasonOf, ToolError } from "./errors.ts";
import { finishedFolder } from "./finished-folder.ts";
import { cacheFolder } from "./folders.ts";
import { VERSION_DEADLINE_MS } from "./from-path.ts";
import { mendFor } from "./mend.ts";
import { isAtLeast, versionIn } from "./versions.ts";

/** Characters of a hash in a folder's name: enough that two sets of packages never share one. */
const HASH_SHOWN = 12;

/** Where Debian's packages put programs. */
const PROGRAM_FOLDERS = ["usr/sbin", "usr/bin"];

/**
 * Unpacks the program's package, and those libraries that this machine lacks, into a folder of our own: nothing is
 * installed, no service is started, no rights are needed. The program finds the libraries by `LD_LIBRARY_PATH`.
 */
export async function fromDebian(program: SystemProgram, programs: string, bringing: Bringing): Promise<Tool> {
  try {
    return await withLists(program, { ownFolder: undefined, signal: bringing.signal }, programs, bringing);
  } catch {
    // The machine's lists may be absent, or so old that the archive has dropped what they name.
    bringing.signal.throwIfAborted();
    bringing.progress(`${program.program}: reading fresh package lists`);
  }
  try {
    const fresh = await withFreshLists(join(cacheFolder(), "apt"), bringing.signal);
    return await withLists(program, fresh, programs, bringing);
  } catch (cause) {
    bringing.signal.throwIfAborted();
    throw new ToolError(
      {
        tried: `unpack ${program.program} from a package of this system`,
        on: program.debianPackage,
        happened: cause instanceof ToolError ? cause.trouble.happened : reasonOf(cause),
        next: mendFor(program.program),
      },
      { cause },
    );
  }
}

async function withLists(program: SystemProgram, apt: Apt, programs: string, bringing: Bringing): Promise<Tool> {
  const wanted = await missingPackages(program.debianPackage, apt);
  const version = versionOffered(program, wanted);
  const content = createHash("sha256").update(JSON.stringify(wanted)).digest("hex").slice(0, HASH_SHOWN);
  const name = `${program.program}-${version}-debian-${content}`;
  const folder = await finishedFolder(join(programs, name), async (unfinished) => {
    bringing.progress(`${program.program} ${version}: fetching ${wanted.map((each) => each.name).join(", ")}`);
    await unpackPackages(wanted, unfinished, apt);
    // A folder gets its final name only after the program in it has started once.
    await start(program, unfinished, version, bringing.signal);
  });
  return await start(program, folder, version, bringing.signal);
}

function versionOffered(program: SystemProgram, wanted: readonly PackageVersion[]): string {
  const own = wanted.find((each) => each.name === program.debianPackage);
  const version = versionIn(own?.version ?? "");
  if (version === undefined) {
    throw new Error(`apt offers no package ${program.debianPackage} to unpack`);
  }
  if (!isAtLeast(version, program.atLeast)) {
    throw new Error(`apt offers version ${version}; ${program.atLeast} or newer is needed`);
  }
  return version;
}

/** Starts it once for its version: the proof that every library is there. */
async function start(program: SystemProgram, folder: string, version: string, signal: AbortSignal): Promise<Tool> {
  const path = PROGRAM_FOLDERS.map((each) => join(folder, each, program.program)).find((each) => existsSync(each));
  if (path === undefined) {
    throw new Error(`the package ${program.debianPackage} has no program ${program.program}`);
  }
  const libraries = await libraryFolders(folder);
  const env: Readonly<Record<string, string>> = libraries.length > 0 ? { LD_LIBRARY_PATH: libraries.join(":") } : {};
  await runCommand(path, program.versionArguments, { signal, deadlineMs: VERSION_DEADLINE_MS, env });
  return { path, env, version, source: "debian" };
}

/** The loader looks only into folders that are named, not below them. */
async function libraryFolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const holding = entries.filter((entry) => /\.so(?:\.|$)/.test(entry.name)).map((entry) => entry.parentPath);
  return [...new Set(holding)].sort();
}
