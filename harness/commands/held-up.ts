import type { Worker } from "node:worker_threads";
import { allProcesses, identityFrom, signalFamily } from "#harness/ownership/index.ts";

/**
 * A thread that waits inside the machine (for a program, a pipe, a disk) hears no request to end, and a process of Node's
 * does not end before its threads. These are the threads that were given up; they keep nobody waiting but the exit.
 */
const abandoned = new Set<Worker>();

/** An idle thread is gone in some milliseconds, a busy one when it is next looked at. */
const ENDS_WITHIN_MS = 100;

/** Ends a thread; what it waits for, where that is a program that came since, with it. Never waits long. */
export async function endThread(worker: Worker, childrenBefore: ReadonlySet<number>): Promise<void> {
  const ended = worker.terminate();
  if (await isWithin(ended, ENDS_WITHIN_MS)) return;
  const programs = allProcesses().filter(({ parent, pid }) => parent === process.pid && !childrenBefore.has(pid));
  for (const program of programs) signalFamily({ roots: [identityFrom(program)] }, "SIGKILL");
  if (programs.length > 0 && (await isWithin(ended, ENDS_WITHIN_MS))) return;
  abandoned.add(worker);
  worker.unref();
  void ended.then(() => abandoned.delete(worker));
}

export function childrenNow(): ReadonlySet<number> {
  return new Set(allProcesses().flatMap(({ parent, pid }) => (parent === process.pid ? [pid] : [])));
}

/** Sets the exit code, and leaves at once where a thread that was given up would keep this process from ending. */
export function leave(exitCode: number): void {
  process.exitCode = exitCode;
  if (abandoned.size === 0) return;
  process.emit("exit", exitCode);
  // Another program in the place of this one is the only end that does not wait for the threads.
  process.execve?.("/bin/sh", ["sh", "-c", `exit ${exitCode}`], {});
}

async function isWithin(ended: Promise<unknown>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), ms);
  try {
    return await Promise.race([ended.then(() => true), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
