import { join } from "node:path";
import type { Service, ServiceInput, ServiceLaunch } from "#core/service.ts";
import { bugNamed } from "#system/bugs.ts";
import type { DatabaseAddress, RelayConfig, WorkerConfig } from "./config.ts";

/** Both start at once with everything else and try until their dependencies are there. */
function launch(input: ServiceInput, program: string, config: RelayConfig | WorkerConfig): ServiceLaunch {
  return {
    program: "node",
    argv: [join(import.meta.dirname, program), join(input.folder, "config.json")],
    env: {},
    files: [{ path: "config.json", content: JSON.stringify(config, null, 2) }],
    asServiceUser: false,
    ready: { kind: "http", port: "http", path: "/livez" },
    // Jobs in hand are given 2 s to finish; the rest is closing connections.
    stop: { signal: "SIGTERM", graceMs: 3_000 },
    after: [],
  };
}

function plantedBug(input: ServiceInput): Pick<WorkerConfig, "plantedBug"> {
  const bug = bugNamed(input.topology.plantedBug?.name);
  return bug === undefined ? {} : { plantedBug: bug };
}

function database(input: ServiceInput, node: string): DatabaseAddress {
  return { ...input.dial(node, "sql"), user: "shop", password: input.secret("database"), database: "shop" };
}

function queue(input: ServiceInput): WorkerConfig["queue"] {
  return { ...input.dial("queue", "redis"), password: input.secret("queue") };
}

function warmTiers(input: ServiceInput): RelayConfig["warmTiers"] {
  const { nodes, protections } = input.topology;
  if (!protections.includes("stock-feed") || !protections.includes("warm-tier")) return [];
  return nodes
    .filter((node) => node.role === "cache")
    .map((node) => ({ region: node.region, ...input.dial(node.id, "redis"), password: input.secret("cache") }));
}

/** Outbox to queue, sales to the warm tiers, overdue orders back to the queue, rollups. */
export const relay: Service = {
  ports: ["http"],
  launch(input) {
    const { protections } = input.topology;
    return launch(input, "relay-main.ts", {
      node: input.node.id,
      listen: input.listen("http"),
      ...plantedBug(input),
      database: database(input, "primary"),
      ...(protections.includes("queue") ? { queue: queue(input) } : {}),
      warmTiers: warmTiers(input),
      refreshesRollups: protections.includes("queries"),
    });
  },
};

/** Payment capture, stock booking and confirmation of accepted orders. */
export const worker: Service = {
  ports: ["http"],
  launch(input) {
    return launch(input, "worker-main.ts", {
      node: input.node.id,
      listen: input.listen("http"),
      ...plantedBug(input),
      database: database(input, input.topology.protections.includes("pooler") ? "pooler" : "primary"),
      queue: queue(input),
      payment: { ...input.dial("payment", "http"), token: input.secret("payment") },
    });
  },
};
