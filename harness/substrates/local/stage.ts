import { cpus, release, totalmem } from "node:os";
import type { ProcessIdentity } from "#core/journal.ts";
import type { Address } from "#core/service.ts";
import type { Ability, PathProbe, Stage, StageLink } from "#core/substrate.ts";
import {
  type LinkSelector,
  type NodeSelector,
  type NodeSpec,
  selectLinks,
  selectNodes,
  type Topology,
} from "#core/topology.ts";
import type { Fleet } from "./fleet.ts";
import type { MachineSizes } from "./machine-sizes.ts";
import { NETWORK, type Network } from "./network.ts";
import { type LocalParts, protocolOf } from "./parts.ts";
import { type Usage, usageReader } from "./usage.ts";
import type { Wiring } from "./wiring.ts";

export const ABILITIES: ReadonlySet<Ability> = new Set(["kill", "pause", "links"]);

export interface StageParts {
  readonly parts: LocalParts;
  readonly topology: Topology;
  readonly wiring: Wiring;
  readonly fleet: Fleet;
  readonly network: Network;
  readonly sizes: MachineSizes;
  readonly secret: (name: string) => string;
  readonly ports: string;
  dispose(): Promise<void>;
}

/** A shop that stands on this machine as processes. */
export class LocalStage implements Stage {
  readonly substrate = "local";
  readonly can = ABILITIES;
  readonly topology: Topology;
  readonly proxyApi: string;
  readonly #parts: StageParts;
  readonly #usage: () => Readonly<Record<string, Usage>>;
  #disposed: Promise<void> | undefined;

  constructor(parts: StageParts) {
    const { fleet, network, sizes } = parts;
    this.#parts = parts;
    this.topology = parts.topology;
    this.proxyApi = network.api;
    const roots = () => new Map([...fleet.identities(), [NETWORK, network.identity]]);
    this.#usage = usageReader(sizes, roots, parts.parts.toolbox.k6.path);
  }

  get edge(): Address {
    const [edge] = this.nodes({ role: "edge" });
    if (edge === undefined) throw new RangeError("this topology has no edge");
    return this.direct(edge.id, "http");
  }

  nodes(selector: NodeSelector): readonly NodeSpec[] {
    return selectNodes(this.topology, selector);
  }

  links(selector: LinkSelector): readonly StageLink[] {
    const wanted = new Set(selectLinks(this.topology, selector).map(({ id }) => id));
    return this.#parts.wiring.links.filter(({ spec }) => wanted.has(spec.id));
  }

  direct(node: string, port: string): Address {
    return this.#parts.wiring.direct(node, port);
  }

  portsOf(node: string): readonly { readonly name: string; readonly address: Address }[] {
    return this.#parts.wiring.portsOf(node);
  }

  secret(name: string): string {
    return this.#parts.secret(name);
  }

  probeLink({ spec, near }: StageLink): Promise<PathProbe> {
    const to = this.topology.nodes.find(({ id }) => id === spec.to);
    if (to === undefined) throw new RangeError(`link ${spec.id} leads to no node`);
    return this.#parts.parts.openProbe({
      target: spec.id,
      address: near,
      protocol: protocolOf(to.role, spec.port),
    });
  }

  probeNode(node: NodeSpec): Promise<PathProbe> {
    const [first] = this.portsOf(node.id);
    if (first === undefined) throw new RangeError(`node ${node.id} listens nowhere`);
    return this.#parts.parts.openProbe({
      target: node.id,
      address: first.address,
      protocol: protocolOf(node.role, first.name),
    });
  }

  kill(node: string): Promise<void> {
    return this.#parts.fleet.node(node).kill();
  }

  release(node: string): Promise<void> {
    return this.#parts.fleet.node(node).release();
  }

  async pause(node: string): Promise<void> {
    this.#parts.fleet.node(node).pause();
  }

  async resume(node: string): Promise<void> {
    this.#parts.fleet.node(node).resume();
  }

  identity(node: string): ProcessIdentity | undefined {
    return this.#parts.fleet.node(node).identity;
  }

  logPath(node: string): string {
    return this.#parts.fleet.node(node).plan.logPath;
  }

  async usage(): Promise<Readonly<Record<string, Usage>>> {
    return this.#usage();
  }

  facts(): Readonly<Record<string, unknown>> {
    const { sizes, ports } = this.#parts;
    const proxies = this.#parts.parts.toolbox["toxiproxy-server"];
    return {
      machine: `${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}`,
      memoryBytes: totalmem(),
      kernel: release(),
      sizes: sizes.detail,
      sizesKind: sizes.kind,
      proxies: `Toxiproxy ${proxies.version}`,
      ports,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#parts.dispose();
    await this.#disposed;
  }
}
