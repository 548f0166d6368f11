import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FAULTS, faultSchema } from "#chaos/faults/index.ts";
import { noopInjector, noopStage } from "#core/noop.ts";
import { coverTimeline } from "#core/run.ts";
import { PLANTED_BUGS } from "#planted-bugs/catalogue.ts";
import { expectedWords } from "#planted-bugs/planted-bug.ts";
import { BUGS } from "#system/bugs.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { PROTECTION_NAMES, PROTECTIONS } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { TRAPS } from "#traps/catalogue.ts";
import { SOMETIMES_NAMES } from "../checkers/index.ts";
import { helpText } from "../commands/help.ts";
import { loadScenario, scenarioNames } from "../commands/load-scenario.ts";
import { planInWords } from "../commands/plan.ts";
import { referencePages, withGenerated } from "./pages.ts";

const root = join(import.meta.dirname, "..", "..");

/** How each kind of fault is written in a scenario. */
const EXAMPLES = {
  kill: 'kill(node("app", { region: "eu", index: 2 }))',
  pause: 'pause(node("replica", { region: "us" }))',
  latency: 'latency(link("app", "cache", { region: "eu" }), { added: "2s" })',
  blackhole: 'blackhole(link("app", "replica", { region: "us" }))',
  refuse: 'refuse(link("app", "cache", { region: "eu" }))',
} as const;

async function pages() {
  const invariants = invariantCheckers.map(({ name }) => name);
  const vocabulary = { fault: faultSchema, protections: PROTECTION_NAMES, invariants, sometimes: SOMETIMES_NAMES };
  const scenarios = await Promise.all(
    (await scenarioNames(root)).map(async (name) => {
      const { scenario } = await loadScenario(name, { root, vocabulary });
      const topology = topologyOf(scenario.system.name);
      const plan = planInWords(scenario, topology, coverTimeline(scenario, [noopInjector], noopStage(topology)));
      return { name, scenario, plan };
    }),
  );
  const faults = Object.values(FAULTS).map(({ kind, lesson }) => ({ kind, lesson, example: EXAMPLES[kind] }));
  const traps = TRAPS.map(({ name, does, naive, expects }) => ({ name, does, naive, expects: expects.objective }));
  const plantedBugs = PLANTED_BUGS.flatMap(({ bug, scenario, expected }) =>
    BUGS.filter(({ name }) => name === bug).map(({ name, does, because, caughtBy }) => ({
      ...{ name, does, because, caughtBy, scenario },
      expected: expectedWords(expected),
    })),
  );
  return referencePages({ scenarios, protections: PROTECTIONS, faults, help: helpText(), traps, plantedBugs });
}

async function read(path: string): Promise<string> {
  return readFile(join(root, path), "utf8").catch(() => "");
}

/** Writes the generated pages, or with `--check` answers 1 when one of them is stale. */
async function main(check: boolean): Promise<number> {
  const stale: string[] = [];
  for (const { path, marker, text } of await pages()) {
    const before = await read(path);
    const after = marker === undefined ? text : withGenerated(before, marker, text);
    if (before === after) continue;
    stale.push(path);
    if (!check) await writeFile(join(root, path), after);
  }
  for (const path of stale) process.stdout.write(`${check ? "stale, run `npm run reference`" : "written"}: ${path}\n`);
  return check && stale.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes("--check"));
