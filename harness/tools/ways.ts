import type { Tool } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import type { PinnedProgram, Release, SystemProgram } from "./catalogue.ts";
import { reasonOf, ToolError } from "./errors.ts";
import { programsFolder } from "./folders.ts";
import { fromDebian } from "./from-debian.ts";
import { fromGo, isBuilt } from "./from-go.ts";
import { fromPath } from "./from-path.ts";
import { fromRelease } from "./from-release.ts";
import { hasDebianPackages, mendFor } from "./mend.ts";
import { isAtLeast } from "./versions.ts";

/** Exactly this version: what the machine has, else the project's own release, else a build of the same sources. */
export async function bringPinned(pinned: PinnedProgram, bringing: Bringing): Promise<Tool> {
  const { program, version } = pinned;
  const found = await fromPath(program, pinned.versionArguments, (have) => have === version, bringing);
  if ("tool" in found) {
    return found.tool;
  }
  const programs = programsFolder({ refusesRoot: false });
  const release = releaseFor(pinned);
  if (isBuilt(pinned, programs)) {
    return await fromGo(pinned, programs, bringing);
  }
  if (release !== undefined) {
    try {
      return await fromRelease(pinned, release, programs, bringing);
    } catch (cause) {
      bringing.signal.throwIfAborted();
      const why = cause instanceof ToolError ? cause.trouble.happened : reasonOf(cause);
      bringing.progress(`${program} ${version}: its release is out of reach (${why})`);
    }
  }
  return await fromGo(pinned, programs, bringing);
}

/** This version or a later one: what the machine has, else the system's package, unpacked but not installed. */
export async function bringFromSystem(wanted: SystemProgram, bringing: Bringing): Promise<Tool> {
  const fits = (version: string): boolean => isAtLeast(version, wanted.atLeast);
  const found = await fromPath(wanted.program, wanted.versionArguments, fits, bringing);
  if ("tool" in found) {
    return found.tool;
  }
  if (hasDebianPackages()) {
    return await fromDebian(wanted, programsFolder(wanted), bringing);
  }
  throw new ToolError({
    tried: `find ${wanted.program} ${wanted.atLeast} or newer`,
    on: "the PATH",
    happened: found.reason,
    next: mendFor(wanted.program),
  });
}

/** The release for this machine, unless downloads are switched off. */
export function releaseFor(pinned: PinnedProgram): Release | undefined {
  const here = `${process.platform}-${process.arch}`;
  return process.env.DOORBUSTER_OFFLINE === "1" ? undefined : pinned.releases.get(here);
}
