import type { LoadShape, Scenario } from "#core/scenario.ts";
import type { NodeSpec, Region, Role, SystemName, Topology } from "#core/topology.ts";

/** A curve of 210 s like the default run's, or stretched to another length. */
function exampleLoad(seconds = 210): LoadShape {
  const stretch = seconds / 210;
  const phase = (name: string, forS: number, users: number) => ({
    name,
    forMs: Math.round(forS * stretch) * 1_000,
    users,
  });
  return {
    kind: "black-friday",
    scale: 500,
    pace: "compressed",
    startUsers: 5_000,
    phases: [
      phase("normal", 10, 5_000),
      phase("surge", 35, 850_000),
      phase("plateau", 20, 850_000),
      phase("climb", 25, 2_000_000),
      phase("peak", 95, 2_000_000),
      phase("ebb", 25, 100_000),
    ],
    buyersPerSecond: 20,
    steadyPhase: "plateau",
    peakPhase: "peak",
  };
}

export function exampleScenario(system: SystemName, seconds = 210): Scenario {
  const stretch = seconds / 210;
  const at = (forS: number) => Math.round(forS * stretch) * 1_000;
  const whole = "whole" as const;
  return {
    title: "Black Friday: 400 times the users in a minute and a half",
    question: "Does the shop stay inside its objectives through the surge, and through three failures at its peak?",
    background:
      "On a normal day 5,000 people used the shop at once; on Black Friday it was 850,000 in less than ten minutes.",
    claim: "C1",
    system: { name: system, without: [] },
    load: exampleLoad(seconds),
    steady: [{ kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: { phase: "plateau" } }],
    timeline: [
      {
        id: "replica-killed",
        phase: "peak",
        afterMs: at(5),
        forMs: 20_000,
        fault: { kind: "kill", node: { role: "app", region: "eu", index: 1 } },
        reason: "one process is no single point of failure any more",
      },
      {
        id: "cache-late",
        phase: "peak",
        afterMs: at(35),
        forMs: 20_000,
        fault: { kind: "latency", link: { from: "app", to: "cache", region: "eu" }, addedMs: 2_000 },
        reason: "a cache that hangs is worse than one that is dead",
      },
      {
        id: "replica-gone",
        phase: "peak",
        afterMs: at(65),
        forMs: 20_000,
        fault: { kind: "blackhole", link: { from: "app", to: "replica", region: "us" } },
        reason: "reads must find another server",
      },
    ],
    expect: [
      { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: whole },
      { kind: "availability", subject: "all", atLeast: 0.999, window: "outside-faults" },
      { kind: "availability", subject: "all", atLeast: 0.99, window: "during-faults" },
      { kind: "latency", subject: "buyers", quantile: 0.99, belowMs: 1_000, window: whole },
      { kind: "recovery", subject: "all", withinMs: 10_000 },
      { kind: "reads-avoided", atLeast: 0.87, window: { phase: "peak" } },
      { kind: "invariant", name: "no acknowledged order lost" },
    ],
  };
}

const CPU: Readonly<Partial<Record<Role, number>>> = { primary: 0.8, edge: 0.5, balancer: 0.4 };

/** Hand-made, smaller than the shop's: reports know topologies as data only. */
export function exampleTopology(system: SystemName): Topology {
  const node = (id: string, role: Role, region: Region, index = 1): NodeSpec => ({
    id,
    role,
    region,
    index,
    cpu: CPU[role] ?? 0.25,
  });
  const shared = [
    node("edge", "edge", "eu"),
    node("primary", "primary", "eu"),
    node("payment", "payment", "eu"),
    node("balancer-eu", "balancer", "eu"),
    node("app-eu-1", "app", "eu"),
  ];
  const more = [
    node("app-eu-2", "app", "eu", 2),
    node("app-us-1", "app", "us"),
    node("app-us-2", "app", "us", 2),
    node("balancer-us", "balancer", "us"),
    node("cache-eu", "cache", "eu"),
    node("cache-us", "cache", "us"),
    node("replica-eu", "replica", "eu"),
    node("replica-us", "replica", "us"),
    node("reports", "reports", "eu"),
    node("queue", "queue", "eu"),
    node("relay", "relay", "eu"),
    node("worker-1", "worker", "eu"),
    node("warehouse", "warehouse", "eu"),
  ];
  return {
    system,
    regions: ["eu", "us"],
    nodes: system === "scaled" ? [...shared, ...more] : shared,
    links: [{ id: "app@eu>primary", from: { role: "app", region: "eu" }, to: "primary", port: "sql", roundTripMs: 0 }],
    protections:
      system === "scaled" ? ["hot-tier", "warm-tier", "breaker", "pools", "replicas", "queue", "shedding"] : [],
  };
}
