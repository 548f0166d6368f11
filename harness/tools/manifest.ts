import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import type { Toolbox } from "#core/toolbox.ts";
import { pinnedPrograms, systemPrograms } from "./catalogue.ts";
import { cacheFolder, stateFolder } from "./folders.ts";
import { buildKey } from "./from-go.ts";
import { postgresPackage } from "./npm-package.ts";
import { findProgram } from "./search-path.ts";

const tool = z.object({
  path: z.string(),
  env: z.record(z.string(), z.string()),
  version: z.string(),
  source: z.enum(["path", "release", "built", "debian", "npm"]),
});

const manifest = z.object({
  tools: z.object({
    node: tool,
    k6: tool,
    "toxiproxy-server": tool,
    haproxy: tool,
    "redis-server": tool,
    pgbouncer: tool,
    postgres: tool,
    initdb: tool,
    pg_ctl: tool,
  }),
  /** Size and time of change of every file on which the answer rests. */
  files: z.record(z.string(), z.string()),
});

/** A package that was removed may take along a library which an unpacked program uses. */
const INSTALLED_PACKAGES = "/var/lib/dpkg/status";

/** Bumped when the meaning of a manifest or of a programs folder changes. */
const LAYOUT = 1;

/** Characters of a hash in a file's name: enough that two situations never share one. */
const HASH_SHOWN = 16;

/** What was found last time, if nothing has changed since; no program is started to know that. */
export async function rememberedToolbox(): Promise<Toolbox | undefined> {
  try {
    const { tools, files } = manifest.parse(JSON.parse(await readFile(manifestFile(), "utf8")));
    return Object.entries(files).every(([file, mark]) => markOf(file) === mark) ? tools : undefined;
  } catch {
    // Absent, unreadable or of another layout: all is searched again, and the file is written anew.
    return undefined;
  }
}

export async function rememberToolbox(tools: Toolbox): Promise<void> {
  const watched = [...Object.values(tools).map((each) => each.path), INSTALLED_PACKAGES];
  const files = Object.fromEntries(watched.map((file) => [file, markOf(file)]));
  const file = manifestFile();
  const unfinished = `${file}.${randomBytes(4).toString("hex")}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(unfinished, JSON.stringify({ tools, files }, undefined, 2));
  await rename(unfinished, file);
}

/** One manifest for each situation: clones, users and programs on the PATH do not overwrite each other's. */
function manifestFile(): string {
  const situation = JSON.stringify([
    LAYOUT,
    pinnedPrograms.map((each) => [each.version, buildKey(each), ...each.releases]),
    systemPrograms,
    postgresPackage(),
    process.execPath,
    process.versions.node,
    ...[...pinnedPrograms, ...systemPrograms].map((each) => findProgram(each.program)),
    process.getuid?.(),
    stateFolder(),
  ]);
  const name = createHash("sha256").update(situation).digest("hex").slice(0, HASH_SHOWN);
  return join(cacheFolder(), `tools-${name}.json`);
}

function markOf(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? "absent" : `${found.size} bytes, changed ${found.mtimeMs}`;
}
