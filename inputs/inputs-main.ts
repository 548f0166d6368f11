import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cleanLine } from "#core/foreign-text.ts";
import { generate } from "./generate.ts";
import { attempt, type Trial } from "./trial.ts";

/** `npm run bad-inputs -- --times 1000 --seed 1`: generated bad inputs to the real command line. Exit code 1 when one was not refused well. */

const { values } = parseArgs({
  options: { times: { type: "string" }, seed: { type: "string" }, only: { type: "string" } },
});
const times = Number(values.times ?? "1000");
const seed = Number(values.seed ?? "1");
const only = values.only === undefined ? undefined : Number(values.only);
if (![times, seed, only ?? 0].every((each) => Number.isInteger(each) && each >= 0)) {
  process.stderr.write("--times, --seed and --only take whole numbers: npm run bad-inputs -- --times 1000 --seed 1\n");
  process.exit(64);
}

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
