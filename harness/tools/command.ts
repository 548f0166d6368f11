import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { ToolError } from "./errors.ts";

export interface CommandOptions {
  readonly signal: AbortSignal;
  /** After this the command is killed: no part of bringing tools may hang for ever. */
  readonly deadlineMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Sees each line of both streams while the command runs. */
  readonly onLine?: (line: string) => void;
}

/** Enough to quote a failure; a build may print far more. */
const LINES_KEPT = 2_000;

/** Quoted in an error message: the end is where programs say what went wrong. */
const LINES_QUOTED = 8;

/** Go and apt tidy up within a fraction of a second; this is for an overloaded machine. */
const KILL_AFTER_MS = 10_000;

/** Runs a command to its end and gives what it printed on both streams; rejects when it fails or cannot start. */
export async function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const lines: string[] = [];
  const keep = (line: string): void => {
    lines.push(line);
    if (lines.length > LINES_KEPT) {
      lines.shift();
    }
    options.onLine?.(line);
  };
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    // As from the keyboard: upon it Go removes its work folder.
    killSignal: "SIGINT",
    signal: AbortSignal.any([options.signal, AbortSignal.timeout(options.deadlineMs)]),
    ...(options.env !== undefined && { env: options.env }),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  });
  createInterface(child.stdout).on("line", keep);
  createInterface(child.stderr).on("line", keep);
  const ended = Promise.withResolvers<string>();
  let interrupted: Error | undefined;
  let insisting: NodeJS.Timeout | undefined;
  child.once("error", (cause) => {
    if (child.pid === undefined) {
      ended.reject(failure(file, args, cause.message, cause));
    } else {
      // Interrupted or too late: it is waited for, so that nobody removes a folder into which it still writes.
      interrupted = cause;
      insisting = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS);
    }
  });
  child.once("close", (code, signal) => {
    clearTimeout(insisting);
    if (code === 0 && interrupted === undefined) {
      ended.resolve(lines.join("\n"));
    } else {
      const how = interrupted?.message ?? (signal === null ? `exit code ${code}` : `killed by ${signal}`);
      ended.reject(failure(file, args, [how, ...lines.slice(-LINES_QUOTED)].join("\n    "), interrupted));
    }
  });
  return await ended.promise;
}

function failure(file: string, args: readonly string[], happened: string, cause?: unknown): ToolError {
  return new ToolError(
    { tried: "run a command", on: [file, ...args].join(" "), happened, next: "run it by hand to see the whole output" },
    { cause },
  );
}
