import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { RunContext } from "#core/context.ts";
import { Failure } from "#core/errors.ts";
import { RUN_MARK } from "#core/journal.ts";
import type { LoadDriver, LoadTarget, PreparedLoad } from "#core/load.ts";
import type { Tool } from "#core/toolbox.ts";
import { RETRY_BUDGET, TIMES } from "../plan/mix.ts";
import { type LoadPlan, loadPlan } from "../plan/plan.ts";
import { encodeTimetable } from "../plan/step.ts";
import { Tally } from "../plan/tally.ts";
import { BYTES_PER_USER } from "./capacity.ts";
import { type Gate, openGate } from "./gate.ts";
import { type GeneratorProcess, startGenerator } from "./process.ts";
import { END_GRACE_MS, type LoadUnderWay, runLoad } from "./running.ts";
import type { Settings } from "./script/settings.ts";

const SCRIPT = join(import.meta.dirname, "script", "surge.ts");

/** Time to bring up every user before the gate: 20,000 took 19 s, and the machine may be busy with the shop's start. */
const READY_WITHIN_MS = 120_000;

/**
 * From opening the gate to the first planned request: k6 hands 4,360 users their iterations in 0.2 s; a second leaves
 * room for four times as many.
 */
const LEAD_MS = 1_000;

/** What a failure quotes of k6's log: its last lines. */
const COMPLAINT_CHARACTERS = 2_000;

/** Stock k6 as the generator. `words` are the shop's search terms by rank of popularity. */
export function k6Driver(k6: Tool, words: readonly string[]): LoadDriver {
  return {
    name: "k6",
    async prepare(shape, target, ctx) {
      await using stack = new AsyncDisposableStack();
      const gate = stack.use(await openGate(ctx.clock));
      const folder = dirname(recordsPath(ctx));
      await mkdir(folder, { recursive: true });
      const plan = loadPlan({ shape, seed: ctx.seed, regions: target.regions, words });
      const tally = new Tally(plan.lengthMs);
      await pipeline(linesOf(plan, tally), createWriteStream(join(folder, "plan.txt")));
      const files = {
        settings: join(folder, "settings.json"),
        records: recordsPath(ctx),
        log: join(folder, "k6.log"),
      };
      await writeFile(files.settings, JSON.stringify(settingsFor(plan, target, gate, folder, ctx)));
      // It exists before the generator starts, so that reading it needs no waiting.
      await writeFile(files.records, "");
      const generator = await startGenerator(
        k6,
        argvFor(files),
        environment(folder, plan.users + plan.places, ctx.runId),
      );
      stack.defer(() => packAway(files.records, join(folder, "plan.txt")));
      stack.defer(() => generator.end(END_GRACE_MS));
      await ctx.journal.write({ verb: "process", name: "k6", identity: generator.identity });
      await standsReady(gate, generator, files.log, ctx);
      return prepared({ plan, tally, gate, generator, records: files.records, ctx }, stack.move());
    },
  };
}

/** Where the records of a run lie while it lasts; they are packed when the load is disposed of. */
export function recordsPath({ folder }: Pick<RunContext, "folder">): string {
  return join(folder, "load", "records.tsv");
}

/** Every timetable as a line, counted in passing. */
function* linesOf(plan: LoadPlan, tally: Tally): Generator<string> {
  for (let i = 0; i < plan.users + plan.places; i += 1) {
    const timetable = i < plan.users ? plan.user(i) : plan.place(i - plan.users);
    tally.add(timetable);
    yield `${i === 0 ? "" : "\n"}${encodeTimetable(timetable)}`;
  }
}

/**
 * The records of a run are 13 MB of text that shrink to a tenth, and a result folder is kept for twenty runs. The plan
 * follows from shape and seed, so it need not be kept at all.
 */
async function packAway(records: string, plan: string): Promise<void> {
  await pipeline(createReadStream(records), createGzip(), createWriteStream(`${records}.gz`));
  await rm(records);
  await rm(plan);
}

