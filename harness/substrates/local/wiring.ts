import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Address, Service, ServiceInput } from "#core/service.ts";
import type { StageLink } from "#core/substrate.ts";
import type { NodeSpec, Role, Topology } from "#core/topology.ts";

type Services = Readonly<Record<Role, Service>>;

/** A link with both of its ends. */
export interface WiredLink extends StageLink {
  /** Far end: where the dialled node listens. */
  readonly far: Address;
}

/** Every address of a raised topology. */
export interface Wiring {
  readonly proxyApi: Address;
  readonly links: readonly WiredLink[];
  portsOf(node: string): readonly { readonly name: string; readonly address: Address }[];
  direct(node: string, port: string): Address;
}

/** One for the proxies' control, one for each named port of a node, one for the near end of each link. */
export function portsNeeded(topology: Topology, services: Services): number {
  const own = topology.nodes.reduce((sum, node) => sum + services[node.role].ports.length, 0);
  return 1 + own + topology.links.length;
}

/** Gives every listener its port, in the order of the topology. */
export function wire(topology: Topology, services: Services, ports: readonly number[]): Wiring {
  const left = ports.values();
  const take = (): Address => {
    const { value } = left.next();
    if (value === undefined) throw new RangeError(`${ports.length} ports are too few for this topology`);
    return { host: "127.0.0.1", port: value };
  };
  const proxyApi = take();
  const listeners = new Map(
    topology.nodes.map((node) => [node.id, services[node.role].ports.map((name) => ({ name, address: take() }))]),
  );
  const portsOf: Wiring["portsOf"] = (node) => {
    const found = listeners.get(node);
    if (found === undefined) throw new RangeError(`there is no node "${node}"`);
    return found;
  };
  const direct: Wiring["direct"] = (node, port) => {
    const found = portsOf(node).find(({ name }) => name === port);
    if (found === undefined) throw new RangeError(`node "${node}" has no port "${port}"`);
    return found.address;
  };
  const links = topology.links.map((spec) => ({
    spec,
    proxy: proxyName(spec.id),
    near: take(),
    far: direct(spec.to, spec.port),
  }));
  return { proxyApi, links, portsOf, direct };
}

/** `app@us>pooler` becomes `app_us_pooler`: it is part of addresses of the proxies' control. */
export function proxyName(link: string): string {
  return link.replace(/[^a-zA-Z0-9-]+/g, "_");
}

/** Passwords of one run: the same for everybody who asks by the same name, and never the same again. */
export function runSecrets(): (name: string) => string {
  const secrets = new Map<string, string>();
  return (name) => {
    const known = secrets.get(name) ?? randomBytes(16).toString("hex");
    secrets.set(name, known);
    return known;
  };
}

/** What a service is told about the node that it is to run on. */
export function serviceInput(
  node: NodeSpec,
  topology: Topology,
  wiring: Wiring,
  run: {
    readonly folder: string;
    readonly seed: string;
    readonly scale: number;
    readonly secret: (name: string) => string;
  },
): ServiceInput {
  return {
    node,
    topology,
    folder: join(run.folder, node.id),
    seed: run.seed,
    scale: run.scale,
    secret: run.secret,
    listen: (port) => wiring.direct(node.id, port),
    dial(to, port, fromRegion = node.region) {
      const link = wiring.links.find(
        ({ spec }) =>
          spec.from.role === node.role &&
          spec.from.region === fromRegion &&
          spec.to === to &&
          (port === undefined || spec.port === port),
      );
      if (link === undefined) {
        const wanted = port === undefined ? to : `${to}, port "${port}"`;
        throw new RangeError(`the topology has no link from ${node.role} in ${fromRegion} to ${wanted}`);
      }
      return link.near;
    },
  };
}
