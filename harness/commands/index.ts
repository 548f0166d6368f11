import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { told } from "#core/arguments.ts";
import { Failure } from "#core/errors.ts";
import { explainFailure } from "#core/explain-failure.ts";
import { cleanText } from "#core/foreign-text.ts";
import type { Reporter } from "#core/result.ts";
import { suggestion } from "#core/suggestion.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { Interruption, listenForInterrupts } from "#harness/context/interrupt.ts";
import { compareFolders, readResult, sweepDrafts, writeResult } from "#harness/report/index.ts";
import type { Adapters } from "./adapters.ts";
import { checkScenario, explain, listScenarios } from "./describe.ts";
import { helpText } from "./help.ts";
import { loadScenario, scenarioNames, withOptions } from "./load-scenario.ts";
import { type CommandLine, readCommandLine } from "./options.ts";
import { isFileName } from "./read-module.ts";
import { refuseVainPlan } from "./refuse-plan.ts";
import { runRepeatedly } from "./repeat.ts";
import { standShop } from "./shop.ts";
import { examineUnfinished, unfinishedLines } from "./unfinished.ts";

/** What every command is given. */
interface Call {
  readonly line: CommandLine;
  /** Words behind the command's name. */
  readonly words: readonly string[];
  readonly adapters: Adapters;
  readonly reporter: Reporter;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

const COMMANDS: Readonly<Record<string, (call: Call) => Promise<number>>> = {
  explain: async (call) => {
    const named = withOptions(
      await loadScenario(oneWord(call, "explain <name>"), call.adapters),
      call.line,
      call.adapters,
    );
    for (const text of explain(named, call.line, call.adapters)) call.say(text);
    return 0;
  },
  check: async (call) => {
    const named = withOptions(
      await loadScenario(oneWord(call, "check <name>"), call.adapters),
      call.line,
      call.adapters,
    );
    for (const text of checkScenario(named, call.line.repeat)) call.say(text);
    refuseVainPlan(named, call.adapters, call.line.repeat);
    return 0;
  },
  shop: async (call) => {
    noWords(call, "shop");
    return await standShop(call.line, call.adapters, call.say, call.signal);
  },
  report: async (call) => {
    const folder = resolve(oneWord(call, "report <folder>"));
    const record = await readResult(folder);
    await writeResult(folder, record, { keep: Number.POSITIVE_INFINITY });
    call.say(`written again: ${join(folder, "report.html")}`);
    return 0;
  },
  compare: async (call) => {
    const [a, b, ...rest] = call.words;
    if (a === undefined || b === undefined || rest.length > 0) throw wrongWords(call, "compare <folder a> <folder b>");
    const { text, page } = await compareFolders(resolve(a), resolve(b));
    const path = join(call.adapters.resultsFolder, `compare-${shortName(a)}-${shortName(b)}.html`);
    await mkdir(call.adapters.resultsFolder, { recursive: true });
    await writeFile(path, page);
    call.say(text);
    call.say(`side by side: ${path}`);
    return 0;
  },
  doctor: async (call) => {
    noWords(call, "doctor");
    const findings = [...(await call.adapters.examine()), await examineUnfinished(call.adapters)];
    for (const finding of findings) {
      call.say(`${finding.ok ? "ok  " : "MEND"} ${finding.name}: ${finding.detail}`);
      if (!finding.ok && finding.mend !== undefined) call.say(`     ${finding.mend}`);
    }
    return findings.every((finding) => finding.ok) ? 0 : EXIT_CODES.environment;
  },
  recover: async (call) => {
    noWords(call, "recover");
    const left = await recoverAll(call.adapters, call.say);
    const drafts = await sweepResults(call.adapters, call.say);
    if (left + drafts === 0) call.say("nothing was left behind");
    return 0;
  },
};

/** Two of them fit into the name of a file, whatever the folders are called. */
function shortName(folder: string): string {
  return basename(resolve(folder))
    .replace(/[^\w.-]+/g, "-")
    .slice(0, 80);
}

function noWords(call: Call, usage: string): void {
  if (call.words.length > 0) throw wrongWords(call, usage);
}

function wrongWords({ line, words }: Pick<Call, "line" | "words">, usage: string): Failure {
  const [command = ""] = line.words;
  const given =
    words.length === 0
      ? "no word"
      : words
          .slice(0, 5)
          .map((word) => `"${told(word)}"`)
          .join(" ");
  return new Failure(
    "usage",
    [`"${told(command)}" was given ${given} behind it, which is too many or too few`],
    `Write \`npm run scenario ${usage}\`.`,
  );
}

function oneWord(call: Call, usage: string): string {
  const [word, ...rest] = call.words;
  if (word === undefined || rest.length > 0) throw wrongWords(call, usage);
  return word;
}

/** Reads the command line, does what it says, and answers the exit code. Never throws. */
export async function runCommand(argv: readonly string[], adapters: Adapters): Promise<number> {
  const say = (text: string): void => void process.stdout.write(`${cleanText(text)}\n`);
  // A reader that went away (`| head`) must not end a run half-way.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  using interrupts = listenForInterrupts((text) => process.stderr.write(`${text}\n`));
  try {
    const line = readCommandLine(argv, process.env, {
      substrates: adapters.substrateNames,
      bugs: adapters.bugNames,
      protections: adapters.vocabulary.protections,
    });
    if (line.help) {
      for (const text of helpText()) say(text);
      return 0;
    }
    const [first, ...words] = line.words;
    if (first === undefined) {
      for (const text of await listScenarios(adapters)) say(text);
      for (const text of await unfinishedLines(adapters)) say(text);
      return 0;
    }
    if (first !== "recover" && first !== "doctor") await sweep(adapters, say);
    await using reporter = adapters.reporter(line.reporter ?? (process.stdout.isTTY ? "live" : "lines"));
    const call: Call = { line, words, adapters, reporter, say, signal: interrupts.signal };
    const command = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined;
    if (command !== undefined) return await command(call);
    return await runNamed(first, call);
  } catch (thrown) {
    // Whoever interrupted has been told so.
    if (thrown instanceof Interruption) return thrown.exitCode;
    return explainFailure(thrown, (text) => process.stderr.write(`${text}\n`));
  }
}

async function runNamed(name: string, { line, words, adapters, reporter, signal }: Call): Promise<number> {
  if (words.length > 0) throw wrongWords({ line, words }, "<name> -- [options]");
  if (!isFileName(name) && !(await scenarioNames(adapters.root)).includes(name)) {
    const known = [...(await scenarioNames(adapters.root)), ...Object.keys(COMMANDS)];
    throw new Failure(
      "usage",
      [`there is no scenario or command "${told(name)}"${suggestion(name, known)}`],
      "`npm run scenario` lists the scenarios, `npm run scenario -- --help` the commands.",
    );
  }
  const named = withOptions(await loadScenario(name, adapters), line, adapters);
  return runRepeatedly({ named, line, adapters, reporter, signal });
}

/** What a run whose harness and guardian both died left behind is cleaned up before anything else. */
async function sweep(adapters: Adapters, say: (text: string) => void): Promise<void> {
  await recoverAll(adapters, say);
  await sweepResults(adapters, say);
}

/** Names each run, also when there is nothing of it any more but its journal. Answers how many there were. */
async function recoverAll(adapters: Adapters, say: (text: string) => void): Promise<number> {
  const left = await adapters.unfinished(say);
  for (const unfinished of left) {
    say(`run ${unfinished.runId} was never finished: cleaning up what it left`);
    await adapters.recover(unfinished, say);
  }
  return left.length;
}

/** Of a run that was killed in its report, half-written files lie in its result folder. Answers how many there were. */
async function sweepResults({ resultsFolder }: Adapters, say: (text: string) => void): Promise<number> {
  const drafts = await sweepDrafts(resultsFolder);
  for (const path of drafts) say(`${path} was never finished: removed`);
  return drafts.length;
}
