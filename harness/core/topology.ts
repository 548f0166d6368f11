/** A part of the shop, by its job. The same word in code, docs and report. */
export type Role =
  | "edge"
  | "balancer"
  | "app"
  | "cache"
  | "carts"
  | "queue"
  | "pooler"
  | "primary"
  | "replica"
  | "reports"
  | "worker"
  | "relay"
  | "warehouse"
  | "payment";

export type Region = "eu" | "us";

/** One machine of the shop. */
export interface NodeSpec {
  /** Unique and stable, made of role, region and number: `app-eu-1`, `cache-us`, `primary`. */
  readonly id: string;
  readonly role: Role;
  readonly region: Region;
  /** Counts from 1 within role and region. */
  readonly index: number;
  /**
   * The machine's size in cores. It is in force from the shop's first readiness on: raising it may use the whole machine.
   * How, and whether at all, the stage's facts say.
   */
  readonly cpu: number;
  /** A slot for scaling out: balancers know it, nothing runs there until it is started. */
  readonly spare?: true;
}

/** A connection that one group of machines opens to one machine; every byte of it crosses one proxy. */
export interface LinkSpec {
  /** `<from role>@<from region>><to node>`, for example `app@us>pooler`. */
  readonly id: string;
  readonly from: { readonly role: Role; readonly region: Region };
  /** Node that is dialled. */
  readonly to: string;
  /** Named port of the dialled node. */
  readonly port: string;
  /** What the network between the two regions costs, there and back; 0 inside a region. */
  readonly roundTripMs: number;
}

export type SystemName = "scaled" | "monolith";

/** A mistake that a shop was given on purpose, to see whether it is found (`system/bugs.ts`). */
export interface PlantedBug {
  readonly name: string;
  /** What this shop does wrong, in a sentence. */
  readonly does: string;
}

/** The whole shop as data. Every way of deploying it derives from this. */
export interface Topology {
  readonly system: SystemName;
  readonly regions: readonly Region[];
  readonly nodes: readonly NodeSpec[];
  readonly links: readonly LinkSpec[];
  /** Names of the protections that are on (`system/switches.ts`). */
  readonly protections: readonly string[];
  /** Absent in every shop whose verdict says something of the shop itself. */
  readonly plantedBug?: PlantedBug;
}

/** Chooses nodes: by role, and where wanted by region and number. */
export interface NodeSelector {
  readonly role: Role;
  readonly region?: Region | undefined;
  readonly index?: number | undefined;
}

/** Chooses links: by the roles at both ends and the region of the end that dials. */
export interface LinkSelector {
  readonly from: Role;
  readonly to: Role;
  readonly region?: Region | undefined;
}

export function selectNodes(topology: Topology, selector: NodeSelector): readonly NodeSpec[] {
  return topology.nodes.filter(
    (node) =>
      node.role === selector.role &&
      (selector.region === undefined || node.region === selector.region) &&
      (selector.index === undefined || node.index === selector.index),
  );
}

export function selectLinks(topology: Topology, selector: LinkSelector): readonly LinkSpec[] {
  const targets = new Set(topology.nodes.filter((node) => node.role === selector.to).map((node) => node.id));
  return topology.links.filter(
    (link) =>
      link.from.role === selector.from &&
      targets.has(link.to) &&
      (selector.region === undefined || link.from.region === selector.region),
  );
}
