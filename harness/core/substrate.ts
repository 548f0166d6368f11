import type { RunContext } from "./context.ts";
import type { ProbeReading } from "./injector.ts";
import type { ProcessIdentity } from "./journal.ts";
import type { Address } from "./service.ts";
import type { LinkSelector, LinkSpec, NodeSelector, NodeSpec, Topology } from "./topology.ts";

/** What a stage can do beyond standing; an injector asks for it by name. */
export type Ability = "kill" | "pause" | "links";

/** Of a stage that does not stand yet, or of none in particular. */
export const EVERY_ABILITY: ReadonlySet<Ability> = new Set(["kill", "pause", "links"]);

export interface StageLink {
  readonly spec: LinkSpec;
  /** Name of the proxy that carries the link. */
  readonly proxy: string;
  /** Near end: what the dialling side connects to. */
  readonly near: Address;
}

/** A probe of one data path. It holds a connection from its creation on, so that old and new connections are both seen. */
export interface PathProbe extends AsyncDisposable {
  readonly target: string;
  /** Resolves within `deadlineMs` plus the connect time, whatever the path does. */
  measure(deadlineMs: number): Promise<ProbeReading>;
}

/** A standing shop. Disposing it ends everything that it started, logs first. */
export interface Stage extends AsyncDisposable {
  readonly substrate: string;
  readonly topology: Topology;
  readonly can: ReadonlySet<Ability>;
  /** HTTP address of the edge: the only door for load. */
  readonly edge: Address;
  nodes(selector: NodeSelector): readonly NodeSpec[];
  links(selector: LinkSelector): readonly StageLink[];
  /** Direct address of a node's named port, past the links: for evidence and samples, never for load. */
  direct(node: string, port: string): Address;
  /** Every named port of a node with its direct address. */
  portsOf(node: string): readonly { readonly name: string; readonly address: Address }[];
  /** The run's password by name, for evidence. */
  secret(name: string): string;
  /** A probe through a link, in the protocol of the dialled part. */
  probeLink(link: StageLink): Promise<PathProbe>;
  /** A probe of a node itself, at its direct address. */
  probeNode(node: NodeSpec): Promise<PathProbe>;
  /** Control address of the proxies: ability `links`. */
  readonly proxyApi: string;
  /** Ends a node with SIGKILL and holds its supervisor back until `release`. Ability `kill`. */
  kill(node: string): Promise<void>;
  /** Lets the supervisor of a killed node start it again; resolves when it is ready. Does nothing for a node that was not killed. */
  release(node: string): Promise<void>;
  /** Freezes every process of a node. Ability `pause`. */
  pause(node: string): Promise<void>;
  /** Does nothing for a node that is not paused. */
  resume(node: string): Promise<void>;
  /** The process that stands for a node: an injector sees by it that a kill was one, and a journal says what to continue. Absent where a substrate has none. */
  identity?(node: string): ProcessIdentity | undefined;
  /** File that a node's log is written to. Absent where a substrate keeps none. */
  logPath?(node: string): string;
  /** CPU seconds and memory of each part so far, by node id; `network` is the proxies, `generator` the load generator. */
  usage?(): Promise<Readonly<Record<string, { readonly cpuSeconds: number; readonly rssBytes: number }>>>;
  /** What the substrate is and what it enforces, for the report: machine, versions, how sizes are enforced. */
  facts(): Readonly<Record<string, unknown>>;
}

export interface Substrate {
  readonly name: string;
  readonly can: ReadonlySet<Ability>;
  /**
   * Resolves when every node is ready; otherwise removes what it half built and throws. The history then has a `ready` of
   * each node, and of `network` for the links: a part that nobody saw stand is not believed to have stood.
   */
  raise(topology: Topology, options: RaiseOptions, ctx: RunContext): Promise<Stage>;
}

export interface RaiseOptions {
  readonly scale: number;
  progress(line: string): void;
}
