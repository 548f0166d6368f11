import { parseArgs } from "node:util";
import { Failure } from "#core/errors.ts";
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

interface CommandLine {
  readonly names: readonly string[];
  readonly list: boolean;
  readonly length: RunOptions["length"];
  readonly control: string | undefined;
}

/** @throws Failure of kind `usage`. */
function readCommandLine(argv: readonly string[]): CommandLine {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { list: { type: "boolean" }, "default-pace": { type: "boolean" }, control: { type: "string" } },
    allowPositionals: true,
    strict: false,
  });
  const problems = [
    ...Object.keys(values)
      .filter((name) => !["list", "default-pace", "control"].includes(name))
      .map((name) => `unknown option --${name}`),
    ...(values.control === true ? ["--control needs the folder of a run"] : []),
    ...positionals
      .filter((name) => !TRAPS.some((trap) => trap.name === name))
      .map((name) => `there is no trap "${name}"`),
  ];
  if (problems.length > 0) throw new Failure("usage", problems, "`npm run traps -- --list` lists the traps.");
  return {
    names: positionals,
    list: values.list === true,
    length: values["default-pace"] === true ? "default" : "quick",
    control: typeof values.control === "string" ? values.control : undefined,
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
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (thrown) {
  if (!(thrown instanceof Failure)) throw thrown;
  process.stderr.write(`${thrown.message}\n`);
  process.exitCode = thrown.exitCode;
}
