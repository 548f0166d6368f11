import { createHash, randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { formatMs } from "#core/duration.ts";
import { Failure } from "#core/errors.ts";
import type { ProcessIdentity } from "#core/journal.ts";
import { identityOf, isRunning, parseIdentity } from "./identity.ts";

/** How often a waiting process looks again: short beside everything that is done under a lock. */
const LOOK_AGAIN_MS = 100;

/** Two dead holders in a row are a coincidence; five attempts at one file mean that something else writes it. */
const ATTEMPTS = 5;

/** Whoever clears a dead holder's lock away may die at it, and so may who clears up behind that one; not often in a row. */
const MOST_TURNS = 3;

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
 * holder's lock is taken over, a living one's never. What is let go of is only ever one's own: a lock that a person has
 * removed by hand, and that somebody else took since, stays. (Only if that happens between the look and the removal, some
 * microseconds, is it lost: the file system knows no removal with a condition.)
 */
export async function tryLock(path: string): Promise<AsyncDisposable | undefined> {
  return await tryTurn(path, 0);
}

async function tryTurn(path: string, turn: number): Promise<AsyncDisposable | undefined> {
  const identity = identityOf(process.pid);
  if (identity === undefined) {
    const problem = `${path} cannot be locked: /proc does not tell the identity of this process`;
    throw new Failure("environment", [problem], "Mount /proc, then run again.");
  }
  const own = `${path}.${process.pid}-${randomBytes(4).toString("hex")}`;
  // No two takings have the same content: what was read names this one, not another one of the same process.
  const content = JSON.stringify({ ...identity, nonce: randomBytes(8).toString("hex") });
  await writeFile(own, content, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      // A link appears together with its content, so a lock without its holder's name cannot be seen.
      if (await linked(own, path)) return { [Symbol.asyncDispose]: () => removeIf(path, content) };
      const found = await contentOf(path);
      if (isLiving(found)) return undefined;
      if (found !== undefined && !(await clearAway(path, found, turn))) return undefined;
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
  return isLiving(await contentOf(path));
}

async function holderOf(path: string): Promise<ProcessIdentity | undefined> {
  return holderIn(await contentOf(path));
}

/** Undefined when there is no lock. */
async function contentOf(path: string): Promise<string | undefined> {
  return await readFile(path, "utf8").catch(() => undefined);
}

function holderIn(content: string | undefined): ProcessIdentity | undefined {
  try {
    return parseIdentity(JSON.parse(content ?? ""));
  } catch {
    return undefined;
  }
}

function isLiving(content: string | undefined): boolean {
  const holder = holderIn(content);
  return holder !== undefined && isRunning(holder);
}

/**
 * Removes the lock of a dead holder; false when another process is about to. Whoever clears it away holds a lock on just
 * this: of several that saw the same dead holder, one removes, and none can remove what the next has taken meanwhile.
 */
async function clearAway(path: string, dead: string, turn: number): Promise<boolean> {
  if (turn === MOST_TURNS) return false;
  const sum = createHash("sha256").update(dead).digest("hex").slice(0, 8);
  await using own = await tryTurn(`${path}.${sum}.stale`, turn + 1);
  if (own === undefined) return false;
  await removeIf(path, dead);
  return true;
}

async function removeIf(path: string, content: string): Promise<void> {
  if ((await contentOf(path)) === content) await rm(path, { force: true });
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
