import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#core/context.ts";
import { type Draw, drawFacts } from "#core/draw.ts";
import { Failure, messageOf } from "#core/errors.ts";
import type { HistoryRecord } from "#core/history.ts";
import type { Reporter, RunResult } from "#core/result.ts";
import { type CoveredTimeline, coverTimeline, run } from "#core/run.ts";
import type { Stage } from "#core/substrate.ts";
import type { Topology } from "#core/topology.ts";
import { EXIT_CODES, type Verdict } from "#core/verdict.ts";
import { judge, steadyResults } from "#harness/checkers/index.ts";
import { createContext, newRunId, newSeed, type OwnedContext, systemClock } from "#harness/context/index.ts";
import { Interruption } from "#harness/context/interrupt.ts";
import { packLogs, writeResult } from "#harness/report/index.ts";
import type { Adapters, EquippedSubstrate, GuardedJournal } from "./adapters.ts";
import { standingAddresses } from "./addresses.ts";
import { folderBytes } from "./folder-bytes.ts";
import { guardedRun } from "./guarded-run.ts";
import type { NamedScenario } from "./load-scenario.ts";
import type { CommandLine } from "./options.ts";
import { drawInWords, planInWords, plantedBugWords } from "./plan.ts";
import { refuseVainPlan } from "./refuse-plan.ts";

export interface RunRequest {
  readonly named: NamedScenario;
  readonly line: CommandLine;
  readonly adapters: Adapters;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
  /** Which of how many tries it is; the only one where nothing is said. */
  readonly draw?: Draw;
}

/** All that is known of a run before it starts. */
interface PlannedRun extends RunRequest {
  readonly clock: Clock;
  readonly runId: string;
  readonly seed: string;
  readonly commit: string;
  readonly topology: Topology;
  readonly equipped: EquippedSubstrate;
  readonly covered: readonly CoveredTimeline[];
  readonly folder: string;
  readonly startedAt: string;
}

/** How a run came to its end when it was not the planned one. */
interface CutShort {
  readonly why: string;
  readonly exitCode: number;
}

