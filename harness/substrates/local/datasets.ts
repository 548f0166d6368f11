import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chown, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { RunContext } from "#core/context.ts";
import { Failure, messageOf } from "#core/errors.ts";
import type { Dataset, DatasetHelp } from "#core/service.ts";
import type { Program, ServiceUser, Toolbox } from "#core/toolbox.ts";
import { endProcesses, holdLock } from "#harness/ownership/index.ts";
import { enterableFolder } from "./node-folder.ts";
import { environment, startProcess } from "./start-process.ts";

const execute = promisify(execFile);

/** Loading takes seconds; a program that takes ten minutes hangs. */
const PROGRAM_DEADLINE_MS = 600_000;
/** What a failing program printed last is quoted; a verbose one must not fill the memory. */
const OUTPUT_LIMIT = 16 * 1024 * 1024;
/** Both arms of a pair (with and without indexes) and the schema before the last change. */
const KEPT_PER_NAME = 3;
/** No run copies a dataset a day after it last looked at it. */
const UNUSED_MS = 24 * 3_600_000;

interface Preparing {
  readonly stateFolder: string;
  readonly toolbox: Toolbox;
  readonly user: ServiceUser | undefined;
  progress(line: string): void;
  readonly signal: AbortSignal;
}

/** Gives the folder of a prepared dataset; prepares it if no run has done so yet. */
export async function preparedDataset(dataset: Dataset, preparing: Preparing, ctx: RunContext): Promise<string> {
  const all = join(preparing.stateFolder, "datasets");
  await enterableFolder(all);
  const folder = join(all, folderName(dataset));
  if (await isThere(folder)) return await inUse(folder);
  await using _lock = await holdLock(join(all, `${folderName(dataset)}.lock`), {
    deadlineMs: PROGRAM_DEADLINE_MS,
    signal: preparing.signal,
    onWait: () => preparing.progress(`another run prepares the data "${dataset.name}"; waiting for it`),
  });
  if (await isThere(folder)) return await inUse(folder);
  const began = ctx.clock.now();
  preparing.progress(`preparing the data "${dataset.name}" (once for its schema)`);
  await prepareInto(folder, dataset, preparing, ctx);
  preparing.progress(`data "${dataset.name}" prepared in ${((ctx.clock.now() - began) / 1_000).toFixed(1)} s`);
  await removeUnused(all, dataset, ctx.clock.wall());
  return folder;
}

async function prepareInto(folder: string, dataset: Dataset, preparing: Preparing, ctx: RunContext): Promise<void> {
  // It gets its name when it is whole: a run that dies half-way leaves nothing that looks prepared.
  const draft = `${folder}.${randomBytes(4).toString("hex")}.draft`;
  await ctx.journal.write({ verb: "folder", path: draft });
  await mkdir(draft, { mode: 0o700 });
  try {
    if (preparing.user !== undefined) await chown(draft, preparing.user.uid, preparing.user.gid);
    await dataset.prepare(draft, helpFor(draft, preparing, ctx));
    if (preparing.user !== undefined) {
      await execute("chown", ["-R", `${preparing.user.uid}:${preparing.user.gid}`, draft]);
    }
    await rename(draft, folder);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    preparing.signal.throwIfAborted();
    throw new Failure(
      "environment",
      [`the data "${dataset.name}" could not be prepared: ${messageOf(cause)}`],
      "Nothing is left of the attempt; run again, or look at the output above.",
      { cause },
    );
  }
}

function helpFor(draft: string, preparing: Preparing, ctx: RunContext): DatasetHelp {
  const { toolbox, user, signal } = preparing;
  const plan = (program: Program, env: Readonly<Record<string, string>> = {}) => ({
    tool: toolbox[program],
    env,
    runId: ctx.runId,
  });
  return {
    signal,
    progress: (line) => preparing.progress(line),
    async run(program, argv, env) {
      const { stdout, stderr } = await execute(toolbox[program].path, argv, {
        cwd: draft,
        env: environment(plan(program, env)),
        signal,
        timeout: PROGRAM_DEADLINE_MS,
        maxBuffer: OUTPUT_LIMIT,
        ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
      });
      return `${stdout}${stderr}`;
    },
    async start(program, argv, env) {
      const started = await startProcess(
        {
          ...plan(program, env),
          name: `${program} of a dataset`,
          argv,
          folder: draft,
          logPath: join(ctx.folder, "logs", `dataset-${program}.log`),
          user,
          stop: "SIGINT",
        },
        ctx.journal,
      );
      return {
        async [Symbol.asyncDispose]() {
          const claim = { roots: [started.identity] };
          await endProcesses(claim, [{ verb: "process", name: program, identity: started.identity, stop: "SIGINT" }]);
        },
      };
    },
  };
}

/** A key may be anything; a folder's name may not. */
function folderName({ name, key }: Dataset): string {
  const safe = /^[a-zA-Z0-9]{1,40}$/.test(key) ? key : createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `${name.replace(/[^a-zA-Z0-9-]+/g, "_")}-${safe}`;
}

async function isThere(folder: string): Promise<boolean> {
  return await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The folder's time says when it was last wanted. */
async function inUse(folder: string): Promise<string> {
  const now = new Date();
  await utimes(folder, now, now);
  return folder;
}

async function removeUnused(all: string, dataset: Dataset, now: number): Promise<void> {
  const [name = ""] = folderName(dataset).split(/-[^-]*$/);
  const ofThisName = new RegExp(`^${name}-[a-zA-Z0-9]+$`);
  const folders = await Promise.all(
    (await readdir(all))
      .filter((each) => ofThisName.test(each))
      .map(async (each) => ({ path: join(all, each), usedAt: (await stat(join(all, each))).mtimeMs })),
  );
  const old = folders.sort((a, b) => b.usedAt - a.usedAt).slice(KEPT_PER_NAME);
  await Promise.all(
    old.filter(({ usedAt }) => now - usedAt > UNUSED_MS).map(({ path }) => rm(path, { recursive: true, force: true })),
  );
}
