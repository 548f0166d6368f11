import { readArguments, told } from "#core/arguments.ts";
import { explained } from "#core/explain-failure.ts";
import { suggestion } from "#core/suggestion.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { readResult } from "#harness/report/index.ts";
import type { LeftResult } from "#proving/result.ts";
import { type Finding, findingLine, table } from "#proving/table.ts";
import { CONTROL, TRAPS } from "./catalogue.ts";
import { judgeTrap } from "./judge.ts";
import { type RunOptions, runWith } from "./run-trap.ts";
import { judgeTampered } from "./tamper.ts";
import type { Trap } from "./trap.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Control {
  readonly result: LeftResult;
  readonly folder: string;
}

/** A person wants to see that something happens; the run's own lines are shifted to be told from ours. */
const show = (line: string): void => say(`        ${line}`);

async function runControl(options: RunOptions): Promise<Control | undefined> {
  say(`run     ${CONTROL.name}: ${CONTROL.does}`);
  const { result, folder, lastWords } = await runWith(CONTROL.name, CONTROL.sabotage, options);
  if (result === undefined || folder === undefined) {
    say(`control left no result: ${lastWords}`);
    return undefined;
  }
  say(`control ${result.verdict}: ${result.sentence}`);
  return { result, folder };
}

/** A run that was made before: any result folder of one that nobody sabotaged. */
async function earlier(folder: string): Promise<Control> {
  const { result } = await readResult(folder);
  say(`control ${folder}: ${result.verdict}: ${result.sentence}`);
  return { result, folder };
}

async function spring(trap: Trap, options: RunOptions, control: Control | undefined): Promise<Finding> {
  say(`trap    ${trap.name}: ${trap.does}`);
  const { sabotage } = trap;
  if (sabotage.kind !== "history") return judgeTrap(trap, await runWith(trap.name, sabotage, options), control?.result);
  if (control === undefined) {
    return { name: trap.name, isCaught: false, verdict: "none", reason: "without a control there is no history" };
  }
  return judgeTrap(trap, await judgeTampered(control.folder, sabotage.change), control.result);
}

const OPTIONS = {
  list: { type: "boolean" },
  "default-pace": { type: "boolean" },
  control: { type: "string" },
} as const;

interface CommandLine {
  readonly names: readonly string[];
  readonly list: boolean;
  readonly length: RunOptions["length"];
  readonly control: string | undefined;
}

/** @throws Failure of kind `usage`. */
function readCommandLine(argv: readonly string[]): CommandLine {
  const { words, problems, flag, text, refuse } = readArguments(argv, OPTIONS, process.env);
  const names = TRAPS.map(({ name }) => name);
  problems.push(
    ...words
      .filter((word) => !names.includes(word))
      .map((word) => `there is no trap "${told(word)}"${suggestion(word, names)}`),
  );
  refuse("`npm run traps -- --list` lists the traps; options are --list, --default-pace and --control <folder>.");
  return {
    names: words,
    list: flag("list"),
    length: flag("default-pace") ? "default" : "quick",
    control: text("control"),
  };
}

async function main(argv: readonly string[]): Promise<number> {
  const line = readCommandLine(argv);
  if (line.list) {
    for (const { name, does } of TRAPS) say(`${name.padEnd(24)}${does}`);
    return 0;
  }
  const chosen = TRAPS.filter(({ name }) => line.names.length === 0 || line.names.includes(name));
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  const options: RunOptions = { length: line.length, signal: stop.signal, say: show };
  const control = await controlFor(chosen, line, options);
  const findings: Finding[] = [];
  for (const trap of chosen) {
    if (stop.signal.aborted) return EXIT_CODES.interrupted;
    const finding = await spring(trap, options, control);
    say(findingLine(finding));
    findings.push(finding);
  }
  say("");
  for (const text of table(findings, "traps")) say(text);
  return findings.every(({ isCaught }) => isCaught) ? 0 : 1;
}

/** A control takes a run of its own: a few traps by name do without, unless they need its history. */
async function controlFor(
  chosen: readonly Trap[],
  { names, control }: CommandLine,
  options: RunOptions,
): Promise<Control | undefined> {
  if (control !== undefined) return await earlier(control);
  const isNeeded = names.length === 0 || chosen.some(({ sabotage }) => sabotage.kind === "history");
  return isNeeded ? await runControl(options) : undefined;
}

// A reader that went away (`| head`) must not end a run half-way.
process.stdout.on("error", () => undefined);
process.exitCode = await explained(
  () => main(process.argv.slice(2)),
  (text) => process.stderr.write(`${text}\n`),
);
