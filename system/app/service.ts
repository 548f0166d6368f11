import { join } from "node:path";
import type { Service, ServiceInput } from "#core/service.ts";
import type { Role } from "#core/topology.ts";
import { bugNamed } from "#system/bugs.ts";
import { PROTECTION_NAMES } from "#system/switches.ts";
import type { AppSettings } from "./config.ts";

/** Compiled code is kept between starts: a replica then starts in half the processor time (measured: 0.34 s to 0.6 s). */
const COMPILE_CACHE = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "node-compile");

/** A replica of the shop's application: one process. */
export const app: Service = {
  ports: ["http", "agent"],
  launch(input) {
    const configPath = join(input.folder, "config.json");
    return {
      program: "node",
      argv: [join(import.meta.dirname, "main.ts"), configPath],
      env: { NODE_ENV: "production", NODE_COMPILE_CACHE: COMPILE_CACHE },
      files: [{ path: "config.json", content: JSON.stringify(settingsOf(input), null, 2) }],
      asServiceUser: false,
      ready: { kind: "http", port: "http", path: "/readyz" },
      // The balancer needs about a second to notice a drain, the longest answers under way take two more.
      stop: { signal: "SIGTERM", graceMs: 5_000 },
      // It starts beside its dependencies and becomes ready when they are.
      after: [],
    };
  },
};

function settingsOf(input: ServiceInput): AppSettings {
  const on = new Set<string>(input.topology.protections);
  const present = (role: Role) => input.topology.nodes.filter((node) => node.role === role);
  const once = (role: Role) => {
    const node = present(role)[0];
    return node === undefined ? undefined : input.dial(node.id);
  };
  const inRegion = (role: Role) => {
    const node = present(role).find((each) => each.region === input.node.region);
    return node === undefined ? undefined : input.dial(node.id);
  };
  const bug = bugNamed(input.topology.plantedBug?.name);
  const cache = inRegion("cache");
  const carts = present("carts");
  const replica = on.has("replicas") ? inRegion("replica") : undefined;
  const reports = on.has("reports") ? once("reports") : undefined;
  const warehouse = on.has("warehouse") ? once("warehouse") : undefined;
  // With `queue` the workers pay.
  const payment = on.has("queue") ? undefined : once("payment");
  const primary = (on.has("pooler") ? once("pooler") : undefined) ?? once("primary");
  if (primary === undefined) throw new Error("the shop's application needs a primary in the topology");
  return {
    id: input.node.id,
    region: input.node.region,
    listen: { http: input.listen("http"), agent: input.listen("agent") },
    protections: PROTECTION_NAMES.filter((name) => on.has(name)),
    ...(bug === undefined ? {} : { plantedBug: bug }),
    database: {
      user: "shop",
      name: "shop",
      password: input.secret("database"),
      primary,
      ...(replica === undefined ? {} : { replica }),
      ...(reports === undefined ? {} : { reports }),
    },
    ...(cache === undefined ? {} : { cache: { address: cache, password: input.secret("cache") } }),
    ...(carts.length === 0
      ? {}
      : {
          carts: {
            regions: Object.fromEntries(carts.map((node) => [node.region, input.dial(node.id)])),
            password: input.secret("carts"),
          },
        }),
    ...(warehouse === undefined ? {} : { warehouse }),
    ...(payment === undefined ? {} : { payment: { address: payment, token: input.secret("payment") } }),
  };
}
