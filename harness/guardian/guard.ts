import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "#core/errors.ts";
import { RUN_MARK } from "#core/journal.ts";
import { createJournal, type RunJournal } from "./journal.ts";
import { BEAT, BEAT_MS, GO, OVERDUE, READY, UNDONE } from "./lease.ts";
import { undoRun } from "./undo.ts";

/** Disposing it tells the guardian to go without undoing anything. */
interface Guardian extends AsyncDisposable {
  readonly pid: number;
  /** Aborted when the run is worth nothing any more: the guardian was ended, or had to undo a fault or the whole run. */
  readonly lost: AbortSignal;
}

/** Starting Node takes some 60 ms; on a machine busy with sixteen other starts a second or two. */
const READY_DEADLINE_MS = 10_000;

/** Going takes milliseconds; a guardian that hangs has nothing to do any more and is ended. */
const GO_DEADLINE_MS = 2_000;

/** Starts the guardian of a run; resolves when it watches. Its log lies beside the journal. */
async function guard(journalPath: string): Promise<Guardian> {
  const log = openSync(join(dirname(journalPath), "guardian.log"), "a", 0o600);
  const child = spawn(process.execPath, [join(import.meta.dirname, "guardian-main.ts"), journalPath], {
    // A group and session of its own: what ends the harness from a terminal does not reach it.
    detached: true,
    cwd: "/",
    env: { PATH: process.env.PATH ?? "" },
    stdio: ["pipe", "pipe", log],
  });
  closeSync(log);
  const lost = new AbortController();
  const ready = Promise.withResolvers<void>();
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.once("error", ready.reject);
  child.stdin?.on("error", () => undefined);
  child.stdout?.on("data", (bytes: Buffer) => {
    const text = bytes.toString("latin1");
    if (text.includes(READY)) ready.resolve();
    if (text.includes(UNDONE))
      lost.abort(unguarded("the harness was silent for too long; the guardian has undone the run"));
    const overdue = text.split("\n").find((line) => line.startsWith(OVERDUE));
    if (overdue !== undefined) lost.abort(unhealed(overdue.slice(OVERDUE.length)));
  });
  const cancel = new AbortController();
  void exited.then(() => {
    ready.reject(new Error(`it ended with ${child.exitCode ?? child.signalCode}`));
    lost.abort(unguarded("the guardian has ended; nobody undoes the run if the harness dies"));
  });
  try {
    await Promise.race([ready.promise, deadline(READY_DEADLINE_MS, cancel.signal)]);
  } catch (cause) {
    child.kill("SIGKILL");
    throw new Failure("environment", [`the guardian process could not be started: ${cause}`], "Run again.", { cause });
  } finally {
    cancel.abort();
  }
  return watched(child, exited, lost);
}

/** Something on this machine stopped or ended a program of ours: no defect, and nothing that a verdict could stand on. */
function unguarded(happened: string): Failure {
  return new Failure("environment", [happened], "Run again, on a machine that does not stop or end these programs.");
}

/** The harness lives and its faults outlast their windows: what was measured since belongs to no window. */
function unhealed(fault: string): Failure {
  return new Failure(
    "defect",
    [`the fault "${fault}" was not healed by its deadline; the guardian has undone it`],
    "Run again; if it happens again, report it with the history of this run.",
  );
}

function watched(child: ChildProcess, exited: Promise<void>, lost: AbortController): Guardian {
  const beat = setInterval(() => child.stdin?.write(BEAT), BEAT_MS);
  // The harness may end whenever it has done its work; its end is what the guardian waits for.
  beat.unref();
  child.unref();
  unrefPipe(child.stdin);
  unrefPipe(child.stdout);
  return {
    pid: child.pid ?? 0,
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.stdin?.write(GO);
      const cancel = new AbortController();
      await Promise.race([exited, deadline(GO_DEADLINE_MS, cancel.signal)]).catch(() => child.kill("SIGKILL"));
      cancel.abort();
    },
  };
}

function unrefPipe(pipe: ChildProcess["stdin"] | ChildProcess["stdout"]): void {
  // Both are sockets, which the types of child_process do not say.
  if (pipe !== null && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
}

async function deadline(ms: number, signal: AbortSignal): Promise<never> {
  await sleep(ms, undefined, { signal, ref: true });
  throw new Error(`it did not answer within ${ms} ms`);
}

/**
 * A run with its journal and its guardian. Disposing it undoes whatever the journal still names (nothing, when all went
 * well), then both go, with the run's folder. @throws Failure at disposal, when something could not be undone.
 */
export interface GuardedRun extends AsyncDisposable {
  readonly journal: RunJournal;
  readonly guardian: Guardian;
}

/** Begins the journal of a run and starts its guardian, before anything else is done. */
export async function guardRun(stateFolder: string, runId: string): Promise<GuardedRun> {
  const journal = await createJournal(stateFolder, runId);
  // Programs that are started without an environment of their own (cp, chown) inherit the mark; this process, whose
  // environment the kernel shows as it was at its start, does not get it.
  process.env[RUN_MARK] = runId;
  try {
    const guardian = await guard(journal.path);
    return {
      journal,
      guardian,
      async [Symbol.asyncDispose]() {
        delete process.env[RUN_MARK];
        await journal[Symbol.asyncDispose]();
        const { left } = await undoRun(journal.path);
        await guardian[Symbol.asyncDispose]();
        if (left.length > 0) throw new Failure("environment", left, "Run `npm run scenario recover`.");
        await rm(dirname(journal.path), { recursive: true, force: true, maxRetries: 3 });
      },
    };
  } catch (thrown) {
    delete process.env[RUN_MARK];
    await journal[Symbol.asyncDispose]();
    await rm(dirname(journal.path), { recursive: true, force: true });
    throw thrown;
  }
}
