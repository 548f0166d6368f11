import { confidenceOf, type Draw } from "#core/draw.ts";
import { formatMs } from "#core/duration.ts";
import { describeFault } from "#core/fault.ts";
import type { CoveredTimeline } from "#core/run.ts";
import { loadLengthMs, type Scenario } from "#core/scenario.ts";
import type { PlantedBug, Topology } from "#core/topology.ts";

const PACE_WORDS = {
  quick: "a quick try: too short for a verdict that anybody should act on",
  compressed: "ramps compressed: a harder surge than the story's",
  full: "the ramp of the story in its full length",
} as const;

function people(users: number): string {
  return Math.round(users).toLocaleString("en-US");
}

/** The shop in one line: `edge, 2 regions x (balancer, 2-6 app, cache, carts, replica), primary, ...`. */
function shopInWords(topology: Topology): string {
  const count = (role: string, region?: string) =>
    topology.nodes.filter((node) => node.role === role && (region === undefined || node.region === region));
  const regions = topology.regions.filter((region) => count("app", region).length > 0);
  const apps = count("app", regions[0]);
  const running = apps.filter((node) => node.spare === undefined).length;
  const appWords = apps.length === running ? `${running} app` : `${running}-${apps.length} app`;
  const regional = ["balancer", "cache", "carts", "replica"].filter((role) => count(role, regions[0]).length > 0);
  const single = ["pooler", "primary", "reports", "queue", "relay", "warehouse", "payment"].filter(
    (role) => count(role).length > 0,
  );
  const workers = count("worker").length;
  return [
    "edge",
    `${regions.length} region${regions.length === 1 ? "" : "s"} x (${[appWords, ...regional].join(", ")})`,
    ...single,
    ...(workers === 0 ? [] : [`${workers} workers`]),
  ].join(", ");
}

export function plantedBugWords({ name, does }: PlantedBug): string {
  return `This shop has a planted bug: it ${does} (${name})`;
}

/** Told before the run, as the confidence was fixed before it. */
export function drawInWords(draw: Draw | undefined): readonly string[] {
  if (draw === undefined || draw.of === 1) return [];
  const percent = Number((confidenceOf(draw) * 100).toFixed(2));
  return [
    `repeat  attempt ${draw.attempt} of at most ${draw.of}: each bound is told with ${percent} % confidence, so that all attempts together err in 5 of 100`,
  ];
}

/** What a run is going to do, in words: printed before anything starts. */
export function planInWords(
  scenario: Scenario,
  topology: Topology,
  covered: readonly CoveredTimeline[],
): readonly string[] {
  const { load } = scenario;
  const peak = Math.max(...load.phases.map((phase) => phase.users));
  const off =
    topology.system === "monolith"
      ? "no protection is on"
      : scenario.system.without.length === 0
        ? "all protections on"
        : `without ${scenario.system.without.join(", ")}`;
  const curve = load.phases
    .map((phase) => `${phase.name} ${formatMs(phase.forMs)} to ${people(phase.users / load.scale)}`)
    .join(", ");
  return [
    scenario.question,
    `shop    ${topology.system}: ${shopInWords(topology)}; ${off}`,
    ...(topology.plantedBug === undefined ? [] : [`BUG     ${plantedBugWords(topology.plantedBug)}`]),
    `load    ${people(peak / load.scale)} users stand for ${people(peak)} (1:${load.scale}); ${formatMs(loadLengthMs(load))}: ${curve}; ${PACE_WORDS[load.pace]}`,
    `        beside them a lane of ${load.buyersPerSecond} buyers a second, not scaled`,
    ...covered.map(({ entry, coverage }) => {
      const when = `${entry.phase} +${formatMs(entry.afterMs)} for ${formatMs(entry.forMs)}`;
      const note =
        coverage.kind === "covered"
          ? entry.reason
          : `${coverage.kind === "gap" ? "NOT POSSIBLE HERE" : "not applicable"}: ${coverage.reason}`;
      return `fault   ${when}: ${describeFault(entry.fault)} (${note})`;
    }),
  ];
}
