import { statSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readArguments, told } from "#core/arguments.ts";
import { explainFailure } from "#core/explain-failure.ts";
import { cleanLine } from "#core/foreign-text.ts";
import type { BadInput } from "./bad-input.ts";
import { missedByTheOracle } from "./canary.ts";
import { decoysAt, openListener } from "./decoys.ts";
import { generate } from "./generate.ts";
import { attempt, type Trial } from "./trial.ts";

/** `npm run bad-inputs -- --times 1000 --seed 1`: generated bad inputs to the real command line. Exit code 1 when one was not refused well. */

const OPTIONS = { times: { type: "string" }, seed: { type: "string" }, only: { type: "string" } } as const;

/** Some hours of them. */
const MOST_TIMES = 100_000;

interface Wanted {
  readonly times: number;
  readonly seed: number;
  readonly only: number | undefined;
}

function wanted(): Wanted {
  try {
    const { words, problems, whole, refuse } = readArguments(process.argv.slice(2), OPTIONS, process.env);
    const times = whole("times", 1, MOST_TIMES) ?? 1_000;
    const seed = whole("seed", 0, 2 ** 31 - 1) ?? 1;
    const only = whole("only", 0, times - 1);
    problems.push(...words.map((word) => `"${told(word)}" is a word too many`));
    refuse("Write `npm run bad-inputs -- [--times 1000] [--seed 1] [--only number]`.");
    return { times, seed, only };
  } catch (thrown) {
    process.exit(explainFailure(thrown, (text) => process.stderr.write(`${text}\n`)));
  }
}

const { times, seed, only } = wanted();
const ROOT = join(import.meta.dirname, "..");

/** Whoever waits longer for a refusal thinks that it hangs. On a machine that is free. */
const MOST_WALL_MS = 1_000;
/** Beside another input and other programs one may be late; three times in a row, alone, it is slow. */
const LOOKS_AGAIN = 3;

/** What would lead a program of ours astray, but for what makes Node hand over to another one, which costs its own time. */
await using listener = await openListener();
const decoys = Object.fromEntries(Object.entries(decoysAt(listener.port, "")).filter(([name]) => !/^NODE_/.test(name)));

const missed = [...(await missedByTheOracle(listener)), ...(await missedInTheProject())];
for (const what of missed) process.stdout.write(`the oracle is blind: it does not see ${what}\n`);
const before = await projectFiles();
const visitsBefore = listener.visits.length;

interface Numbered {
  readonly number: number;
  readonly input: BadInput;
  readonly trial: Trial;
}

const inputs = await generate(times, seed);
const given: Numbered[] = [];
const queue = inputs
  .map((input, number) => ({ input, number }))
  .filter(({ number }) => only === undefined || number === only)
  .values();

async function work(): Promise<void> {
  for (const { input, number } of queue) given.push({ number, input, trial: await attempt(input, decoys) });
}

await Promise.all(Array.from({ length: availableParallelism() }, work));

/** The same again, alone, while it is later than it may be: the least of several is what it takes. */
async function inQuiet({ input, number, trial }: Numbered): Promise<Numbered> {
  let quickest = trial;
  for (let look = 0; look < LOOKS_AGAIN && quickest.wallMs > MOST_WALL_MS; look += 1) {
    const again = await attempt(input, decoys);
    if (again.wallMs < quickest.wallMs && again.outcome === trial.outcome) quickest = again;
  }
  const isSlow = quickest.wallMs > MOST_WALL_MS && quickest.outcome === "refused";
  const faults = isSlow ? [`${Math.round(quickest.wallMs)} ms from its start to its end`] : quickest.faults;
  return { number, input, trial: { ...quickest, faults, outcome: isSlow ? "failed" : quickest.outcome } };
}

const numbered: Numbered[] = [];
for (const each of given.toSorted((a, b) => a.number - b.number)) numbered.push(await inQuiet(each));
for (const { number, input, trial } of numbered) {
  if (trial.outcome !== "failed" && only === undefined) continue;
  process.stdout.write(`${number} ${cleanLine(input.what, 200)}: ${trial.outcome} ${trial.faults.join("; ")}\n`);
  process.stdout.write(`    ${cleanLine(input.words.join(" "), 200)}\n    ${cleanLine(trial.said, 400)}\n`);
}
const trials = numbered.map(({ trial }) => trial);
const came = (await projectFiles()).filter((file) => !before.includes(file));
const of = (outcome: Trial["outcome"]): number => trials.filter((trial) => trial.outcome === outcome).length;
const refused = trials.filter((trial) => trial.outcome === "refused");
const spread = (read: (trial: Trial) => number): string => {
  const sorted = refused.map(read).toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
};
const costly = numbered.toSorted((a, b) => b.trial.wallMs - a.trial.wallMs).slice(0, 5);
const visits = listener.visits.length - visitsBefore;
process.stdout.write(
  `seed ${seed}: ${trials.length} inputs, ${of("refused")} refused, ${of("taken")} taken, ${of("failed")} failed\n` +
    `of the refused: CPU ${spread((trial) => trial.cpuMs)} ms; wall ${spread((trial) => trial.wallMs)} ms; peak ${spread((trial) => trial.peakMb)} MB\n` +
    costly
      .map(
        ({ number, input, trial }) =>
          `    slow: ${number} ${cleanLine(input.what, 80)}: wall ${Math.round(trial.wallMs)} ms, CPU ${Math.round(trial.cpuMs)} ms, ${Math.round(trial.peakMb)} MB\n`,
      )
      .join("") +
    `files that came or changed in the project: ${came.join(", ") || "none"}; visits to the decoys: ${visits}\n`,
);
process.exitCode =
  of("failed") > 0 || came.length > 0 || visits > 0 || missed.length > 0 || trials.length === 0 ? 1 : 0;

/** A file among the results, made and removed again, has to be seen as well. */
async function missedInTheProject(): Promise<readonly string[]> {
  const planted = join(ROOT, "results", "planted-by-the-canary");
  const without = await projectFiles();
  await mkdir(join(ROOT, "results"), { recursive: true });
  await writeFile(planted, "");
  const isSeen = (await projectFiles()).some(
    (file) => !without.includes(file) && file.includes("planted-by-the-canary"),
  );
  await rm(planted);
  return isSeen ? [] : ["a file that came in the project"];
}

/** Each with its size and the time of its last change. Libraries and their cache are left out. */
async function projectFiles(): Promise<readonly string[]> {
  const names = (await readdir(ROOT, { recursive: true })).filter((name) => !/^(node_modules|\.git)(\/|$)/.test(name));
  return names.flatMap((name) => {
    try {
      const { size, mtimeMs } = statSync(join(ROOT, name));
      return [`${name} ${size} ${mtimeMs}`];
    } catch {
      // A link that leads nowhere any more, or a file that somebody else has just removed.
      return [];
    }
  });
}
