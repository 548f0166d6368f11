import { randomBytes } from "node:crypto";
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { formatMs } from "#core/duration.ts";
import { Failure } from "#core/errors.ts";
import type { ProcessIdentity } from "#core/journal.ts";
import { identityOf, isRunning, parseIdentity } from "./identity.ts";

/** How often a waiting process looks again: short beside everything that is done under a lock. */
const LOOK_AGAIN_MS = 100;

/** Two dead holders in a row are a coincidence; five attempts at one file mean that something else writes it. */
const ATTEMPTS = 5;

/** A living process still held the lock when the wait was over. */
export class LockHeldError extends Error {
  override readonly name = "LockHeldError";

  constructor(path: string, holder: ProcessIdentity | undefined, waitedMs: number) {
    const by = holder === undefined ? "another process" : `process ${holder.pid}`;
    super(`${path} is still held by ${by} after ${formatMs(waitedMs)}: end that one, then try again`);
  }
}

/**
 * Takes a lock that is a file with its holder's identity in it; undefined while a living process holds it. A dead
 * holder's lock is taken over, a living one's never.
 */
export async function tryLock(path: string): Promise<AsyncDisposable | undefined> {
  const identity = identityOf(process.pid);
  if (identity === undefined) {
    const problem = `${path} cannot be locked: /proc does not tell the identity of this process`;
    throw new Failure("environment", [problem], "Mount /proc, then run again.");
  }
  const own = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  await writeFile(own, JSON.stringify(identity), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // A link appears together with its content, so a lock without its holder's name cannot be seen.
      if (await linked(own, path)) return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
      if (await isHeld(path)) return undefined;
      await removeStale(path, `${own}.stale`);
    }
    return undefined;
  } finally {
    await rm(own, { force: true });
  }
}

export interface LockWait {
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  /** Called once, when somebody else holds the lock. */
  readonly onWait?: (holder: ProcessIdentity) => void;
}

/** Waits for a lock until the deadline. @throws LockHeldError after that, or the signal's reason. */
export async function holdLock(path: string, wait: LockWait): Promise<AsyncDisposable> {
  const until = performance.now() + wait.deadlineMs;
  let isTold = false;
  for (;;) {
    const lock = await tryLock(path);
    if (lock !== undefined) return lock;
    // Whoever has let go of it in this very moment needs no mention.
    const holder = await holderOf(path);
    if (!isTold && holder !== undefined) {
      isTold = true;
      wait.onWait?.(holder);
    }
    if (performance.now() > until) throw new LockHeldError(path, holder, wait.deadlineMs);
    await sleep(LOOK_AGAIN_MS, undefined, wait.signal === undefined ? {} : { signal: wait.signal });
  }
}

/** Whether a living process holds the lock. */
export async function isHeld(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  return holder !== undefined && isRunning(holder);
}

async function holderOf(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return parseIdentity(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

async function removeStale(path: string, aside: string): Promise<void> {
  await rename(path, aside).catch(() => undefined);
  // Between the look and the renaming another process may have taken the lock over: then it gets it back.
  if (await isHeld(aside)) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
}

async function linked(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path);
    return true;
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST") return false;
    throw thrown;
  }
}
