import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { networkEnvironment } from "./network.ts";

/** Which package lists are read: the machine's own, or fresh ones in a folder of ours. */
export interface Apt {
  readonly ownFolder: string | undefined;
  readonly signal: AbortSignal;
}

export interface PackageVersion {
  readonly name: string;
  readonly version: string;
}

/** Lists have some ten megabytes, packages a few: two minutes would already be a very slow line. */
const NETWORK_DEADLINE_MS = 120_000;

/** Reading lists and unpacking is done on this machine, in a second or two. */
const LOCAL_DEADLINE_MS = 30_000;

/** Fetches package lists into a folder of ours: that takes no rights, and leaves the machine's lists as they are. */
export async function withFreshLists(ownFolder: string, signal: AbortSignal): Promise<Apt> {
  const apt: Apt = { ownFolder, signal };
  await mkdir(join(ownFolder, "lists", "partial"), { recursive: true });
  await mkdir(join(ownFolder, "cache", "archives", "partial"), { recursive: true });
  await apply(apt, "apt-get", ["update"], NETWORK_DEADLINE_MS);
  return apt;
}

/** The package and what it needs that is not installed here; empty when it is not known or is installed already. */
export async function missingPackages(name: string, apt: Apt): Promise<readonly PackageVersion[]> {
  const simulated = await apply(apt, "apt-get", ["--simulate", "--no-install-recommends", "install", name]).catch(
    () => {
      // apt fails for a name that its lists do not have; that is an answer, not a failure.
      apt.signal.throwIfAborted();
      return "";
    },
  );
  return packagesToUnpack(simulated, name);
}

/** Reads what apt says that it would install, and keeps what the program itself needs. */
export function packagesToUnpack(simulated: string, wanted: string): readonly PackageVersion[] {
  return [...simulated.matchAll(/^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm)]
    .map(([, name = "", version = ""]) => ({ name, version }))
    .filter(({ name }) => name === wanted || isCarrier(name, wanted));
}

/**
 * Only libraries, and the package that carries the program where another one has just its service files (Debian's
 * `redis-server` is a link into `redis-tools`). Perl modules and the like serve the package's scripts, not the program.
 * The C library is never taken: it has to fit the loader of this machine, which cannot be exchanged.
 */
function isCarrier(name: string, wanted: string): boolean {
  const isLibrary = /^(?:lib|lua-)/.test(name) && !name.endsWith("-perl") && name !== "libc6";
  return isLibrary || name === wanted.replace(/-server$/, "-tools");
}

/** Fetches packages, compares each with the hash in the signed lists, and unpacks all of them into one folder. */
export async function unpackPackages(wanted: readonly PackageVersion[], folder: string, apt: Apt): Promise<void> {
  const archives = join(folder, "archives");
  await mkdir(archives);
  const names = wanted.map((each) => `${each.name}=${each.version}`);
  await apply(apt, "apt-get", ["download", ...names], NETWORK_DEADLINE_MS, archives);
  const expected = await expectedHashes(names, apt);
  for (const file of await readdir(archives)) {
    const found = createHash("sha256")
      .update(await readFile(join(archives, file)))
      .digest("hex");
    if (!expected.delete(found)) {
      throw new Error(`${file} has the SHA-256 ${found}, which the package lists do not name`);
    }
    await apply(apt, "dpkg-deb", ["-x", join(archives, file), folder]);
  }
  if (expected.size > 0) {
    throw new Error(`${expected.size} of ${wanted.length} packages did not arrive`);
  }
  await rm(archives, { recursive: true });
}

async function expectedHashes(names: readonly string[], apt: Apt): Promise<Set<string>> {
  const described = await apply(apt, "apt-cache", ["show", "--no-all-versions", ...names]);
  return new Set([...described.matchAll(/^SHA256: ([0-9a-f]{64})$/gm)].map(([, hash = ""]) => hash));
}

async function apply(
  apt: Apt,
  command: "apt-get" | "apt-cache" | "dpkg-deb",
  args: readonly string[],
  deadlineMs = LOCAL_DEADLINE_MS,
  cwd?: string,
): Promise<string> {
  const options = command === "dpkg-deb" ? [] : aptOptions(apt);
  return await runCommand(command, [...options, ...args], {
    signal: apt.signal,
    deadlineMs,
    // Its messages are read by the code above, so they must not be translated.
    env: networkEnvironment({ LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" }),
    ...(cwd !== undefined && { cwd }),
  });
}

function aptOptions(apt: Apt): readonly string[] {
  // As root apt would fetch as a user of its own, who cannot write into our folder.
  const asCaller = ["-o", "APT::Sandbox::User=root"];
  return apt.ownFolder === undefined
    ? asCaller
    : [
        ...asCaller,
        "-o",
        `Dir::State::Lists=${join(apt.ownFolder, "lists")}`,
        "-o",
        `Dir::Cache=${join(apt.ownFolder, "cache")}`,
      ];
}
