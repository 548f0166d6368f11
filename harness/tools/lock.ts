import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { holdLock, LockHeldError } from "#harness/ownership/index.ts";
import { reasonOf, ToolError } from "./errors.ts";

interface Bringers {
  readonly signal: AbortSignal;
  /** Called once, with the number of the process that holds the lock. */
  readonly onWait: (holder: number) => void;
}

/** Twenty times what a cold build takes on two cores: a holder that is alive for longer hangs. */
const GIVE_UP_AFTER_MS = 20 * 60_000;

/** Keeps two runs from building the same program at once, by the lock that guardian and substrates use too. */
export async function lockCache(folder: string, { signal, onWait }: Bringers): Promise<AsyncDisposable> {
  const lock = join(folder, "bringing.lock");
  try {
    await mkdir(folder, { recursive: true });
    return await holdLock(lock, { deadlineMs: GIVE_UP_AFTER_MS, signal, onWait: ({ pid }) => onWait(pid) });
  } catch (cause) {
    signal.throwIfAborted();
    const happened = reasonOf(cause);
    const trouble =
      cause instanceof LockHeldError
        ? { tried: "wait for another run that brings the tools", on: lock, next: "end that run" }
        : {
            tried: "write to the cache folder",
            on: folder,
            next: "make it writable, or name another folder in DOORBUSTER_CACHE",
          };
    throw new ToolError({ ...trouble, happened }, { cause });
  }
}
