import { appendFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Failure } from "#core/errors.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { runCommandLine } from "./run.ts";
import { type Row, rowLine, rowOf, summaryLines, summaryOf } from "./series.ts";

/** A run in full length takes a quarter of an hour; what takes twice as long hangs. */
const ENDS_WITHIN_MS = 1_800_000;

/** Nobody asks for more than a night of them. */
const MOST_TIMES = 500;

const USAGE =
  "Usage: npm run series -- <scenario> [--times 30] [--first 1] [--seed s] [--allow-unknown 0] [-- its options]";
const OWN = ["times", "first", "seed", "allow-unknown"];
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
  const { values, positionals } = parseArgs({
    args: [...own],
    options: Object.fromEntries(OWN.map((name) => [name, { type: "string" }] as const)),
    allowPositionals: true,
    strict: false,
  });
  const problems: string[] = Object.keys(values)
    .filter((name) => !OWN.includes(name))
    .map((name) => `unknown option --${name}; options of the scenario follow a second "--"`);
  const whole = (name: string, preset: number, from: number): number => {
    const value = Number(values[name] ?? preset);
    if (!Number.isInteger(value) || value < from || value > MOST_TIMES) {
      problems.push(`--${name} takes a whole number from ${from} to ${MOST_TIMES}, not "${values[name]}"`);
    }
    return value;
  };
  const [scenario, ...others] = positionals;
  if (scenario === undefined) problems.push("the name of a scenario is missing");
  if (others.length > 0) problems.push(`one scenario at a time, not also ${others.join(", ")}`);
  const { seed = "series" } = values;
  if (typeof seed !== "string" || !/^[a-z0-9]{1,20}$/.test(seed)) {
    problems.push("--seed takes up to 20 small letters and digits; each run adds its number");
  }
  const line = {
    scenario: scenario ?? "",
    times: whole("times", 30, 1),
    first: whole("first", 1, 1),
    seed: String(seed),
    allowedUnknown: whole("allow-unknown", 0, 0),
    options: end === -1 ? [] : argv.slice(end + 1),
  };
  if (problems.length > 0) throw new Failure("usage", problems, USAGE);
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
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  if (!(thrown instanceof Failure)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  process.exitCode = thrown.exitCode;
}
