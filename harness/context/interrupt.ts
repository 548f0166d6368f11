import { Failure } from "#core/errors.ts";
import { EXIT_CODES } from "#core/verdict.ts";

/** Why a run is being ended from outside. It travels as the abort signal's reason. */
export class Interruption extends Error {
  readonly exitCode: number;

  constructor(cause: string, exitCode: number) {
    super(cause);
    this.name = "Interruption";
    this.exitCode = exitCode;
  }
}

/** A parent that is gone is noticed within this time; npm passes SIGINT and SIGTERM on, but neither SIGHUP nor its own end. */
const PARENT_CHECK_MS = 500;

/** npm passes on a Ctrl-C that the terminal has already told us: the echo comes within milliseconds, a person's next key does not. */
const ECHO_MS = 50;

const DEFECTS = ["uncaughtException", "unhandledRejection"] as const;

export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
}

/**
 * Turns Ctrl-C, SIGTERM, SIGHUP and a vanished parent into one abort. Only the first counts; later ones are answered
 * with a line, because healing is never skipped.
 */
export function listenForInterrupts(say: (line: string) => void): Interrupts {
  const controller = new AbortController();
  let toldAt = Number.NEGATIVE_INFINITY;
  const abort = (cause: string, exitCode: number): void => abortBy(cause, new Interruption(cause, exitCode));
  const abortBy = (cause: string, reason: Error): void => {
    const now = performance.now();
    const isEcho = now - toldAt < ECHO_MS;
    toldAt = now;
    if (controller.signal.aborted) {
      if (isEcho) return;
      say(`${cause} again: faults are being healed and everything is being ended; this is not skipped`);
      return;
    }
    say(`${cause}: healing faults and ending everything`);
    controller.abort(reason);
  };
  const handlers = {
    SIGINT: () => abort("interrupted", EXIT_CODES.interrupted),
    SIGTERM: () => abort("terminated", EXIT_CODES.terminated),
    SIGHUP: () => abort("the terminal was closed", EXIT_CODES.terminated),
  } as const;
  for (const [name, handler] of Object.entries(handlers)) process.on(name, handler);
  // Node would end with 1, which means "broken", and skip all that heals.
  const defect = (thrown: unknown): void => {
    // What the environment has done is no defect, also where nobody could catch it: a timer that writes to a full disk.
    if (thrown instanceof Failure) {
      abortBy(thrown.problems.join("; "), thrown);
      return;
    }
    const cause = thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : String(thrown);
    abort(`a defect of the testbed: ${cause}`, EXIT_CODES.defect);
  };
  for (const name of DEFECTS) process.on(name, defect);
  const parent = parentAtStart();
  const timer = setInterval(() => {
    if (process.ppid !== parent && !controller.signal.aborted)
      abort("the parent process is gone", EXIT_CODES.terminated);
  }, PARENT_CHECK_MS);
  timer.unref();
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const [name, handler] of Object.entries(handlers)) process.off(name, handler);
      for (const name of DEFECTS) process.off(name, defect);
    },
  };
}

/**
 * The script in package.json names its npm, which may have been killed before this line is reached. Without it, whoever
 * is the parent now.
 */
function parentAtStart(): number {
  const told = Number(process.env.DOORBUSTER_PARENT ?? "");
  return Number.isInteger(told) && told > 0 ? told : process.ppid;
}
