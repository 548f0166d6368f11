import { z } from "zod";
import type { LinkSelector, NodeSelector, Region, Role } from "#core/topology.ts";

/** Every role once; the type makes a forgotten one an error. */
const ROLES: { readonly [R in Role]: R } = {
  edge: "edge",
  balancer: "balancer",
  app: "app",
  cache: "cache",
  carts: "carts",
  queue: "queue",
  pooler: "pooler",
  primary: "primary",
  replica: "replica",
  reports: "reports",
  worker: "worker",
  relay: "relay",
  warehouse: "warehouse",
  payment: "payment",
};

const REGIONS: { readonly [R in Region]: R } = { eu: "eu", us: "us" };

const role = z.enum(ROLES);
const region = z.enum(REGIONS).optional();

/** The largest number that a node of a role may have: far above any topology, low enough to catch a port or a count. */
const MAX_INDEX = 1_000;

export const nodeSelectorSchema = z.strictObject({
  role,
  region,
  index: z.number().int().min(1).max(MAX_INDEX).optional(),
});

export const linkSelectorSchema = z.strictObject({ from: role, to: role, region });

/** Nodes of a role: `node("app", { region: "eu", index: 2 })`. Without a number, all of them. */
export function node(role: Role, choice: { readonly region?: Region; readonly index?: number } = {}): NodeSelector {
  return { role, ...choice };
}

/** The connections between two roles: `link("app", "cache", { region: "eu" })`, the region being that of the dialling end. */
export function link(from: Role, to: Role, choice: { readonly region?: Region } = {}): LinkSelector {
  return { from, to, ...choice };
}
