import { join } from "node:path";
import { readArguments, told } from "#core/arguments.ts";
import { explained } from "#core/explain-failure.ts";
import { suggestion } from "#core/suggestion.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import type { LeftResult } from "#proving/result.ts";
import { type Ran, runCommandLine } from "#proving/run.ts";
import { type Finding, findingLine, table } from "#proving/table.ts";
import { BUGS, type Bug, type BugName } from "#system/bugs.ts";
import { PLANTED_BUGS } from "./catalogue.ts";
import { alarmsOf, judgeBug } from "./judge.ts";
import type { PlantedBugRun, ScenarioName } from "./planted-bug.ts";

/**
 * A quick run takes 75 s; a shop that never comes to rest, which some bugs bring about, takes a minute longer. What takes
 * twice as long hangs.
 */
const ENDS_WITHIN_MS = 300_000;

/** Nobody asks for more than a night of them. */
const MOST_TIMES = 100;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const OPTIONS = { list: { type: "boolean" }, times: { type: "string" } } as const;

interface CommandLine {
  readonly names: readonly string[];
  readonly list: boolean;
  readonly times: number;
}

/** @throws Failure of kind `usage`. */
function readCommandLine(argv: readonly string[]): CommandLine {
  const { words, problems, flag, whole, refuse } = readArguments(argv, OPTIONS, process.env);
  const names = PLANTED_BUGS.map(({ bug }) => bug);
  const times = whole("times", 1, MOST_TIMES) ?? 1;
  problems.push(
    ...words
      .filter((word) => !names.some((name) => name === word))
      .map((word) => `there is no planted bug "${told(word)}"${suggestion(word, names)}`),
  );
  refuse("`npm run planted-bugs -- --list` lists the bugs; options are --list and --times <n>.");
  return { names: words, list: flag("list"), times };
}

/** The runs of one call, by scenario: those without a bug are made once for each. */
class Runs {
  readonly #signal: AbortSignal;
  readonly #controls = new Map<ScenarioName, LeftResult | undefined>();
  /** What the runs without a bug raised, which they must not. */
  readonly alarms: string[] = [];

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  async run(scenario: ScenarioName, seed: string, options: readonly string[]): Promise<Ran> {
    return runCommandLine({
      scenario: join(import.meta.dirname, "scenarios", `${scenario}.ts`),
      seed,
      options,
      withinMs: ENDS_WITHIN_MS,
      signal: this.#signal,
      // The run's own lines are shifted to be told from ours.
      onLine: (line) => say(`        ${line}`),
    });
  }

  /** The same run of a shop without a bug. */
  async control(scenario: ScenarioName): Promise<LeftResult | undefined> {
    if (this.#controls.has(scenario)) return this.#controls.get(scenario);
    say(`run     ${scenario}: no bug is planted`);
    const { result, lastWords } = await this.run(scenario, seedOf(1), []);
    this.#controls.set(scenario, result);
    say(
      result === undefined ? `control left no result: ${lastWords}` : `control ${result.verdict}: ${result.sentence}`,
    );
    const alarms = result === undefined ? [`no result: ${lastWords}`] : alarmsOf(result, BUGS);
    this.alarms.push(...alarms.map((alarm) => `${scenario} without a bug: ${alarm}`));
    return result;
  }
}

/** The same for every bug: the run without one differs from the others by the bug alone. */
function seedOf(time: number): string {
  return `planted-${time}`;
}

function bugOf(name: BugName): Bug {
  const bug = BUGS.find((each) => each.name === name);
  if (bug === undefined) throw new RangeError(`the shop has no bug ${name}`);
  return bug;
}

async function plant({ bug: name, scenario, expected }: PlantedBugRun, time: number, runs: Runs): Promise<Finding> {
  const bug = bugOf(name);
  const control = await runs.control(scenario);
  say(`bug     ${name}: the shop ${bug.does}`);
  const ran = await runs.run(scenario, seedOf(time), ["--plant", name]);
  return judgeBug(bug, expected, ran, control);
}

async function main(argv: readonly string[]): Promise<number> {
  const { names, list, times } = readCommandLine(argv);
  if (list) {
    for (const { bug } of PLANTED_BUGS) say(`${bug.padEnd(32)}${bugOf(bug).does}`);
    return 0;
  }
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  const runs = new Runs(stop.signal);
  const findings: Finding[] = [];
  for (const planted of PLANTED_BUGS.filter(({ bug }) => names.length === 0 || names.includes(bug))) {
    for (let time = 1; time <= times; time += 1) {
      const finding = await plant(planted, time, runs);
      if (stop.signal.aborted) return EXIT_CODES.interrupted;
      say(findingLine(finding));
      findings.push(finding);
    }
  }
  say("");
  for (const text of table(findings, "planted bugs")) say(text);
  for (const alarm of runs.alarms) say(`FALSE ALARM  ${alarm}`);
  return findings.every(({ isCaught }) => isCaught) && runs.alarms.length === 0 ? 0 : 1;
}

// A reader that went away (`| head`) must not end a run half-way.
process.stdout.on("error", () => undefined);
process.exitCode = await explained(
  () => main(process.argv.slice(2)),
  (text) => process.stderr.write(`${text}\n`),
);
