import { parseArgs } from "node:util";
import { readResult } from "#harness/report/index.ts";
import { CONTROL, TRAPS } from "./catalogue.ts";
import { type Finding, judgeTrap, type TrapResult } from "./judge.ts";
import { type Length, runWith } from "./run-trap.ts";
import { findingLine, table } from "./table.ts";
import { judgeTampered } from "./tamper.ts";
import type { Trap } from "./trap.ts";

/** As on any command line of this project. */
const USAGE_CODE = 64;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Control {
  readonly result: TrapResult;
  readonly folder: string;
}

/** A person wants to see that something happens; the run's own lines are shifted to be told from ours. */
const show = (line: string): void => say(`        ${line}`);

async function runControl(length: Length): Promise<Control | undefined> {
  say(`run     ${CONTROL.name}: ${CONTROL.does}`);
  const { result, folder, lastWords } = await runWith(CONTROL.name, CONTROL.sabotage, length, show);
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

async function spring(trap: Trap, length: Length, control: Control | undefined): Promise<Finding> {
  say(`trap    ${trap.name}: ${trap.does}`);
  const { sabotage } = trap;
  if (sabotage.kind !== "history") {
    return judgeTrap(trap, await runWith(trap.name, sabotage, length, show), control?.result);
  }
  if (control === undefined) {
    return { name: trap.name, isCaught: false, verdict: "none", reason: "without a control there is no history" };
  }
  return judgeTrap(trap, await judgeTampered(control.folder, sabotage.change), control.result);
}

async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { list: { type: "boolean" }, "default-pace": { type: "boolean" }, control: { type: "string" } },
    allowPositionals: true,
  });
  if (values.list === true) {
    for (const { name, does } of TRAPS) say(`${name.padEnd(24)}${does}`);
    return 0;
  }
  const strange = positionals.filter((name) => !TRAPS.some((trap) => trap.name === name));
  if (strange.length > 0) {
    say(`there is no trap ${strange.map((name) => `"${name}"`).join(", ")}; \`npm run traps -- --list\` lists them`);
    return USAGE_CODE;
  }
  const chosen = TRAPS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  // A control takes a run of its own: a few traps by name do without, unless they need its history.
  const length: Length = values["default-pace"] === true ? "default" : "quick";
  const isNeeded = positionals.length === 0 || chosen.some(isOfHistory);
  const control =
    values.control !== undefined ? await earlier(values.control) : isNeeded ? await runControl(length) : undefined;
  const findings: Finding[] = [];
  for (const trap of chosen) {
    const finding = await spring(trap, length, control);
    say(findingLine(finding));
    findings.push(finding);
  }
  say("");
  for (const line of table(findings)) say(line);
  return findings.every(({ isCaught }) => isCaught) ? 0 : 1;
}

function isOfHistory({ sabotage }: Trap): boolean {
  return sabotage.kind === "history";
}

process.exitCode = await main(process.argv.slice(2));
