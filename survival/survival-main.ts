import { randomStream } from "#core/random.ts";
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
    process.stderr.write(`${thrown instanceof Error ? thrown.message : thrown}\n`);
    // As the harness's own commands answer a usage that is off.
    process.exit(64);
  }
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    process.stderr.write(`${signal}: ending the run that is under way\n`);
    // The code of an interrupt, as a shell knows it.
    void endAll().then(() => process.exit(130));
  });
}

const { blows, times, seed, lastRun } = wanted();
const grounds = openGrounds();
const outcomes: Outcome[] = [];
const all = blows.flatMap((blow) =>
  Array.from({ length: times }, (_, i) => ({ blow, name: `${seed}-${blow.name}-${i + 1}` })),
);
for (const { blow, name } of [...all, ...(lastRun ? [{ blow: UNHARMED, name: `${seed}-unharmed` }] : [])]) {
  const outcome = await undergo(blow, name, randomStream(name, "moment"), grounds);
  outcomes.push(outcome);
  process.stdout.write(`${lineOf(outcome)}\n`);
}
process.stdout.write(`\n${tableOf(outcomes)}\n`);
const missed = neverDealt(outcomes);
for (const name of missed)
  process.stdout.write(`${name}: not one blow was dealt, so nothing was shown; try another --seed\n`);
process.exitCode = missed.length > 0 || outcomes.some(({ problems }) => problems.length > 0) ? 1 : 0;
