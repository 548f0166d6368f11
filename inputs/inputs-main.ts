import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { readArguments, told } from "#core/arguments.ts";
import { explainFailure } from "#core/explain-failure.ts";
import { cleanLine } from "#core/foreign-text.ts";
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
const before = await projectFiles();
const inputs = await generate(times, seed);
const trials: Trial[] = [];
let next = only ?? 0;
const end = only === undefined ? inputs.length : only + 1;

async function work(): Promise<void> {
  while (next < end) {
    const number = next;
    next += 1;
    const input = inputs[number];
    if (input === undefined) return;
    const trial = await attempt(input);
    trials.push(trial);
    if (only !== undefined) process.stdout.write(`${trial.said}\n`);
    if (trial.outcome !== "failed" && only === undefined) continue;
    process.stdout.write(`${number} ${cleanLine(input.what, 200)}: ${trial.outcome} ${trial.faults.join("; ")}\n`);
    process.stdout.write(`    ${cleanLine(input.words.join(" "), 200)}\n    ${cleanLine(trial.said, 400)}\n`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, work));
const came = (await projectFiles()).filter((file) => !before.includes(file));
const of = (outcome: Trial["outcome"]): number => trials.filter((trial) => trial.outcome === outcome).length;
const refused = trials.filter((trial) => trial.outcome === "refused");
const spread = (read: (trial: Trial) => number): string => {
  const sorted = refused.map(read).toSorted((a, b) => a - b);
  return `${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)} (most ${Math.round(sorted.at(-1) ?? 0)})`;
};
process.stdout.write(
  `seed ${seed}: ${trials.length} inputs, ${of("refused")} refused, ${of("good")} happen to be good, ${of("failed")} failed\n` +
    `of the refused: CPU ${spread((trial) => trial.cpuMs)} ms, wall ${spread((trial) => trial.wallMs)} ms, peak ${spread((trial) => trial.peakMb)} MB\n` +
    `files that came or changed in the project: ${came.join(", ") || "none"}\n`,
);
process.exitCode = of("failed") > 0 || came.length > 0 || trials.length === 0 ? 1 : 0;

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
