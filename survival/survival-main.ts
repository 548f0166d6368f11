import { explainFailure } from "#core/explain-failure.ts";
import { randomStream } from "#core/random.ts";
import { undergoBeside } from "./beside.ts";
import type { Blow } from "./blow.ts";
import { BLOWS } from "./blows.ts";
import { openGrounds } from "./grounds.ts";
import { endAll } from "./launch.ts";
import { readWanted, type Wanted } from "./options.ts";
import { type Outcome, undergo } from "./ordeal.ts";
import { lineOf, neverDealt, tableOf } from "./table.ts";

/** `npm run survival`: what of a run is left when it is hit, seen from outside. Exit code 1 when something was. */

/** Not struck at all: shows that a run works after all blows, and what a run leaves that nobody hit. */
const UNHARMED: Blow = {
  name: "unharmed",
  moment: { kind: "phase", phase: "start", afterMs: 0 },
  strike: { kind: "none" },
  ending: "goes-on",
  exits: [0, 1, 2],
};

function wanted(): Wanted {
  try {
    return readWanted(process.argv.slice(2), process.env, BLOWS, new Date());
  } catch (thrown) {
    process.exit(explainFailure(thrown, (text) => process.stderr.write(`${text}\n`)));
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    process.stderr.write(`${signal}: ending the run that is under way\n`);
    // The code of an interrupt, as a shell knows it.
    void endAll().then(() => process.exit(130));
  });
}

const { blows, times, seed, lastRun, light } = wanted();
const grounds = openGrounds({ light });
const outcomes: Outcome[] = [];

async function dealOne(blow: Blow, number: number, name: string): Promise<Outcome> {
  const lot = { seed: name, number, random: randomStream(name, "moment") };
  const outcome = await (blow.strike.kind === "beside"
    ? undergoBeside(blow, lot, [openGrounds({ light: true }), openGrounds({ light: true, name: "survival-beside" })])
    : undergo(blow, lot, grounds));
  outcomes.push(outcome);
  process.stdout.write(`${lineOf(outcome)}\n`);
  return outcome;
}

for (const blow of blows) {
  // The seed also says with which phase a row begins, so that short rows of other seeds meet other phases.
  const first = Math.floor(randomStream(`${seed}-${blow.name}`, "first").next() * 1_000);
  for (let i = 0; i < times; i += 1) {
    const number = first + i;
    const name = `${seed}-${blow.name}-${i + 1}`;
    const { dealt, problems } = await dealOne(blow, number, name);
    // A random one that came too late shows nothing: once more at another moment of the same phase.
    if (!dealt && problems.length === 0) await dealOne(blow, number, `${name}-again`);
  }
}
if (lastRun) await dealOne(UNHARMED, 0, `${seed}-unharmed`);
process.stdout.write(`\n${tableOf(outcomes)}\n`);
const missed = neverDealt(outcomes);
for (const name of missed)
  process.stdout.write(`${name}: not one blow was dealt, so nothing was shown; try another --seed\n`);
process.exitCode = missed.length > 0 || outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0;
