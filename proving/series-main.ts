import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { readArguments, told } from "#core/arguments.ts";
import { explained } from "#core/explain-failure.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { runCommandLine } from "./run.ts";
import { type Row, rowLine, rowOf, summaryLines, summaryOf } from "./series.ts";

/** A run in full length takes a quarter of an hour; what takes twice as long hangs. */
const ENDS_WITHIN_MS = 1_800_000;

/** Nobody asks for more than a night of them. */
const MOST_TIMES = 500;

const USAGE =
  "Write `npm run series -- <scenario> [--times 30] [--first 1] [--seed s] [--allow-unknown 0] [-- options of the scenario]`.";
const OPTIONS = {
  times: { type: "string" },
  first: { type: "string" },
  seed: { type: "string" },
  "allow-unknown": { type: "string" },
} as const;
const RESULTS = join(import.meta.dirname, "..", "results");

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface CommandLine {
  readonly scenario: string;
  readonly times: number;
  /** Number of the first run: a series that was cut short goes on. */
  readonly first: number;
  readonly seed: string;
  readonly allowedUnknown: number;
  /** For the scenario's own command line, which checks them. */
  readonly options: readonly string[];
}

/** @throws Failure of kind `usage`. */
function readCommandLine(argv: readonly string[]): CommandLine {
  const end = argv.indexOf("--");
  const own = end === -1 ? argv : argv.slice(0, end);
  const { words, problems, text, whole, refuse } = readArguments(own, OPTIONS, process.env);
  const [scenario, ...others] = words;
  if (scenario === undefined) problems.push("the name of a scenario is missing");
  if (others.length > 0) problems.push(`one scenario at a time, not also ${others.map(told).join(", ")}`);
  const seed = text("seed") ?? "series";
  if (!/^[a-z0-9]{1,20}$/.test(seed)) {
    problems.push("--seed takes up to 20 small letters and digits; each run adds its number");
  }
  const line = {
    scenario: scenario ?? "",
    times: whole("times", 1, MOST_TIMES) ?? 30,
    first: whole("first", 1, MOST_TIMES) ?? 1,
    seed,
    allowedUnknown: whole("allow-unknown", 0, MOST_TIMES) ?? 0,
    options: end === -1 ? [] : argv.slice(end + 1),
  };
  refuse(USAGE);
  return line;
}

async function main(argv: readonly string[]): Promise<number> {
  const { scenario, times, first, seed, allowedUnknown, options } = readCommandLine(argv);
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  // Beside the runs' own folders, of which only the last are kept.
  const file = join(RESULTS, `series-${seed}.jsonl`);
  await mkdir(RESULTS, { recursive: true });
  const rows: Row[] = [];
  for (let number = first; number < first + times; number += 1) {
    const own = `${seed}-${number}`;
    const { exitCode, result, lastWords } = await runCommandLine({
      scenario,
      seed: own,
      options,
      withinMs: ENDS_WITHIN_MS,
      signal: stop.signal,
      onLine: () => undefined,
    });
    if (stop.signal.aborted) return EXIT_CODES.interrupted;
    const row = rowOf(own, exitCode, result, lastWords);
    rows.push(row);
    await appendFile(file, `${JSON.stringify({ scenario, options, ...row })}\n`);
    say(rowLine(row));
    // Bad input is as bad the next time.
    if (exitCode === EXIT_CODES.usage) return exitCode;
  }
  const summary = summaryOf(rows, allowedUnknown);
  for (const text of summaryLines(rows, summary)) say(text);
  say(`rows: ${file}`);
  if (summary.isClean) return EXIT_CODES.held;
  return summary.broken + summary.violations + summary.unclean > 0 ? EXIT_CODES.broken : EXIT_CODES.unknown;
}

// A reader that went away (`| head`) must not end a series half-way.
process.stdout.on("error", () => undefined);
process.exitCode = await explained(
  () => main(process.argv.slice(2)),
  (text) => process.stderr.write(`${text}\n`),
);
