import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Topology } from "#core/topology.ts";
import { PROTECTION_NAMES } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { toolbox } from "../testing/parts.ts";
import { balancer, edge } from "./service.ts";
import { inputFor, writeFiles } from "./testing.ts";

const TOPOLOGIES: readonly (readonly [string, Topology])[] = [
  ["the scaled system", topologyOf("scaled")],
  ["the scaled system without any protection", topologyOf("scaled", PROTECTION_NAMES)],
  ["the monolith", topologyOf("monolith")],
  ...(["functional-check", "weights", "bounded-queue", "spill"] as const).map(
    (name) => [`the scaled system without ${name}`, topologyOf("scaled", [name])] as const,
  ),
];

test.each(TOPOLOGIES)("HAProxy accepts both configurations of %s without a warning", async (_name, topology) => {
  const { haproxy } = await toolbox();
  const nodes = topology.nodes.filter((node) => node.role === "edge" || node.role === "balancer");
  for (const node of nodes) {
    const launch = (node.role === "edge" ? edge : balancer).launch(inputFor(topology, node.id));
    await using folder = await writeFiles(launch.files);
    const { stdout, stderr } = await promisify(execFile)(haproxy.path, ["-c", "-f", folder.config], {
      env: haproxy.env,
    });
    expect(`${stdout}${stderr}`.trim()).toBe("Configuration file is valid");
  }
});

test("the edge's routes are what was agreed", () => {
  const [config] = edge.launch(inputFor(topologyOf("scaled"), "edge")).files;
  expect(config?.content).toMatchSnapshot();
});

test("the balancer of a region is what was agreed", () => {
  const [config] = balancer.launch(inputFor(topologyOf("scaled"), "balancer-us")).files;
  expect(config?.content).toMatchSnapshot();
});

test("the monolith's users of both regions are served by the one that there is", () => {
  const [config] = edge.launch(inputFor(topologyOf("monolith"), "edge")).files;
  expect(config?.content).toContain("use_backend eu-to-eu if { var(txn.origin) -m str eu }");
  expect(config?.content).toContain("use_backend us-to-eu if { var(txn.origin) -m str us }");
  expect(config?.content).not.toContain("nbsrv");
});
