import { readArguments, told } from "#core/arguments.ts";
import { LONGEST_SEED, MOST_DRAWS } from "#core/draw.ts";
import { suggestion } from "#core/suggestion.ts";
import { REPORTER_NAMES, type ReporterName } from "./adapters.ts";

/**
 * Options of the command line. None equals, or is a prefix of, an option of npm's, because npm would keep it for itself
 * (`options.test.ts` asks npm for its own).
 */
export const OPTIONS = {
  system: { type: "string", value: "scaled|monolith", help: "which architecture of the shop" },
  without: {
    type: "string",
    multiple: true,
    value: "protection",
    help: "leave a protection out; repeat or separate by commas",
  },
  plant: {
    type: "string",
    value: "bug",
    help: "give the shop a known bug, to see it found (docs/planted-bugs.md)",
  },
  scale: { type: "string", value: "n", help: "1:n of users, arrivals and stock (default: the scenario's)" },
  seed: { type: "string", value: "text", help: "repeat the plan of an earlier run" },
  substrate: { type: "string", value: "name", help: "where the shop is started (default: local)" },
  quick: { type: "boolean", help: "a minute's try; its result says so" },
  "full-length": { type: "boolean", help: "the ramp of the story, ten minutes" },
  repeat: { type: "string", value: "n", help: "run again while chance leaves the verdict open, n times in all" },
  keep: { type: "boolean", help: "leave the shop up after the run until Ctrl-C" },
  "keep-results": { type: "string", value: "n", help: "result folders to keep per scenario (default 20)" },
  reporter: {
    type: "string",
    value: REPORTER_NAMES.join("|"),
    help: "how the run is shown (default: live on a terminal, else lines)",
  },
  help: { type: "boolean", help: "this text" },
} as const;

export interface CommandLine {
  readonly words: readonly string[];
  readonly system?: "scaled" | "monolith";
  readonly without: readonly string[];
  readonly plant?: string;
  readonly scale?: number;
  readonly seed?: string;
  readonly substrate: string;
  readonly pace?: "quick" | "full";
  readonly keep: boolean;
  readonly keepResults: number;
  /** Runs at most, while chance leaves the verdict open. */
  readonly repeat: number;
  readonly reporter?: ReporterName;
  readonly help: boolean;
}

/** Result folders that are kept per scenario: some 5 MB each. */
const KEEP_RESULTS = 20;

/** Reads the command line. @throws Failure of kind `usage` with every problem at once. */
export function readCommandLine(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  names: {
    readonly substrates: readonly string[];
    readonly bugs: readonly string[];
    readonly protections: readonly string[];
  },
): CommandLine {
  const { words, problems, flag, text, texts, whole, oneOf, refuse } = readArguments(argv, OPTIONS, env);
  const values = {
    quick: flag("quick"),
    "full-length": flag("full-length"),
    keep: flag("keep"),
    help: flag("help"),
  };
  const system = oneOf("system", ["scaled", "monolith"]);
  const scale = whole("scale", 1, 100_000);
  const keepResults = whole("keep-results", 1, 10_000) ?? KEEP_RESULTS;
  const repeat = whole("repeat", 1, MOST_DRAWS) ?? 1;
  if (repeat > 1 && values.keep === true)
    problems.push("--repeat and --keep exclude each other: a shop is kept after one run");
  const reporter = oneOf("reporter", REPORTER_NAMES);
  const substrate = oneOf("substrate", names.substrates) ?? "local";
  const plant = oneOf("plant", names.bugs);
  const seed = text("seed");
  if (seed !== undefined && !(/^[\w.-]+$/.test(seed) && seed.length <= LONGEST_SEED))
    problems.push(`--seed takes up to ${LONGEST_SEED} letters, digits, dots, dashes and underscores`);
  if (values.quick === true && values["full-length"] === true)
    problems.push("--quick and --full-length exclude each other");
  const without = texts("without");
  const unknown = without.filter((name) => !names.protections.includes(name));
  problems.push(
    ...unknown.map((name) => `--without ${told(name)}: no such protection${suggestion(name, names.protections)}`),
  );
  const known = unknown.length > 0 ? ` The protections are ${names.protections.join(", ")}.` : "";
  refuse(`\`npm run scenario -- --help\` lists the options.${known}`);
  return {
    words,
    without,
    substrate,
    keep: values.keep === true,
    keepResults,
    repeat,
    help: values.help === true,
    ...(system === undefined ? {} : { system }),
    ...(plant === undefined ? {} : { plant }),
    ...(scale === undefined ? {} : { scale }),
    ...(seed === undefined ? {} : { seed }),
    ...(reporter === undefined ? {} : { reporter }),
    ...(values.quick === true
      ? { pace: "quick" as const }
      : values["full-length"] === true
        ? { pace: "full" as const }
        : {}),
  };
}
