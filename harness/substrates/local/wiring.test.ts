import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Service } from "#core/service.ts";
import { services } from "#system/catalogue.ts";
import { topologyOf } from "#system/topology.ts";
import { portsNeeded, proxyName, runSecrets, serviceInput, wire } from "./wiring.ts";

const topology = topologyOf("scaled");
const ports = Array.from({ length: portsNeeded(topology, services) }, (_, i) => 20_000 + i);
const wiring = wire(topology, services, ports);

function inputOf(id: string) {
  const node = topology.nodes.find((each) => each.id === id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return serviceInput(node, topology, wiring, { folder: "/state/runs/r", seed: "s", scale: 500, secret: runSecrets() });
}

describe("wiring the shop", () => {
  test("gives every listener a port of its own and uses all that it asked for", () => {
    const used = [
      wiring.proxyApi,
      ...topology.nodes.flatMap(({ id }) => wiring.portsOf(id).map(({ address }) => address)),
      ...wiring.links.map(({ near }) => near),
    ].map(({ port }) => port);
    expect(used.toSorted((a, b) => a - b)).toEqual(ports);
  });

  test("leads each link from its near end to the port that the dialled node listens on", () => {
    for (const { spec, far } of wiring.links) expect(far).toEqual(wiring.direct(spec.to, spec.port));
  });

  test("lets a node dial the near end of its own region's link", () => {
    const near = wiring.links.find(({ spec }) => spec.id === "app@us>pooler")?.near;
    expect(inputOf("app-us-1").dial("pooler")).toEqual(near);
    expect(inputOf("app-eu-1").dial("pooler")).not.toEqual(near);
    expect(inputOf("edge").dial("balancer-us", "http", "us")).not.toEqual(
      inputOf("edge").dial("balancer-us", "http", "eu"),
    );
  });

  test("refuses to dial where the topology has no link", () => {
    expect(() => inputOf("app-eu-1").dial("cache-us")).toThrow(/no link from app in eu to cache-us/);
    expect(() => inputOf("app-eu-1").listen("nothing")).toThrow(/no port "nothing"/);
  });

  test("names proxies so that they can be part of an address and still differ", () => {
    const names = topology.links.map(({ id }) => proxyName(id));
    expect(new Set(names).size).toBe(names.length);
    fc.assert(fc.property(fc.constantFrom(...names), (name) => encodeURIComponent(name) === name));
  });

  test("gives one password a name, and another one in another run", () => {
    const [one, other] = [runSecrets(), runSecrets()];
    expect(one("shop")).toMatch(/^[0-9a-f]{32}$/);
    expect(one("shop")).toBe(one("shop"));
    expect(one("shop")).not.toBe(one("queue"));
    expect(one("shop")).not.toBe(other("shop"));
  });

  test("counts ports of services that listen on several", () => {
    const twice = { ports: ["http", "stats"] } as unknown as Service;
    expect(portsNeeded({ ...topology, links: [] }, { ...services, edge: twice })).toBe(
      portsNeeded({ ...topology, links: [] }, services) + (2 - services.edge.ports.length),
    );
  });
});
