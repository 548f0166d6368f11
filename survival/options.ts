import { readArguments, told } from "#core/arguments.ts";
import { suggestion } from "#core/suggestion.ts";
import type { Blow } from "./blow.ts";

export interface Wanted {
  readonly blows: readonly Blow[];
  readonly times: number;
  readonly seed: string;
  /** A whole run at the end, to show that the machine is as good as before. */
  readonly lastRun: boolean;
  /** Few users instead of the default run's: on a busy machine, where that shop is too unwell to be given its faults. */
  readonly light: boolean;
}

const OPTIONS = {
  only: { type: "string", multiple: true },
  times: { type: "string" },
  seed: { type: "string" },
  "no-last-run": { type: "boolean" },
  light: { type: "boolean" },
} as const;

const MOST_TIMES = 1_000;

/** Reads the command line. @throws Failure of kind `usage` that names every problem. */
export function readWanted(argv: readonly string[], env: NodeJS.ProcessEnv, all: readonly Blow[], now: Date): Wanted {
  const { words, problems, flag, text, texts, whole, refuse } = readArguments(argv, OPTIONS, env);
  const known = all.map(({ name }) => name);
  const names = [...texts("only"), ...words.flatMap((word) => word.split(","))];
  const unknown = names.filter((name) => !all.some((blow) => matches(blow, name)));
  problems.push(...unknown.map((name) => `no blow is called "${told(name)}"${suggestion(name, known)}`));
  const times = whole("times", 1, MOST_TIMES) ?? 1;
  // A seed is a part of folder names.
  const seed = text("seed") ?? now.toISOString().slice(5, 16).replace(/\D/g, "");
  if (!/^[\w.-]{1,24}$/.test(seed))
    problems.push("--seed takes up to 24 letters, digits, dots, dashes and underscores");
  refuse(
    `Write \`npm run survival -- [blow ...] [--times n] [--seed s] [--light] [--no-last-run]\`; the blows are ${known.join(", ")}.`,
  );
  return {
    blows: names.length === 0 ? all : all.filter((blow) => names.some((name) => matches(blow, name))),
    times,
    seed,
    lastRun: !flag("no-last-run"),
    light: flag("light"),
  };
}

/** By its name, or by the beginning that it shares with others: `harness-killed`. */
function matches(blow: Blow, name: string): boolean {
  return blow.name === name || blow.name.startsWith(`${name}-`);
}
