import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "#core/errors.ts";
import { explainFailure } from "#core/explain-failure.ts";
import { randomStream } from "#core/random.ts";
import { undergoBeside } from "./beside.ts";
import type { Blow } from "./blow.ts";
import { BLOWS } from "./blows.ts";
import { partFor } from "./due.ts";
import { openGrounds } from "./grounds.ts";
import { endAll } from "./launch.ts";
import { readWanted, USAGE, type Wanted } from "./options.ts";
import { undergo } from "./ordeal.ts";
import { type Row, readRows, rowOf } from "./row.ts";
import { lineOf, notShown, tableOf } from "./table.ts";

/** `npm run survival`: what of a run is left when it is hit, seen from outside. Exit code 1 when something was. */

const ROOT = join(import.meta.dirname, "..");

/** A random blow that came too late shows nothing; it gets other moments of the same part of a run, this often in all. */
const MOST_TRIES = 4;

/** Not struck at all: shows that a run works after all blows, and what a run leaves that nobody hit. */
const UNHARMED: Blow = {
  name: "unharmed",
  moment: { kind: "phase", phase: "start", afterMs: 0 },
  strike: { kind: "none" },
  ending: "goes-on",
  exits: [0, 1, 2],
};

function refuse(thrown: unknown): never {
  process.exit(explainFailure(thrown, (text) => process.stderr.write(`${text}\n`)));
}

function wanted(): Wanted {
  try {
    const read = readWanted(process.argv.slice(2), process.env, BLOWS, new Date());
    if (read !== "help") return read;
  } catch (thrown) {
    refuse(thrown);
  }
  process.stdout.write(USAGE);
  process.exit(0);
}

/** The commit that is hit, `+` behind it when files differ from it. */
function commit(): string {
  const git = (...words: string[]): string => execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim();
  try {
    return `${git("rev-parse", "--short=7", "HEAD")}${git("status", "--porcelain", "--untracked-files=no") === "" ? "" : "+"}`;
  } catch {
    return "unknown";
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    process.stderr.write(`${signal}: ending the run that is under way\n`);
    // The code of an interrupt, as a shell knows it.
    void endAll().then(() => process.exit(130));
  });
}

const { orders, seed, first, lastRun, whole } = wanted();
const grounds = openGrounds({ whole });
const file = join(ROOT, "results", `survival-${seed}.jsonl`);

/** Rows of the same series, up to where it is taken up again. */
function earlier(): readonly Row[] {
  if (!existsSync(file)) return [];
  const rows = readRows(readFileSync(file, "utf8"), file);
  if (first === 1 && rows.length > 0)
    throw new Failure(
      "usage",
      [`${file} has ${rows.length} rows already, and the series would begin anew`],
      `Take another --seed, or go on with --first ${Math.max(...rows.map(({ number }) => number)) + 1}.`,
    );
  return rows.filter(({ number }) => number < first);
}

function read(): Row[] {
  try {
    return [...earlier()];
  } catch (thrown) {
    return refuse(thrown);
  }
}

const rows = read();

async function dealOne(
  blow: Blow,
  number: number,
  lot: { readonly number: number; readonly seed: string },
): Promise<Row> {
  const began = performance.now();
  const given = { ...lot, random: randomStream(lot.seed, "moment") };
  const isBeside = blow.strike.kind === "beside";
  const outcome = await (isBeside
    ? undergoBeside(blow, given, [openGrounds(), openGrounds({ name: "survival-beside" })])
    : undergo(blow, given, grounds));
  const isRandom = blow.moment.kind === "random" && !isBeside;
  const row = rowOf(outcome, {
    commit: commit(),
    at: new Date().toISOString(),
    number,
    part: isRandom ? partFor(lot.number) : undefined,
    took: (performance.now() - began) / 1_000,
  });
  rows.push(row);
  mkdirSync(join(ROOT, "results"), { recursive: true });
  appendFileSync(file, `${JSON.stringify(row)}\n`);
  process.stdout.write(`${lineOf(row)}\n`);
  return row;
}

let number = 0;
for (const { blow, times } of orders) {
  // The seed also says with which part of a run a row begins, so that short rows of other seeds meet other parts.
  const offset = randomStream(`${seed}-${blow.name}`, "first").integer(1_000);
  for (let i = 0; i < times; i += 1) {
    number += 1;
    if (number < first) continue;
    for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
      const name = `${seed}-${blow.name}-${i + 1}${tries === 1 ? "" : `-again-${tries}`}`;
      const { dealt, problems } = await dealOne(blow, number, { number: offset + i, seed: name });
      if (dealt || problems.length > 0) break;
    }
  }
}
const asked = new Map(orders.map(({ blow, times }) => [blow.name, times]));
if (lastRun) {
  await dealOne(UNHARMED, number + 1, { number: 0, seed: `${seed}-unharmed` });
  asked.set(UNHARMED.name, 1);
}
process.stdout.write(`\n${tableOf(rows, asked)}\n\nrows: ${file}\n`);
const missing = notShown(rows, asked);
for (const text of missing) process.stdout.write(`${text}\n`);
if (missing.length > 0) process.stdout.write("not all of it was shown: exit code 1\n");
process.exitCode = missing.length > 0 || rows.some(({ problems }) => problems.length > 0) ? 1 : 0;
