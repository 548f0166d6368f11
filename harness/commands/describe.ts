import { coverTimeline } from "#core/run.ts";
import { EVERY_ABILITY } from "#core/substrate.ts";
import { plannedSamples } from "#harness/checkers/index.ts";
import type { Adapters } from "./adapters.ts";
import { loadScenario, type NamedScenario, scenarioNames } from "./load-scenario.ts";
import type { CommandLine } from "./options.ts";
import { planInWords } from "./plan.ts";

/** The catalogue: a line per scenario. */
export async function listScenarios(adapters: Adapters): Promise<readonly string[]> {
  const names = await scenarioNames(adapters.root);
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const lines = await Promise.all(
    names.map(async (name) => {
      const { scenario } = await loadScenario(name, adapters);
      return `  ${name.padEnd(width)}${scenario.title}${scenario.claim === undefined ? "" : ` (${scenario.claim})`}`;
    }),
  );
  return [
    "scenarios:",
    ...lines,
    "",
    "npm run scenario <name>            run one",
    "npm run scenario explain <name>    what it is about, and its plan",
    "npm run scenario -- --help         all commands and options",
  ];
}

/** A scenario as a lesson: background, question, plan. */
export function explain(
  { name, scenario }: NamedScenario,
  { plant }: CommandLine,
  adapters: Adapters,
): readonly string[] {
  const topology = adapters.topologyOf(scenario.system.name, scenario.system.without, plant);
  const covered = coverTimeline(scenario, adapters.injectors, { substrate: "any", topology, can: EVERY_ABILITY });
  return [
    scenario.title,
    "",
    scenario.background,
    "",
    ...planInWords(scenario, topology, covered),
    "",
    `run it: npm run scenario ${name}`,
  ];
}

/** What would be judged, over which window, with how many samples, in a run that may be tried so often. */
export function checkScenario({ scenario }: NamedScenario, draws: number): readonly string[] {
  const rows = plannedSamples(scenario, draws);
  return [
    "objective, window, samples by the plan, minimum:",
    ...rows.map(
      (row) =>
        `  ${row.enough ? "ok  " : "FEW "} ${row.title}: ${row.window}, ${row.samples} ${row.unit}, ${row.minimum}`,
    ),
  ];
}
