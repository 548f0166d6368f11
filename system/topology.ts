import type { LinkSpec, NodeSpec, Region, Role, SystemName, Topology } from "#core/topology.ts";
import { BUGS, type BugName } from "./bugs.ts";
import { PROTECTION_NAMES, type ProtectionName } from "./switches.ts";

const REGIONS: readonly Region[] = ["eu", "us"];

/** Where the primary and everything that exists once lives. */
const HOME: Region = "eu";

/** What the network between the regions costs, there and back: the order of a crossing of half the Atlantic. */
const INTER_REGION_ROUND_TRIP_MS = 30;

/** Replicas of the application that run from the start, and places for more, in each region. */
const APPS_RUNNING = 2;
const APPS_PLACES = 6;

/**
 * Machine sizes in cores, the same in both systems. Together the parts that can be busy at once leave the load generator
 * what it needs of two cores; `docs/scaling.md` has the measurements behind them.
 */
const CPU: Readonly<Record<Role, number>> = {
  edge: 0.5,
  balancer: 0.4,
  app: 0.25,
  cache: 0.25,
  carts: 0.25,
  queue: 0.25,
  pooler: 0.25,
  primary: 0.8,
  replica: 0.4,
  reports: 0.4,
  worker: 0.25,
  relay: 0.2,
  warehouse: 0.25,
  payment: 0.25,
};

interface Dial {
  readonly from: Role;
  readonly to: Role;
  readonly port: string;
  /** `own`: only nodes of the dialler's region; `any`: nodes of every region. */
  readonly reach: "own" | "any";
  /** Protections that must all be on for anybody to dial it; where absent it is dialled in every shop. */
  readonly needs?: readonly ProtectionName[];
  /** With this protection on, something else is dialled in its place. */
  readonly insteadOf?: ProtectionName;
}

/**
 * Who dials whom. The edge has a dialling end in every region, because its users are there. A link that nobody dials does
 * not exist: a fault on it would be proven by the testbed's own probe, and nobody could ever feel it.
 */
const DIALS: readonly Dial[] = [
  { from: "edge", to: "balancer", port: "http", reach: "any" },
  { from: "balancer", to: "app", port: "http", reach: "own" },
  { from: "balancer", to: "app", port: "agent", reach: "own", needs: ["weights"] },
  { from: "app", to: "cache", port: "redis", reach: "own", needs: ["warm-tier"] },
  { from: "app", to: "carts", port: "redis", reach: "any", needs: ["carts"] },
  { from: "app", to: "pooler", port: "sql", reach: "any", needs: ["pooler"] },
  { from: "app", to: "primary", port: "sql", reach: "any", insteadOf: "pooler" },
  { from: "app", to: "replica", port: "sql", reach: "own", needs: ["replicas"] },
  { from: "app", to: "reports", port: "sql", reach: "any", needs: ["reports"] },
  { from: "app", to: "warehouse", port: "http", reach: "any", needs: ["warehouse"] },
  { from: "app", to: "payment", port: "http", reach: "any", insteadOf: "queue" },
  { from: "pooler", to: "primary", port: "sql", reach: "any" },
  { from: "replica", to: "primary", port: "sql", reach: "any" },
  { from: "reports", to: "primary", port: "sql", reach: "any" },
  { from: "relay", to: "primary", port: "sql", reach: "any" },
  { from: "relay", to: "queue", port: "redis", reach: "any", needs: ["queue"] },
  { from: "relay", to: "cache", port: "redis", reach: "any", needs: ["stock-feed", "warm-tier"] },
  { from: "worker", to: "queue", port: "redis", reach: "any" },
  { from: "worker", to: "pooler", port: "sql", reach: "any", needs: ["pooler"] },
  { from: "worker", to: "primary", port: "sql", reach: "any", insteadOf: "pooler" },
  { from: "worker", to: "payment", port: "http", reach: "any" },
  { from: "warehouse", to: "reports", port: "sql", reach: "any" },
];

/**
 * Parts that serve protections alone: without all of these nobody asks them for anything, and they are not run. Replicas
 * also confirm orders, the reports' replica also feeds the warehouse.
 */
