import { expect, test } from "vitest";
import type { ServiceInput } from "#core/service.ts";
import type { SystemName } from "#core/topology.ts";
import { PROTECTION_NAMES, type ProtectionName } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { parseAppConfig } from "./config.ts";
import { app } from "./service.ts";

/** A port for each link, so that a test sees who is dialled. */
function configOf(system: SystemName, node: string, without: readonly ProtectionName[] = []) {
  const topology = topologyOf(system, without);
  const spec = topology.nodes.find((each) => each.id === node);
  if (spec === undefined) throw new Error(`no node ${node}`);
  const dialled = new Map<number, string>();
  const input: ServiceInput = {
    node: spec,
    topology,
    folder: "/run/app",
    listen: (port) => ({ host: "127.0.0.1", port: port === "http" ? 1 : 2 }),
    dial(to) {
      const link = topology.links.findIndex(
        (each) => each.from.role === "app" && each.from.region === spec.region && each.to === to,
      );
      if (link < 0) throw new Error(`no link from app@${spec.region} to ${to}`);
      dialled.set(link + 10, to);
      return { host: "127.0.0.1", port: link + 10 };
    },
    secret: (name) => `secret of ${name}`,
    seed: "s",
    scale: 500,
  };
  const launch = app.launch(input);
  const config = parseAppConfig(JSON.parse(launch.files[0]?.content ?? ""));
  const at = (address: { readonly port: number } | undefined) =>
    address === undefined ? undefined : dialled.get(address.port);
  return { launch, config, at };
}

test("in the scaled shop it dials its own region's cache and replica, and the carts of every region", () => {
  const { config, at, launch } = configOf("scaled", "app-us-2");
  expect(at(config.database.primary)).toBe("pooler");
  expect(at(config.database.replica)).toBe("replica-us");
  expect(at(config.database.reports)).toBe("reports");
  expect(at(config.cache?.address)).toBe("cache-us");
  expect(at(config.carts?.regions.eu)).toBe("carts-eu");
  expect(at(config.carts?.regions.us)).toBe("carts-us");
  expect(at(config.warehouse)).toBe("warehouse");
  expect(config.payment).toBeUndefined();
  expect(config.protections.size).toBe(PROTECTION_NAMES.length);
  expect(launch.argv.at(-1)).toBe("/run/app/config.json");
  expect(JSON.stringify(launch.argv) + JSON.stringify(launch.env)).not.toContain("secret");
});

test("the monolith dials its one database and the payment provider, and has no protection", () => {
  const { config, at } = configOf("monolith", "app-eu-1");
  expect(at(config.database.primary)).toBe("primary");
  expect(config.protections.size).toBe(0);
  expect([config.database.replica, config.cache, config.carts, config.warehouse]).toEqual(Array(4).fill(undefined));
  expect(at(config.payment?.address)).toBe("payment");
});

test("without the pooler, the replicas and the reports' server everything goes to the primary", () => {
  const { config, at } = configOf("scaled", "app-eu-1", ["pooler", "replicas", "reports"]);
  expect(at(config.database.primary)).toBe("primary");
  expect(config.database.replica).toBeUndefined();
  expect(config.database.reports).toBeUndefined();
});
