import { readArguments, told } from "#core/arguments.ts";
import { suggestion } from "#core/suggestion.ts";
import type { Blow } from "./blow.ts";
import { SERIES } from "./blows.ts";

/** A kind of blow, and how often it is dealt. */
interface Order {
  readonly blow: Blow;
  readonly times: number;
}

export interface Wanted {
  readonly orders: readonly Order[];
  readonly seed: string;
  /** Number of the first blow that is dealt: a series that was cut short goes on. */
  readonly first: number;
  /** A whole run at the end, to show that the machine is as good as before. */
  readonly lastRun: boolean;
  /** The default scenario with all its users, instead of the short one with few. */
  readonly whole: boolean;
}

const OPTIONS = {
  series: { type: "boolean" },
  only: { type: "string", multiple: true },
  times: { type: "string" },
  first: { type: "string" },
  seed: { type: "string" },
  "no-last-run": { type: "boolean" },
  whole: { type: "boolean" },
  help: { type: "boolean" },
} as const;

const MOST_TIMES = 1_000;

export const USAGE = `Usage: npm run survival -- [options]

Starts real runs, hits them, and looks from outside at what is left of them.

  --series        all of it: ${SERIES.map(({ name, times }) => `${name} ${times}`).join(", ")}
  --only <names>  these blows, by name or by how their names begin (\`harness-killed\`); else each once
  --times <n>     each of them n times
  --seed <text>   where in the runs the random ones fall; names the file of the rows
  --first <n>     go on with the nth blow of the same command, when it was cut short
  --no-last-run   without the run at the end that nobody hits
  --whole         runs with all users of the default scenario (85 s) instead of few (40 s)

Rows are appended to results/survival-<seed>.jsonl. Exit code 0 when every blow was dealt and nothing was left, 1
otherwise, 64 for a command line that is off, 130 when interrupted.
`;

/** Reads the command line; `help` where that is all that was asked for. @throws Failure of kind `usage`, every problem in it. */
export function readWanted(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  all: readonly Blow[],
  now: Date,
): Wanted | "help" {
  const { words, problems, flag, text, texts, whole, refuse } = readArguments(argv, OPTIONS, env);
  if (flag("help")) return "help";
  const known = all.map(({ name }) => name);
  const names = [...texts("only"), ...words.flatMap((word) => word.split(","))];
  const unknown = names.filter((name) => !all.some((blow) => matches(blow, name)));
  problems.push(...unknown.map((name) => `no blow is called "${told(name)}"${suggestion(name, known)}`));
  const times = whole("times", 1, MOST_TIMES);
  if (flag("series") && (names.length > 0 || times !== undefined))
    problems.push("--series says itself which blows are dealt and how often: leave out --only and --times");
  // A seed is a part of folder names.
  const seed = text("seed") ?? now.toISOString().slice(5, 16).replace(/\D/g, "");
  if (!/^[\w.-]{1,24}$/.test(seed))
    problems.push("--seed takes up to 24 letters, digits, dots, dashes and underscores");
  const orders = flag("series")
    ? SERIES.flatMap((each) =>
        all.filter(({ name }) => name === each.name).map((blow) => ({ blow, times: each.times })),
      )
    : all
        .filter((blow) => names.length === 0 || names.some((name) => matches(blow, name)))
        .map((blow) => ({ blow, times: times ?? 1 }));
  // One behind the last: only the last run is still to be done.
  const most = orders.reduce((sum, order) => sum + order.times, 0) + 1;
  const first = whole("first", 1, most);
  if (first !== undefined && text("seed") === undefined)
    problems.push("--first goes on with an earlier series: name its --seed");
  refuse(`\`npm run survival -- --help\` lists the options; the blows are ${known.join(", ")}.`);
  return { orders, seed, first: first ?? 1, lastRun: !flag("no-last-run"), whole: flag("whole") };
}

/** By its name, or by the beginning that it shares with others: `harness-killed`. */
function matches(blow: Blow, name: string): boolean {
  return blow.name === name || blow.name.startsWith(`${name}-`);
}
