import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ProcessIdentity } from "#core/journal.ts";
import type { Tool } from "#core/toolbox.ts";
import { identityFrom, statOf } from "#harness/ownership/index.ts";

/** How the generator ended: its exit code, or 128 and the signal's number as a shell would say. */
interface Exit {
  readonly code: number;
}

export interface GeneratorProcess {
  readonly identity: ProcessIdentity;
  readonly exited: Promise<Exit>;
  /** The end of what it wrote to its standard error. */
  complaints(): string;
  /** Asks it to end, and ends it after the grace. */
  end(graceMs: number): Promise<void>;
}

/** What is kept of its own messages: enough for the reason of a failure. */
const COMPLAINTS_CHARACTERS = 4_000;

const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Starts the generator in a process group of its own, so that an interrupt typed at the terminal reaches only the
 * harness, which ends it in order. Its environment is empty but for what is given: k6 lets variables such as
 * K6_DURATION replace the script's scenarios.
 */
export async function startGenerator(
  tool: Tool,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<GeneratorProcess> {
  const child = spawn(tool.path, argv, {
    detached: true,
    env: { ...tool.env, ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaints = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-COMPLAINTS_CHARACTERS);
  });
  const exited = once(child, "exit").then(([code, signal]): Exit => ({ code: exitCode(code, signal) }));
  // Where the program cannot be started at all, the next line throws and nobody waits for its exit.
  exited.catch(() => undefined);
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new TypeError("a spawned process has a pid");
  return {
    identity: identify(pid),
    exited,
    complaints: () => complaints.trim(),
    end: (graceMs) => endChild(child, exited, graceMs),
  };
}

/** Signals go through the child's handle: until Node has reaped it, its pid cannot belong to anybody else. */
async function endChild(child: ChildProcess, exited: Promise<Exit>, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(timer);
}

function exitCode(code: unknown, signal: unknown): number {
  if (typeof code === "number") return code;
  const number = Object.entries(SIGNAL_NUMBERS).find(([name]) => name === signal)?.[1] ?? 0;
  return 128 + number;
}

function identify(pid: number): ProcessIdentity {
  const stat = statOf(pid);
  if (stat === undefined) throw new Error(`/proc does not show process ${pid}, which has just been started`);
  return identityFrom(stat);
}
