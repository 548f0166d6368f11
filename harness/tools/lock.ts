import { randomBytes } from "node:crypto";
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf, ToolError } from "./errors.ts";

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once, when somebody else holds the lock. */
  readonly onWait: (holder: number) => void;
}

/** A person does not notice this delay after a minute's build. */
const LOOK_AGAIN_MS = 200;

/** Twenty times what a cold build takes on two cores: a holder that is alive for longer hangs. */
const GIVE_UP_AFTER_MS = 20 * 60_000;

/**
 * Holds a lock among processes of this machine. Nothing depends on it for being right (folders appear whole or not at
 * all): it only keeps two runs from building the same program at once. So the rare race, in which two processes take
 * over from a dead holder together, does no harm.
 */
export async function holdLock(folder: string, options: LockOptions): Promise<AsyncDisposable> {
  const lock = join(folder, "bringing.lock");
  const own = join(folder, `.${process.pid}-${randomBytes(4).toString("hex")}.lock`);
  await mkdir(folder, { recursive: true })
    .then(() => writeFile(own, String(process.pid)))
    .catch((cause: unknown) => {
      const next = "make it writable, or name another folder in DOORBUSTER_CACHE";
      throw new ToolError(
        { tried: "write to the cache folder", on: folder, happened: reasonOf(cause), next },
        { cause },
      );
    });
  try {
    await take(lock, own, options);
  } finally {
    await rm(own, { force: true });
  }
  return { [Symbol.asyncDispose]: () => rm(lock, { force: true }) };
}

async function take(lock: string, own: string, options: LockOptions): Promise<void> {
  let told = false;
  for (let waited = 0; waited < GIVE_UP_AFTER_MS; waited += LOOK_AGAIN_MS) {
    // A link appears together with its content, so a lock without the number of its holder cannot be seen.
    if (await linked(own, lock)) {
      return;
    }
    const holder = Number(await readFile(lock, "utf8").catch(() => "0"));
    if (holder !== 0 && !isAlive(holder)) {
      await rename(lock, `${own}.dead`).catch(() => undefined);
      await rm(`${own}.dead`, { force: true });
      continue;
    }
    if (holder !== 0 && !told) {
      told = true;
      options.onWait(holder);
    }
    await sleep(LOOK_AGAIN_MS, undefined, { signal: options.signal });
  }
  throw new ToolError({
    tried: "wait for another run that brings the tools",
    on: lock,
    happened: `it is still not done after ${GIVE_UP_AFTER_MS / 60_000} minutes`,
    next: `end that run, or remove ${lock}`,
  });
}

async function linked(own: string, lock: string): Promise<boolean> {
  try {
    await link(own, lock);
    return true;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") {
      return false;
    }
    throw cause;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // The process of another user may not be signalled, but it is there.
    return cause instanceof Error && "code" in cause && cause.code === "EPERM";
  }
}
