import { describeFault, type TimelineEntry } from "#core/fault.ts";
import type { FaultEvent, HistoryEvent } from "#core/history.ts";
import { loadLengthMs, phaseSpan, type Scenario } from "#core/scenario.ts";
import { selectLinks, selectNodes, type Topology } from "#core/topology.ts";
import type { Told } from "./event.ts";

/** From the act to the proof, and from the healing to its proof: what the slowest of both took in real runs. */
const PROOF_MS = 2_100;
const HEALING_MS = 1_500;
/** Some time-outs in a row, or some missed checks of a balancer. */
const NOTICED_MS = 3_000;

/** Where a fault lies, on the count from the first planned request. */
export interface PretendFault {
  readonly entry: TimelineEntry;
  readonly fromMs: number;
  readonly inForceMs: number;
  readonly healedMs: number;
  /** Parts that dial the link or the machine, and those that they dial. */
  readonly diallers: readonly string[];
  readonly targets: readonly string[];
}

export function faultsOf({ load, timeline }: Scenario, topology: Topology): readonly PretendFault[] {
  return timeline.map((entry) => {
    const { fault } = entry;
    const fromMs = (phaseSpan(load, entry.phase)?.fromMs ?? 0) + entry.afterMs;
    const nodes = "node" in fault ? selectNodes(topology, fault.node).map(({ id }) => id) : [];
    const links =
      "node" in fault ? topology.links.filter(({ to }) => nodes.includes(to)) : selectLinks(topology, fault.link);
    const dials = (role: string, region: string): boolean =>
      links.some(({ from }) => from.role === role && from.region === region);
    return {
      entry,
      fromMs,
      inForceMs: fromMs + PROOF_MS,
      healedMs: fromMs + PROOF_MS + entry.forMs + HEALING_MS,
      diallers: topology.nodes
        .filter(({ role, region, spare }) => spare === undefined && dials(role, region))
        .map(({ id }) => id),
      targets: [...new Set(links.map(({ to }) => to))],
    };
  });
}

/** What the harness tells of a run that goes as it should, until the shop is at rest. */
export function courseOf(
  scenario: Scenario,
  topology: Topology,
  faults: readonly PretendFault[],
  zeroMs: number,
): readonly Told[] {
  const endMs = loadLengthMs(scenario.load);
  return [
    harness(-zeroMs, {
      kind: "run",
      state: "planned",
      detail: scenario.title,
      facts: { seed: "s", substrate: "local" },
    }),
    ...faults.map(({ entry, targets }) => harness(-zeroMs, { ...faultEvent(entry, "planned"), targets })),
    ...["network", ...topology.nodes.filter(({ spare }) => spare === undefined).map(({ id }) => id)].map((id) =>
      harness(-zeroMs + 3_000, { kind: "node", node: id, state: "ready", detail: "after 900 ms" }),
    ),
    harness(-zeroMs + 4_000, {
      kind: "run",
      state: "raised",
      detail: "22 nodes ready",
      facts: { sizes: "quota per node (cgroup v1, period 10 ms)", sizesKind: "cgroup v1" },
    }),
    harness(-1_000, { kind: "run", state: "load-begun", detail: "first request planned", facts: { zeroAt: zeroMs } }),
    ...phasesOf(scenario),
    ...faults.flatMap(faultCourse),
    harness(endMs + 2_500, { kind: "run", state: "drained", detail: "the load has ended" }),
    harness(endMs + 8_000, { kind: "run", state: "quiesced", detail: "nothing in hand, watched for 5000 ms" }),
  ];
}

export function endOfRun(atMs: number): Told {
  return harness(atMs, { kind: "run", state: "ended", detail: "everything that was started has ended" });
}

function phasesOf({ load }: Scenario): readonly Told[] {
  return load.phases.flatMap(({ name }) => {
    const span = phaseSpan(load, name) ?? { fromMs: 0, toMs: 0 };
    const steady = harness(span.toMs + 2_500, { kind: "run", state: "steady", detail: "by the gate" });
    return [
      harness(span.fromMs, { kind: "phase", name, state: "begin" }),
      harness(span.toMs, { kind: "phase", name, state: "end" }),
      ...(name === load.steadyPhase ? [steady] : []),
    ];
  });
}

function faultCourse({ entry, fromMs, inForceMs, healedMs, diallers, targets }: PretendFault): readonly Told[] {
  const told = { asked: "as planned", measured: "as asked" };
  const [target = ""] = targets;
  const readings = (when: "in-force" | "during" | "after") =>
    targets.map((each) => ({
      when,
      target: each,
      fresh: { kind: "answered", ms: when === "after" ? 1 : 2_003 } as const,
    }));
  const says = (node: string, atMs: number, event: string): Told => ({
    atMs,
    happenedMs: atMs - 100,
    source: node,
    event: { kind: "system", node, event, detail: `${target}: 5 time-outs in a row` },
  });
  return [
    harness(fromMs, faultEvent(entry, "injecting")),
    harness(inForceMs, { ...faultEvent(entry, "in-force"), ...told, readings: readings("in-force") }),
    harness(healedMs - HEALING_MS, { ...faultEvent(entry, "healing"), ...told, readings: readings("during") }),
    harness(healedMs, { ...faultEvent(entry, "healed"), measured: "as before", readings: readings("after") }),
    ...("link" in entry.fault
      ? diallers.flatMap((node) => [
          says(node, fromMs + NOTICED_MS, "breaker-opened"),
          says(node, healedMs, "breaker-closed"),
        ])
      : []),
  ];
}

/** Whether the parts that dial it have noticed a fault at this instant. */
export function isNoticed({ fromMs, healedMs }: PretendFault, atMs: number): boolean {
  return atMs >= fromMs + NOTICED_MS && atMs < healedMs;
}

function faultEvent(entry: TimelineEntry, state: FaultEvent["state"]): FaultEvent {
  return {
    kind: "fault",
    id: entry.id,
    fault: entry.fault.kind,
    state,
    title: describeFault(entry.fault),
    detail: entry.reason,
  };
}

function harness(atMs: number, event: HistoryEvent): Told {
  return { atMs, source: "harness", event };
}
