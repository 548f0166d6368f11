import { parseArgs } from "node:util";
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

/** Reads the command line. @throws Error that names every problem. */
export function readWanted(argv: readonly string[], env: NodeJS.ProcessEnv, all: readonly Blow[], now: Date): Wanted {
  const kept = Object.keys(OPTIONS).filter((name) => env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined);
  const problems = kept.map((name) => `npm kept --${name} for itself: write it behind a \`--\``);
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    allowPositionals: true,
    strict: true,
  });
  const names = [...(values.only ?? []), ...positionals].flatMap((text) => text.split(","));
  const unknown = names.filter((name) => !all.some((blow) => matches(blow, name)));
  if (unknown.length > 0)
    problems.push(`no blow is called ${unknown.join(", ")}; there are ${all.map(({ name }) => name).join(", ")}`);
  const times = Number(values.times ?? "1");
  if (!Number.isInteger(times) || times < 1 || times > MOST_TIMES)
    problems.push(`--times takes a whole number from 1 to ${MOST_TIMES}`);
  // A seed is a part of folder names.
  const seed = values.seed ?? now.toISOString().slice(5, 16).replace(/\D/g, "");
  if (!/^[\w.-]{1,24}$/.test(seed))
    problems.push("--seed takes up to 24 letters, digits, dots, dashes and underscores");
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return {
    blows: names.length === 0 ? all : all.filter((blow) => names.some((name) => matches(blow, name))),
    times,
    seed,
    lastRun: values["no-last-run"] !== true,
    light: values.light === true,
  };
}

/** By its name, or by the beginning that it shares with others: `harness-killed`. */
function matches(blow: Blow, name: string): boolean {
  return blow.name === name || blow.name.startsWith(`${name}-`);
}
