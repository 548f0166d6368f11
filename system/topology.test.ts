import { expect, test } from "vitest";
import type { Topology } from "#core/topology.ts";
import { services } from "./catalogue.ts";
import { PROTECTION_NAMES, type ProtectionName } from "./switches.ts";
import { topologyOf } from "./topology.ts";

/** Links that the parts' own descriptions dial, spare replicas included. Throws where one is missing. */
function dialled(topology: Topology): readonly string[] {
  const links = new Set<string>();
  for (const node of topology.nodes) {
    services[node.role].launch({
      node,
      topology,
      folder: "/run/part",
      listen: () => ({ host: "127.0.0.1", port: 1 }),
      dial(to, port, fromRegion = node.region) {
        const link = topology.links.find(
          (each) =>
            each.from.role === node.role &&
            each.from.region === fromRegion &&
            each.to === to &&
            each.port === (port ?? each.port),
        );
        if (link === undefined) throw new Error(`${node.id} dials ${to}, and there is no such link`);
        links.add(link.id);
        return { host: "127.0.0.1", port: 2 };
      },
      secret: (name) => name,
      seed: "s",
      scale: 500,
    });
  }
  return [...links].sort();
}

const SHOPS: readonly (readonly [string, Topology])[] = [
  ["the scaled shop", topologyOf("scaled")],
  ["the monolith", topologyOf("monolith")],
  ["the scaled shop without any protection", topologyOf("scaled", PROTECTION_NAMES)],
  ...PROTECTION_NAMES.map((name) => [`the shop without ${name}`, topologyOf("scaled", [name])] as const),
  ["the shop without replicas and quorum", topologyOf("scaled", ["replicas", "quorum"])],
  ["the shop without queue and pooler", topologyOf("scaled", ["queue", "pooler"])],
];

test.each(SHOPS)("%s has the links that its parts dial, and no other", (_name, topology) => {
  expect(dialled(topology)).toEqual(topology.links.map(({ id }) => id).sort());
});

test.each([
  ["warm-tier", "cache"],
  ["carts", "carts"],
  ["queue", "queue"],
  ["queue", "worker"],
  ["pooler", "pooler"],
  ["warehouse", "warehouse"],
] as const satisfies readonly (readonly [ProtectionName, string])[])("without %s there is no %s", (name, role) => {
  expect(topologyOf("scaled", [name]).nodes.map((node) => node.role)).not.toContain(role);
});

test("a replica that still confirms orders runs without its readers, and goes with its last use", () => {
  const roles = (without: readonly ProtectionName[]) => topologyOf("scaled", without).nodes.map(({ role }) => role);
  expect(roles(["replicas"])).toContain("replica");
  expect(roles(["replicas", "quorum"])).not.toContain("replica");
  expect(roles(["reports"])).toContain("reports");
  expect(roles(["reports", "warehouse"])).not.toContain("reports");
});
