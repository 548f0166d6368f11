import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArguments, told } from "#core/arguments.ts";
import { explainFailure } from "#core/explain-failure.ts";
import { RUN_MARK } from "#core/journal.ts";
import { decoysAt, decoysCarried, openListener } from "./decoys.ts";

/**
 * `npm run bad-inputs:environment`: a whole `--quick` run while the environment is full of decoys. Nobody may visit the
 * place to which they lead, and no process of the run may carry one. Exit code 1 when somebody did.
 */

const USAGE = `Usage: npm run bad-inputs:environment

A whole \`--quick\` run, some two minutes, while the environment is full of decoys. It takes no options but --help.
`;

/** @throws Failure of kind `usage` for anything but a call for help. */
function isHelpWanted(): boolean {
  const options = { help: { type: "boolean" } } as const;
  const { words, problems, flag, refuse } = readArguments(process.argv.slice(2), options, process.env);
  problems.push(...words.map((word) => `"${told(word)}" is a word too many`));
  refuse("Write `npm run bad-inputs:environment`.");
  return flag("help");
}

try {
  if (isHelpWanted()) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
} catch (thrown) {
  process.exit(explainFailure(thrown, (text) => process.stderr.write(`${text}\n`)));
}

const ROOT = join(import.meta.dirname, "..");

/** Parts that a fault starts again live for 20 s at least: none is missed. */
const LOOK_EVERY_MS = 1_000;

const folder = await mkdtemp(join(tmpdir(), "doorbuster-decoys-"));
await using listener = await openListener();
const preload = join(folder, "preload.cjs");
await writeFile(preload, "");
const child = spawn(
  process.execPath,
  [join(ROOT, "harness", "bin.js"), "black-friday", "--quick", "--seed=decoys", "--reporter=lines"],
  {
    stdio: "inherit",
    // This program is its parent, whoever started this one.
    env: { ...process.env, ...decoysAt(listener.port, preload), DOORBUSTER_PARENT: String(process.pid) },
  },
);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
const carried = new Set<string>();
let most = 0;
const looking = setInterval(() => {
  const { looked, found } = decoysCarried(RUN_MARK);
  most = Math.max(most, looked);
  for (const each of found) carried.add(each);
}, LOOK_EVERY_MS);
const [code] = await once(child, "exit");
clearInterval(looking);
await rm(folder, { recursive: true, force: true });
process.stdout.write(
  `${listener.visits.length} visits to the decoys${listener.visits.length === 0 ? "" : `: ${JSON.stringify(listener.visits.slice(0, 5))}`}\n` +
    `at most ${most} processes of the run at once, carried: ${[...carried].join(", ") || "nothing"}\n`,
);
// Held, broken and unknown are all ends of a run; a run that never was proves nothing.
const ran = [0, 1, 2].includes(Number(code)) && most > 0;
process.exitCode = ran && listener.visits.length === 0 && carried.size === 0 ? 0 : 1;