/** Runs a scenario from its check to its verdict. Answers the exit code; throws only for what stands before a start. */
export async function runScenario(request: RunRequest): Promise<number> {
  const plan = await planRun(request);
  let concluded: RunResult | undefined;
  const { records, cutShort, thrown, left } = await perform(plan, async (stage, ctx) => {
    concluded = await conclude(plan, ctx.history.records(), {});
    ctx.history.seal();
    for (const text of standingAddresses(stage)) plan.reporter.progress(text);
    await aborted(ctx.signal);
    // A Ctrl-C is how a shop that was kept ends well; losing its guardian is not.
    if (!request.signal.aborted) ctx.signal.throwIfAborted();
  });
  await packLogs(join(plan.folder, "logs")).catch((refused: unknown) =>
    plan.reporter.progress(`the logs stay as large as they are: ${messageOf(refused)}`),
  );
  if (concluded === undefined) {
    const { verdict } = await conclude(plan, records, { cutShort, leftBehind: left });
    // The shop has earned its verdict whatever the testbed left behind, and a script must not take such a run for one.
    return left.length > 0 ? EXIT_CODES.defect : (cutShort?.exitCode ?? EXIT_CODES[verdict]);
  }
  if (thrown === undefined && left.length === 0) return EXIT_CODES[concluded.verdict];
  // The result is written, and was right when it was; what came after it is told here, and what is left in it as well.
  if (thrown !== undefined) plan.reporter.progress(`the shop that was kept did not end in order: ${messageOf(thrown)}`);
  for (const what of left) plan.reporter.progress(`left behind: ${what}`);
  await writeResult(
    plan.folder,
    { result: { ...concluded, leftBehind: left }, records },
    { keep: plan.line.keepResults },
  );
  return EXIT_CODES.defect;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

async function planRun(request: RunRequest): Promise<PlannedRun> {
  const { named, line, adapters, reporter, signal, draw } = request;
  refuseVainPlan(named, adapters, draw?.of);
  const clock = systemClock();
  const seed = line.seed ?? newSeed();
  const runId = newRunId(clock);
  const topology = adapters.topologyOf(named.scenario.system.name, named.scenario.system.without, line.plant);
  const commit = await adapters.commit();
  const equipped = await adapters.substrate(line.substrate, (text) => reporter.progress(text), signal);
  const covered = coverTimeline(named.scenario, adapters.injectors, {
    substrate: line.substrate,
    topology,
    can: equipped.substrate.can,
  });
  const words = [
    `${named.name}   ${line.substrate}   scale 1:${named.scenario.load.scale}   seed ${seed}   commit ${commit}`,
    ...planInWords(named.scenario, topology, covered),
    ...drawInWords(draw),
  ];
  reporter.planned(words, { scenario: named.scenario, topology });
  for (const other of await adapters.living())
    reporter.progress(
      `run ${other.runId} (process ${other.pid}) is under way here too: neither touches the other, and both are slower`,
    );
  const folder = join(adapters.resultsFolder, named.name, `${runId.slice(0, 15)}-${seed}`);
  await mkdir(join(folder, "logs"), { recursive: true });
  const startedAt = new Date(clock.wall()).toISOString();
  return { ...request, clock, runId, seed, commit, topology, equipped, covered, folder, startedAt };
}

interface Performed {
  records: readonly HistoryRecord[];
  cutShort: CutShort | undefined;
  /** What was thrown first, whatever it counts as. */
  thrown: unknown;
  /** What of the run is still on the machine, a sentence each. */
  left: readonly string[];
}

type Linger = (stage: Stage, ctx: OwnedContext) => Promise<void>;

/** Performs the run. What it left undone at its end does not take the records with it. */
async function perform(plan: PlannedRun, linger: Linger): Promise<Performed> {
  const performed: Performed = { records: [], cutShort: undefined, thrown: undefined, left: [] };
  const { thrown, left } = await guardedRun(plan.adapters, plan.runId, (guarded) =>
    performGuarded(plan, guarded, linger, performed),
  );
  performed.left = left;
  if (thrown !== undefined) {
    performed.thrown ??= thrown;
    performed.cutShort ??= reasonOf(thrown, plan.signal);
  }
  return performed;
}

/** In the history's first record: whoever reads it alone must not take it for a run of the shop as it is. */
function plantedFact({ topology: { plantedBug } }: PlannedRun): Readonly<Record<string, unknown>> {
  return plantedBug === undefined ? {} : { plantedBug };
}

/** In the history, because it decides how much confidence the judgement asks for: who judges again needs it. */
function drawFact({ draw }: PlannedRun): Readonly<Record<string, unknown>> {
  return draw === undefined ? {} : drawFacts(draw);
}

async function performGuarded(
  plan: PlannedRun,
  guarded: GuardedJournal,
  linger: Linger,
  performed: Performed,
): Promise<void> {
  const { adapters, named, equipped, reporter, clock, runId, seed, folder } = plan;
  const signal = AbortSignal.any([plan.signal, guarded.lost]);
  await using ctx = createContext({ runId, seed, clock, signal, journal: guarded.journal, folder });
  ctx.history.subscribe((record) => reporter.record(record));
  ctx.history.append("harness", {
    kind: "run",
    state: "planned",
    detail: named.scenario.title,
    facts: {
      seed,
      commit: plan.commit,
      substrate: plan.line.substrate,
      ...plantedFact(plan),
      ...drawFact(plan),
      ...equipped.facts,
    },
  });
  performed.records = ctx.history.records();
  try {
    // A fault that cannot be had here makes the verdict unknown before anything starts.
    if (!plan.covered.some(({ coverage }) => coverage.kind === "gap")) {
      await run(
        {
          scenario: named.scenario,
          topology: plan.topology,
          substrate: equipped.substrate,
          load: equipped.load,
          injectors: adapters.injectors,
          evidence: adapters.evidence,
          gate: adapters.gate,
          sample: adapters.sample,
          witness: adapters.witness,
          steady: (context) => steadyResults(named.scenario, plan.topology, context.history.records()),
          progress: (text) => reporter.progress(text),
          ...(plan.line.keep ? { linger: (stage) => linger(stage, ctx) } : {}),
        },
        plan.covered,
        ctx,
      );
    }
  } catch (thrown) {
    performed.thrown = thrown;
    performed.cutShort = reasonOf(thrown, signal);
    ctx.history.append("harness", { kind: "run", state: "interrupted", detail: performed.cutShort.why });
  }
  ctx.history.append("harness", { kind: "run", state: "ended", detail: "everything that was started has ended" });
}

function reasonOf(thrown: unknown, signal: AbortSignal): CutShort {
  if (signal.reason instanceof Interruption) return { why: signal.reason.message, exitCode: signal.reason.exitCode };
  const failure = [signal.reason, thrown].find((each) => each instanceof Failure);
  if (failure !== undefined) return { why: failure.message, exitCode: failure.exitCode };
  const why = thrown instanceof Error && thrown.stack !== undefined ? thrown.stack : messageOf(thrown);
  return { why: `a defect of the testbed: ${why}`, exitCode: EXIT_CODES.defect };
}

interface Ending {
  readonly cutShort?: CutShort | undefined;
  /** Absent while the shop is kept: nobody can look yet. */
  readonly leftBehind?: readonly string[];
}

/** Judges, writes the result folder, and shows the verdict. */
async function conclude(
  plan: PlannedRun,
  records: readonly HistoryRecord[],
  { cutShort, leftBehind }: Ending,
): Promise<RunResult> {
  const { named, adapters, folder, line } = plan;
  const judgement = judge({ scenario: named.scenario, topology: plan.topology, records }, adapters.checkers);
  // A run that did not come to its end may have broken nothing yet: it says nothing.
  const verdict: Verdict = cutShort === undefined ? judgement.verdict : "unknown";
  const result: RunResult = {
    schema: "doorbuster/result/1",
    runId: plan.runId,
    scenarioName: named.name,
    scenario: named.scenario,
    topology: plan.topology,
    substrate: line.substrate,
    seed: plan.seed,
    commit: plan.commit,
    startedAt: plan.startedAt,
    verdict,
    ...(cutShort === undefined ? {} : { cutShort: cutShort.why }),
    ...(leftBehind === undefined ? {} : { leftBehind }),
    sentence: sentenceOf(plan, judgement.sentence, cutShort),
    objectives: judgement.results,
    repeat: repeatCommand(plan),
    facts: factsOf(records),
    timings: timingsOf(records),
  };
  await writeResult(folder, { result, records }, { keep: line.keepResults }).catch((cause: unknown) => {
    throw unwritten(folder, cause, leftBehind);
  });
  await rm(join(folder, "history.jsonl"), { force: true });
  plan.reporter.ended(result, folder, await folderBytes(folder));
  return result;
}

/** Every place that shows a verdict shows this: nobody may read it without the bug that the shop was given. */
function sentenceOf({ topology: { plantedBug } }: PlannedRun, judged: string, cutShort: CutShort | undefined): string {
  const sentence = cutShort === undefined ? judged : `The run did not come to its end: ${cutShort.why.split("\n")[0]}`;
  return plantedBug === undefined ? sentence : `${plantedBugWords(plantedBug)}. ${sentence}`;
}

/** What the disk refused is the environment's doing; anything else that keeps a result from being written is ours. */
function unwritten(folder: string, cause: unknown, left: readonly string[] = []): unknown {
  const isRefused = cause instanceof Error && "code" in cause && /^(ENOSPC|EDQUOT|EROFS)$/.test(String(cause.code));
  if (!isRefused) return cause;
  return new Failure(
    "environment",
    [`the result could not be written to ${folder}: ${cause.message}`, ...left.map((what) => `left behind: ${what}`)],
    "Free space on that disk, then run again: of this run there is no verdict.",
    { cause },
  );
}

/** The line that repeats the run, with every option that shaped it. */
function repeatCommand({ named, line, seed }: PlannedRun): string {
  const { scenario } = named;
  const options = [
    `--seed ${seed}`,
    `--scale ${scenario.load.scale}`,
    ...(scenario.system.name === "scaled" ? [] : [`--system ${scenario.system.name}`]),
    ...scenario.system.without.map((name) => `--without ${name}`),
    ...(line.plant === undefined ? [] : [`--plant ${line.plant}`]),
    ...(line.substrate === "local" ? [] : [`--substrate ${line.substrate}`]),
    ...(line.pace === "quick" ? ["--quick"] : line.pace === "full" ? ["--full-length"] : []),
    ...(line.repeat === 1 ? [] : [`--repeat ${line.repeat}`]),
  ];
  return `npm run scenario ${shellWord(named.path ?? named.name)} -- ${options.join(" ")}`;
}

/** As a shell reads it: somebody will paste the line, and a file may be called by a shell's own words. */
function shellWord(word: string): string {
  const path = word.startsWith("-") ? `./${word}` : word;
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function factsOf(records: readonly HistoryRecord[]): Readonly<Record<string, unknown>> {
  const facts = records.flatMap((record) =>
    record.kind === "run" && (record.state === "planned" || record.state === "raised") ? [record.facts ?? {}] : [],
  );
  return Object.assign({}, ...facts);
}

/** When each stage of the run was reached, milliseconds of the run clock. */
function timingsOf(records: readonly HistoryRecord[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    records.flatMap((record) => (record.kind === "run" ? [[record.state, Math.round(record.at)] as const] : [])),
  );
}