function settingsFor(plan: LoadPlan, target: LoadTarget, gate: Gate, folder: string, ctx: RunContext): Settings {
  return {
    runId: ctx.runId,
    edge: `http://${target.edge.host}:${target.edge.port}`,
    control: gate.address,
    plan: join(folder, "plan.txt"),
    users: plan.users,
    places: plan.places,
    lengthMs: plan.lengthMs,
    patienceMs: TIMES.patienceMs,
    retryBudget: RETRY_BUDGET,
  };
}

function argvFor(files: Readonly<Record<"settings" | "records" | "log", string>>): readonly string[] {
  return [
    "run",
    "--no-usage-report",
    // k6's own summary is not the judge, and what it would sum up it would have to keep.
    "--summary-mode=disabled",
    "--no-thresholds",
    "--quiet",
    "--no-color",
    // Each line of the script is one unbuffered write to this file: 10 us, and nothing is lost when k6 dies.
    `--console-output=${files.records}`,
    "--log-format=raw",
    // A failed request would be one warning each; the records have it.
    `--log-output=file=${files.log},level=error`,
    `--env=DOORBUSTER_LOAD=${files.settings}`,
    SCRIPT,
  ];
}

/**
 * k6 allocates some 25 kB a request beside the 0.3 MB that each user keeps. Collecting that takes a second or more of
 * processor time in which its timers are late: seen at 8,000 users, eight seconds of the peak with p99 ten times as high,
 * which looked like the shop's doing. So it collects when its share of the memory is used up, and before that never: the
 * default run needs 4 GB, one at 1:250 8 GB.
 */
const HEAP_GROWTH = "off";

/** Of the memory that is free now; beyond it k6 collects rather than starve the shop. */
const MEMORY_SHARE = 0.5;

/** What the users keep at least is free: a load without that room was refused before anything was started. */
function environment(folder: string, users: number, runId: string): Readonly<Record<string, string>> {
  const limit = Math.max(process.availableMemory() * MEMORY_SHARE, users * BYTES_PER_USER);
  return {
    [RUN_MARK]: runId,
    // k6 keeps its own settings below HOME; a person's must not change a run.
    HOME: folder,
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    // It needs a third of a core at 4,000 users; one pair of runs on two threads and on one took 38 and 34 % of a core,
    // with timers 15.2 and 12.8 ms late at p99.
    GOMAXPROCS: "1",
    GOGC: HEAP_GROWTH,
    GOMEMLIMIT: String(Math.round(limit)),
  };
}

async function standsReady(gate: Gate, generator: GeneratorProcess, log: string, ctx: RunContext): Promise<void> {
  const over = new AbortController();
  const deadline = AbortSignal.any([over.signal, ctx.signal]);
  try {
    const first = await Promise.race([
      gate.ready,
      generator.exited.then(({ code }) => `ended with code ${code}`),
      ctx.clock.sleep(READY_WITHIN_MS, deadline).then(() => `was not ready within ${READY_WITHIN_MS / 1_000}s`),
    ]);
    if (typeof first !== "string") return;
    const said = [generator.complaints(), await readFile(log, "utf8").catch(() => "")].join("\n").trim();
    throw new Failure(
      "environment",
      [`k6 ${first} before the load: ${said.slice(-COMPLAINT_CHARACTERS) || "it said nothing"}`],
      "run `npm run scenario doctor` to see whether this machine has what a run needs",
    );
  } finally {
    over.abort();
  }
}

function prepared(load: Omit<LoadUnderWay, "zeroMs" | "offset">, stack: AsyncDisposableStack): PreparedLoad {
  const { clock } = load.ctx;
  return {
    async begin() {
      const offset = await load.gate.ready;
      const zeroMs = clock.now() + LEAD_MS;
      load.gate.open(zeroMs);
      const running = await runLoad({ ...load, zeroMs, offset });
      return { firstRequestInMs: zeroMs - clock.now(), running };
    },
    async [Symbol.asyncDispose]() {
      await stack.disposeAsync();
    },
  };
}
