import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/** What is kept of a program's output: enough to see how it ended. */
const KEPT_CHARACTERS = 8_000;

/** Numbers of the signals that end programs here; a shell adds 128. */
const SIGNAL_NUMBERS: Readonly<Partial<Record<NodeJS.Signals, number>>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** What this runner has started and has not ended: it lies in groups of its own, which no terminal's Ctrl-C reaches. */
const running = new Set<ChildProcess>();

/** Ends what is under way, in order, when the runner itself is interrupted. */
export async function endAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }),
  );
}

/** A command that was typed: at a terminal of its own, or with its output in a pipe. */
export interface Typed {
  readonly pid: number;
  readonly startedAt: number;
  /** Exit code, or 128 and the signal's number. */
  readonly ended: Promise<number>;
  exit(): number | undefined;
  /** The last of what it has said. */
  said(): string;
  /** Types at its terminal. */
  type(keys: string): void;
  closeOutput(): void;
}

export interface TypedCommand {
  readonly root: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly terminal: boolean;
}

/** Starts npm as a person's shell would: in a group of its own, and without what npm told this runner. */
export function type({ root, words, env, terminal }: TypedCommand): Typed {
  const own = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|DOORBUSTER_|INIT_CWD$)/.test(name)),
  );
  const [program, argv] = terminal
    ? (["script", ["--quiet", "--return", "--flush", "--command", ["npm", ...words].join(" "), "/dev/null"]] as const)
    : (["npm", words] as const);
  const child = spawn(program, argv, {
    cwd: root,
    // The terminal is one that can move its cursor, so that the live view is struck as well.
    env: { ...own, TERM: "xterm", ...env },
    detached: true,
    stdio: [terminal ? "pipe" : "ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (bytes: Buffer) => {
      text = `${text}${bytes.toString("utf8")}`.slice(-KEPT_CHARACTERS);
    });
    stream?.on("error", () => undefined);
  }
  child.stdin?.on("error", () => undefined);
  running.add(child);
  const ended = once(child, "exit").then(() => {
    running.delete(child);
    return exitOf(child) ?? 0;
  });
  return {
    pid: child.pid ?? 0,
    startedAt: performance.now(),
    ended,
    exit: () => exitOf(child),
    said: () => text,
    type: (keys) => child.stdin?.write(keys),
    closeOutput() {
      child.stdout?.destroy();
      child.stderr?.destroy();
    },
  };
}

function exitOf(child: ChildProcess): number | undefined {
  if (child.exitCode !== null) return child.exitCode;
  return child.signalCode === null ? undefined : 128 + (SIGNAL_NUMBERS[child.signalCode] ?? 0);
}
