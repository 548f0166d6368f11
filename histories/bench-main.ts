import { execFile } from "node:child_process";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { readArguments, told } from "#core/arguments.ts";
import { explained } from "#core/explain-failure.ts";
import { loadLengthMs, type Scenario } from "#core/scenario.ts";
import blackFriday from "#scenarios/black-friday.ts";
import { topologyOf } from "#system/topology.ts";
import { cleanHistory } from "./generate/index.ts";
import { writeHistory } from "./history-folder.ts";

/**
 * `npm run bench`: how long the judging of a long history takes, and how much memory, each in a process of its own. The
 * histories are those of the default scenario with a longer peak, so that everything is there in its proportion.
 */

const SIZES = [250_000, 500_000, 1_000_000] as const;
/** What the default scenario brings a second, from the first to the last. */
const RECORDS_A_SECOND = 172;
const MOST_SECONDS = 60;
const MOST_BYTES = 512 * 1_024 * 1_024;
/** Of the CPU time that a record takes, from one size to the next, which is twice as large: a square law would make it two. */
const MOST_RATIO = 1.25;

/** On a machine with memory to spare V8 collects garbage late; told to be thrifty it needs what it needs. */
const HEAP = ["--max-old-space-size=300", "--max-semi-space-size=4"] as const;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const run = promisify(execFile);

const tellingSchema = z.object({
  records: z.int(),
  readSeconds: z.number(),
  judgeSeconds: z.number(),
  cpuSeconds: z.number(),
  peakBytes: z.number(),
  judgement: z.object({ verdict: z.string(), sentence: z.string() }),
});

/** The default scenario with as much more of its peak as makes it this long. */
function lengthened(toSeconds: number): Scenario {
  const { load } = blackFriday;
  const seconds = Math.max(0, toSeconds - Math.ceil(loadLengthMs(load) / 1_000));
  const phases = load.phases.map((phase) =>
    phase.name === load.peakPhase ? { ...phase, forMs: phase.forMs + seconds * 1_000 } : phase,
  );
  return { ...blackFriday, load: { ...load, phases } };
}

interface Size {
  readonly records: number;
  readonly cpuSeconds: number;
  readonly isWithin: boolean;
}

async function measure(size: number, folder: string): Promise<Size> {
  const scenario = lengthened(Math.ceil(size / RECORDS_A_SECOND));
  const topology = topologyOf(scenario.system.name, []);
  await writeHistory(folder, { scenario, topology }, cleanHistory("bench", scenario, topology));
  const packed = (await stat(join(folder, "history.jsonl.gz"))).size;
  const main = join(import.meta.dirname, "judge-main.ts");
  const { stdout } = await run(process.execPath, [...HEAP, main, folder], { maxBuffer: 64 * 1_024 * 1_024 });
  const { records, readSeconds, judgeSeconds, cpuSeconds, peakBytes, judgement } = tellingSchema.parse(
    JSON.parse(stdout),
  );
  const total = readSeconds + judgeSeconds;
  const megabytes = (bytes: number): string => `${Math.round(bytes / 1_048_576)} MiB`;
  say(
    `${records} records (${megabytes(packed)} packed): read in ${readSeconds.toFixed(1)} s, judged in ${judgeSeconds.toFixed(1)} s, ` +
      `${cpuSeconds.toFixed(1)} s of CPU time, ${((cpuSeconds * 1e6) / records).toFixed(1)} us of it a record, ` +
      `${megabytes(peakBytes)} at most; ${judgement.verdict}: ${judgement.sentence}`,
  );
  return {
    records,
    cpuSeconds,
    isWithin: total <= MOST_SECONDS && peakBytes <= MOST_BYTES && judgement.verdict === "held",
  };
}

/** Whether a record of each size costs about what one of the size before it costs. */
function growsLinearly(sizes: readonly Size[]): boolean {
  let isLinear = true;
  for (const [index, { records, cpuSeconds }] of sizes.entries()) {
    const before = sizes[index - 1];
    if (before === undefined) continue;
    const ratio = cpuSeconds / records / (before.cpuSeconds / before.records);
    isLinear &&= ratio <= MOST_RATIO;
    say(
      `${before.records} to ${records} records, ${(records / before.records).toFixed(2)} times as many: ` +
        `${(cpuSeconds / before.cpuSeconds).toFixed(2)} times the CPU time, ${ratio.toFixed(2)} times as much a record`,
    );
  }
  return isLinear;
}

/** The longest that anybody asks for: a day of the default scenario. */
const MOST_RECORDS = 15_000_000;

/** @throws Failure of kind `usage`. */
function sizesIn(argv: readonly string[]): readonly number[] {
  const { words, problems, refuse } = readArguments(argv, {}, process.env);
  problems.push(
    ...words
      .filter((word) => !(/^[1-9]\d*$/.test(word) && Number(word) <= MOST_RECORDS))
      .map((word) => `"${told(word)}" is no number of records from 1 to ${MOST_RECORDS}`),
  );
  refuse("Write `npm run bench -- [records ...]`.");
  return words.length === 0 ? SIZES : words.map(Number);
}

async function main(argv: readonly string[]): Promise<number> {
  const sizes = sizesIn(argv);
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-bench-"));
  try {
    const measured: Size[] = [];
    for (const size of sizes) measured.push(await measure(size, folder));
    const isWithin = measured.every((size) => size.isWithin);
    const isLinear = growsLinearly(measured);
    const limits = `${MOST_SECONDS} s and ${MOST_BYTES / 1_048_576} MiB`;
    say(isWithin ? `all held, within ${limits}` : `not within ${limits}, or not held`);
    say(
      isLinear ? "the cost grows linearly" : `a record costs more than ${MOST_RATIO} times as much in a longer history`,
    );
    return isWithin && isLinear ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await explained(
  () => main(process.argv.slice(2)),
  (text) => process.stderr.write(`${text}\n`),
);
