import type { Program } from "#core/toolbox.ts";

/** How a program says in its log that a process of it crashed, or that it goes on after something that may not happen. */
interface CrashWords {
  /** What a line must hold to be looked at: cheap to search for in a log of a thousand lines a second. */
  readonly marks: readonly Buffer[];
  /** Whether such a line says so. From its beginning: users' text stands behind it, and could quote anything. */
  readonly line: RegExp;
}

const words = (line: RegExp, ...marks: readonly string[]): CrashWords => ({
  marks: marks.map((mark) => Buffer.from(mark)),
  line,
});

/** Date, process, and the name that a client gives itself: 63 bytes at most (`log_line_prefix` of `settings.ts`). */
const POSTGRES_PREFIX = String.raw`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \S+ \[\d+\] .{0,63}?`;

/**
 * The texts are those of the versions that are installed (PostgreSQL 18.4, Redis 7.0.15, HAProxy 2.6.12, PgBouncer 1.18.0,
 * Node's and pino's own). A server that ends altogether is seen by its end; these are what it survives, or says before.
 * Left out is what a healthy run says too: PostgreSQL's FATAL of a refused login, of a server that is starting up, and of
 * a session that an administrator ended; HAProxy's alert that a backend has no server, in a region whose replicas died.
 */
const WORDS: Partial<Readonly<Record<Program, CrashWords>>> = {
  postgres: words(
    new RegExp(
      `${POSTGRES_PREFIX} (?:PANIC:  |TRAP: |LOG:  .* was terminated by signal \\d+|LOG:  terminating any other active server processes|LOG:  all server processes terminated|FATAL:  (?:out of memory|could not (?:write|fsync|open file|fork)))|^TRAP: `,
    ),
    "PANIC:  ",
    "TRAP: ",
    " was terminated by signal ",
    "LOG:  terminating any other active server processes",
    "LOG:  all server processes terminated",
    "FATAL:  out of memory",
    "FATAL:  could not ",
  ),
  "redis-server": words(
    /^(?:\d+:[A-Z] .{20,30} # .*(?:crashed by signal|OUT OF MEMORY|ASSERTION FAILED|Guru Meditation|terminated by signal)|=== REDIS BUG REPORT START)/,
    " crashed by signal",
    "OUT OF MEMORY",
    "ASSERTION FAILED",
    "Guru Meditation",
    " terminated by signal ",
    "=== REDIS BUG REPORT START",
  ),
  haproxy: words(
    /^(?:FATAL: bug condition|\[(?:ALERT|NOTICE)\] .* exited with code |\s*Thread \d+ is about to kill the process)/,
    "FATAL: bug condition",
    " exited with code ",
    " is about to kill the process",
  ),
  pgbouncer: words(/^\d{4}-\d\d-\d\d \S+ \S+ \[\d+\] (?:FATAL|PANIC) /, "] FATAL ", "] PANIC "),
  node: words(
    /^(?:\{"level":60,|FATAL ERROR: |\{"level":\d+,.*already been released to the pool)/,
    '{"level":60,',
    "FATAL ERROR: ",
    "already been released to the pool",
  ),
};

const NEWLINE = 0x0a;

/** The lines that tell of a crash in a piece of a program's log that ends with a line's end, in their order. */
export function crashLines(program: Program, text: Buffer): readonly string[] {
  const known = WORDS[program];
  if (known === undefined) return [];
  const found = new Map<number, string>();
  for (const mark of known.marks) {
    for (let at = text.indexOf(mark); at >= 0; ) {
      const from = text.lastIndexOf(NEWLINE, at) + 1;
      const next = text.indexOf(NEWLINE, at);
      const to = next < 0 ? text.length : next;
      const line = text.toString("utf8", from, to);
      if (known.line.test(line)) found.set(from, line);
      at = text.indexOf(mark, to);
    }
  }
  return [...found].sort(([a], [b]) => a - b).map(([, line]) => line);
}
