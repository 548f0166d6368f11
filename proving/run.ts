import { spawn } from "node:child_process";
import { once } from "node:events";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { type LeftResult, resultOf } from "./result.ts";

const ROOT = join(import.meta.dirname, "..");

/** Quoted when a run leaves no result. */
const LAST_LINES = 4;

/** A run of the command line. */
interface Call {
  /** Path of the scenario's file. */
  readonly scenario: string;
  readonly seed: string;
  readonly options: readonly string[];
  /** Options of Node's own. */
  readonly nodeOptions?: readonly string[];
  /** What differs from this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
  /** What is not over by then is told to end (SIGTERM). */
  readonly withinMs: number;
  /** Ends the run in order, as Ctrl-C does. */
  readonly signal: AbortSignal;
  /** Each line of its terminal, and the pid of the harness. */
  readonly onLine: (line: string, harnessPid: number) => void;
}

export interface Ran {
  /** -1 when a signal ended it. */
  readonly exitCode: number;
  /** Absent when the run left no `result.json`. */
  readonly result: LeftResult | undefined;
  /** The result folder, where there is one. */
  readonly folder?: string;
  /** The last lines of the terminal, for the reason of a run without a result. */
  readonly lastWords: string;
}

/** Starts the real command line as a person would at a terminal, waits for its end, and reads what it leaves. */
export async function runCommandLine(call: Call): Promise<Ran> {
  const began = Date.now();
  const child = spawn(
    process.execPath,
    [
      ...(call.nodeOptions ?? []),
      join(ROOT, "harness", "bin.js"),
      call.scenario,
      ...call.options,
      `--seed=${call.seed}`,
      "--reporter=lines",
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { ...withoutParent(process.env), ...call.env } },
  );
  const interrupt = (): void => void child.kill("SIGINT");
  call.signal.addEventListener("abort", interrupt);
  const late = setTimeout(() => child.kill("SIGTERM"), call.withinMs);
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface(stream).on("line", (line) => {
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      call.onLine(line, child.pid ?? 0);
    });
  }
  const [code] = await once(child, "close");
  clearTimeout(late);
  call.signal.removeEventListener("abort", interrupt);
  const left = await resultOf(join(ROOT, "results", basename(call.scenario, ".ts")), call.seed, began);
  return {
    exitCode: typeof code === "number" ? code : -1,
    result: left?.result,
    ...(left === undefined ? {} : { folder: left.folder }),
    lastWords: last.join(" / "),
  };
}

/** The harness ends itself when its parent goes: that is this process, whoever started it. */
function withoutParent({ DOORBUSTER_PARENT: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env;
}