const SERVES: Partial<Readonly<Record<Role, readonly ProtectionName[]>>> = {
  cache: ["warm-tier"],
  carts: ["carts"],
  queue: ["queue"],
  worker: ["queue"],
  relay: ["queue", "queries", "stock-feed"],
  pooler: ["pooler"],
  replica: ["replicas", "quorum"],
  reports: ["reports", "warehouse"],
  warehouse: ["warehouse"],
};

/** Name of a node: the number where a role has several in a region, the region where it has one in each. */
function node(
  role: Role,
  region: Region,
  index: number,
  naming: "numbered" | "regional" | "single" | "counted",
): NodeSpec {
  const id = {
    numbered: `${role}-${region}-${index}`,
    regional: `${role}-${region}`,
    single: role,
    counted: `${role}-${index}`,
  }[naming];
  return { id, role, region, index, cpu: CPU[role] };
}

function apps(region: Region, running: number, places: number): readonly NodeSpec[] {
  return Array.from({ length: places }, (_, i) => {
    const spec = node("app", region, i + 1, "numbered");
    return i < running ? spec : { ...spec, spare: true as const };
  });
}

function isDialled(dial: Dial, on: readonly ProtectionName[]): boolean {
  return (dial.needs ?? []).every((name) => on.includes(name)) && !on.some((name) => name === dial.insteadOf);
}

function linksOf(nodes: readonly NodeSpec[], on: readonly ProtectionName[]): readonly LinkSpec[] {
  const links: LinkSpec[] = [];
  for (const dial of DIALS.filter((each) => isDialled(each, on))) {
    const regions =
      dial.from === "edge"
        ? REGIONS
        : REGIONS.filter((region) => nodes.some((spec) => spec.role === dial.from && spec.region === region));
    const present = nodes.some((spec) => spec.role === dial.from);
    for (const region of present ? regions : []) {
      for (const to of nodes) {
        if (to.role !== dial.to || (dial.reach === "own" && to.region !== region)) continue;
        links.push({
          id: `${dial.from}@${region}>${to.id}${dial.port === "agent" ? ":agent" : ""}`,
          from: { role: dial.from, region },
          to: to.id,
          port: dial.port,
          roundTripMs: to.region === region ? 0 : INTER_REGION_ROUND_TRIP_MS,
        });
      }
    }
  }
  return links;
}

function scaledNodes(): readonly NodeSpec[] {
  return [
    node("primary", HOME, 1, "single"),
    ...REGIONS.map((region) => node("replica", region, 1, "regional")),
    node("reports", HOME, 1, "single"),
    node("pooler", HOME, 1, "single"),
    ...REGIONS.map((region) => node("cache", region, 1, "regional")),
    ...REGIONS.map((region) => node("carts", region, 1, "regional")),
    node("queue", HOME, 1, "single"),
    node("payment", HOME, 1, "single"),
    ...REGIONS.flatMap((region) => apps(region, APPS_RUNNING, APPS_PLACES)),
    node("relay", HOME, 1, "single"),
    node("worker", HOME, 1, "counted"),
    node("worker", HOME, 2, "counted"),
    node("warehouse", HOME, 1, "single"),
    ...REGIONS.map((region) => node("balancer", region, 1, "regional")),
    node("edge", HOME, 1, "single"),
  ];
}

/** The shop's first architecture: one process, one database, in one region; its payment provider is the world's. */
function monolithNodes(): readonly NodeSpec[] {
  return [
    node("primary", HOME, 1, "single"),
    node("payment", HOME, 1, "single"),
    ...apps(HOME, 1, 1),
    node("balancer", HOME, 1, "regional"),
    node("edge", HOME, 1, "single"),
  ];
}

/**
 * The topology of a system. `without` names protections to leave out; the monolith has none to begin with. `planted`
 * gives the shop a bug.
 */
export function topologyOf(system: SystemName, without: readonly ProtectionName[] = [], planted?: BugName): Topology {
  const bug = BUGS.find(({ name }) => name === planted);
  const protections = system === "monolith" ? [] : PROTECTION_NAMES.filter((name) => !without.includes(name));
  const nodes = (system === "scaled" ? scaledNodes() : monolithNodes()).filter(
    ({ role }) => SERVES[role]?.some((name) => protections.includes(name)) ?? true,
  );
  return {
    system,
    regions: REGIONS,
    nodes,
    links: linksOf(nodes, protections),
    protections,
    ...(bug === undefined ? {} : { plantedBug: { name: bug.name, does: bug.does } }),
  };
}
