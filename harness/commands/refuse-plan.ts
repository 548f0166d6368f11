import { Failure } from "#core/errors.ts";
import { coverTimeline } from "#core/run.ts";
import { EVERY_ABILITY } from "#core/substrate.ts";
import { refusals } from "#harness/checkers/index.ts";
import type { Adapters } from "./adapters.ts";
import type { NamedScenario } from "./load-scenario.ts";

/**
 * Refuses what the plan alone shows to be in vain: an objective that can never be told, a fault that nobody can feel, a
 * fault on a part that is not there, a load that nobody can send. Nothing has been started by then.
 * More draws (`--repeat`) are asked for more confidence each, which takes more samples.
 * @throws Failure of kind `usage` with every problem of the first kind that has any.
 */
export function refuseVainPlan(
  named: NamedScenario,
  adapters: Pick<Adapters, "topologyOf" | "injectors" | "refuseLoad">,
  draws = 1,
): void {
  const refused = refusals(named.scenario, draws);
  if (refused.length > 0) {
    throw new Failure(
      "usage",
      refused,
      "Lengthen the window, raise the load, or drop the objective or the fault; nothing was started.",
    );
  }
  refuseVainFaults(named, adapters);
  adapters.refuseLoad(named.scenario.load);
}

/**
 * A fault on a part that another system lacks is not applicable, nor one that an arm of a comparison goes without
 * (`--without`); one that the scenario's own system lacks, by its own word, is a mistake.
 */
function refuseVainFaults({ declared }: NamedScenario, adapters: Pick<Adapters, "topologyOf" | "injectors">): void {
  const topology = adapters.topologyOf(declared.system.name, declared.system.without);
  const vain = coverTimeline(declared, adapters.injectors, { substrate: "any", topology, can: EVERY_ABILITY }).flatMap(
    ({ entry, coverage }) => (coverage.kind === "not-applicable" ? [`fault "${entry.id}": ${coverage.reason}`] : []),
  );
  if (vain.length > 0)
    throw new Failure("usage", vain, "Name parts that the scenario's own system runs; nothing was started.");
}
