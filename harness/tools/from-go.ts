import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Tool } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import { GO_AT_LEAST, type PinnedProgram } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { ToolError } from "./errors.ts";
import { finishedFolder } from "./finished-folder.ts";
import { VERSION_DEADLINE_MS } from "./from-path.ts";
import { mendFor } from "./mend.ts";
import { networkEnvironment } from "./network.ts";
import { findProgram } from "./search-path.ts";
import { isAtLeast, versionIn } from "./versions.ts";

/** The module whose go.mod and go.sum pin every line of source that a build takes in. */
const MODULE = join(import.meta.dirname, "go");

/** A cold build of k6 takes a minute on two cores; one core and a slow line may take ten. */
const BUILD_DEADLINE_MS = 15 * 60_000;

/** Often enough to see that it goes on, seldom enough to read the rest. */
const PROGRESS_EVERY_MS = 5_000;

/** Characters of a hash in a folder's name: enough that two locks never share one. */
const HASH_SHOWN = 12;

/** What identifies an own build: the same sources and flags, whatever the program says of itself. */
export function buildKey(pinned: PinnedProgram): string {
  const hash = createHash("sha256").update(`${pinned.goPackage} ${pinned.linkerFlags}`);
  for (const file of ["go.mod", "go.sum"]) {
    hash.update(readFileSync(join(MODULE, file)));
  }
  return hash.digest("hex").slice(0, HASH_SHOWN);
}

/** The Go of this machine, if it is new enough. */
export async function findGo(
  signal: AbortSignal,
): Promise<{ readonly path: string; readonly version: string } | undefined> {
  const path = findProgram("go");
  if (path === undefined) {
    return undefined;
  }
  // Outside of a module, and without fetching a newer toolchain only to ask.
  const env = networkEnvironment({ HOME: homedir(), GOTOOLCHAIN: "local", GOWORK: "off" });
  const said = await runCommand(path, ["version"], { signal, deadlineMs: VERSION_DEADLINE_MS, env, cwd: "/" });
  const version = versionIn(said);
  return version !== undefined && isAtLeast(version, GO_AT_LEAST) ? { path, version } : undefined;
}

/** Builds the program from pinned sources; the module proxy and go.sum vouch for them. */
export async function fromGo(pinned: PinnedProgram, programs: string, bringing: Bringing): Promise<Tool> {
  const folder = await finishedFolder(folderOf(pinned, programs), (unfinished) => build(pinned, unfinished, bringing));
  return { path: join(folder, pinned.program), env: {}, version: pinned.version, source: "built" };
}

/** An earlier run has built it, so that nobody has to ask the network. */
export function isBuilt(pinned: PinnedProgram, programs: string): boolean {
  return existsSync(folderOf(pinned, programs));
}

function folderOf(pinned: PinnedProgram, programs: string): string {
  return join(programs, `${pinned.program}-${pinned.version}-built-${buildKey(pinned)}`);
}

async function build(pinned: PinnedProgram, folder: string, bringing: Bringing): Promise<void> {
  const what = `${pinned.program} ${pinned.version}`;
  const go = await findGo(bringing.signal);
  if (go === undefined) {
    throw new ToolError({
      tried: `build ${what}`,
      on: "Go",
      happened: `no Go ${GO_AT_LEAST} or newer is on the PATH`,
      next: mendFor(pinned.program),
    });
  }
  bringing.progress(`${what}: building from source with Go ${go.version} (a minute or two, once)`);
  const work = join(folder, "work");
  await mkdir(work);
  const seen = { modules: 0, packages: 0 };
  const telling = setInterval(() => {
    bringing.progress(`${what}: ${seen.modules} modules fetched, ${seen.packages} packages compiled`);
  }, PROGRESS_EVERY_MS);
  try {
    await runCommand(
      go.path,
      // Without -trimpath and with -buildvcs a build would depend on where the clone lies and on who owns it.
      [
        "build",
        "-v",
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        pinned.linkerFlags,
        "-o",
        join(folder, pinned.program),
        pinned.goPackage,
      ],
      {
        signal: bringing.signal,
        deadlineMs: BUILD_DEADLINE_MS,
        cwd: MODULE,
        env: buildEnvironment(work),
        onLine: (line) => {
          seen[line.startsWith("go: ") ? "modules" : "packages"] += 1;
        },
      },
    );
  } catch (cause) {
    bringing.signal.throwIfAborted();
    throw new ToolError(
      {
        tried: `build ${what}`,
        on: `${pinned.goPackage} with ${go.path} ${go.version}`,
        happened: cause instanceof ToolError ? cause.trouble.happened : String(cause),
        next: "see that the Go module proxy can be reached (go env GOPROXY), then run again",
      },
      { cause },
    );
  } finally {
    clearInterval(telling);
    // A compiler that outlives an interrupted Go may still write one file.
    await rm(work, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Go's own folders follow from HOME. The user's flags are set aside: they could swap sources (-mod) or change the result.
 * A module cache that stays writable can be removed without `chmod`. No C compiler is needed, as in the official releases.
 */
function buildEnvironment(work: string): NodeJS.ProcessEnv {
  return networkEnvironment({
    HOME: homedir(),
    GOFLAGS: "-mod=readonly -modcacherw",
    GOWORK: "off",
    // Removed with the unfinished folder, however the build ends.
    GOTMPDIR: work,
    GOTOOLCHAIN: "auto",
    CGO_ENABLED: "0",
  });
}
