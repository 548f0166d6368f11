import pg from "pg";
import type { RunContext } from "#core/context.ts";
import type { Stage } from "#core/substrate.ts";
import { selectNodes } from "#core/topology.ts";
import { type WarmEntry, type WarmPolicy, warmEntry } from "#system/app/cache/keys.ts";
import { ADMINISTRATOR, ADMINISTRATOR_SECRET, DATABASE } from "#system/postgres/names.ts";
import { REGION_SHARES, storedAt, viewsPerMs } from "./day.ts";
import { fill } from "./fill.ts";
import { type CatalogueValue, catalogueValues, readValues } from "./values.ts";

/**
 * What the shop did before the surge: it was open. Fills each region's warm tier as an hour of the normal day at full
 * scale leaves it, with values of all ages; the processes' hot tiers stay empty. A shop without a warm tier has nothing
 * to remember.
 */
export async function open(stage: Stage, ctx: RunContext): Promise<void> {
  const { protections } = stage.topology;
  const caches = selectNodes(stage.topology, { role: "cache" });
  if (caches.length === 0 || !protections.includes("warm-tier")) return;
  const values = await catalogueValues(() => readFrom(stage));
  const policy: WarmPolicy = { jitter: protections.includes("jitter"), stale: protections.includes("stale") };
  const now = ctx.clock.wall();
  await Promise.all(
    caches.map(async (node) => {
      const random = ctx.random(`opening/${node.region}`);
      const entries = warmEntries(values, REGION_SHARES[node.region], now, policy, random);
      await fill(stage.direct(node.id, "redis"), stage.secret("cache"), entries);
    }),
  );
}

/** The warm tier of a region at this moment. */
export function warmEntries(
  values: readonly CatalogueValue[],
  regionShare: number,
  now: number,
  policy: WarmPolicy,
  random: ReturnType<RunContext["random"]>,
): readonly WarmEntry[] {
  const ranks = new Map<string, number>();
  for (const { kind } of values) ranks.set(kind, (ranks.get(kind) ?? 0) + 1);
  const entries: WarmEntry[] = [];
  const seen = new Map<string, number>();
  for (const { kind, id, json } of values) {
    const rank = (seen.get(kind) ?? 0) + 1;
    seen.set(kind, rank);
    const rate = viewsPerMs(kind, rank, ranks.get(kind) ?? 1, regionShare);
    const at = storedAt(kind, id, rate, now, policy, random);
    if (at === undefined) continue;
    const entry = warmEntry(kind, id, json, at, policy);
    const ttlMs = Math.ceil(entry.ttlMs - (now - at));
    if (ttlMs > 0) entries.push({ ...entry, ttlMs });
  }
  return entries;
}

/** The replica for reports, where there is one: the values are the same, and nobody waits for it. */
async function readFrom(stage: Stage): Promise<readonly CatalogueValue[]> {
  const node =
    selectNodes(stage.topology, { role: "reports" })[0] ?? selectNodes(stage.topology, { role: "primary" })[0];
  if (node === undefined) throw new Error("the shop has no database to fill its warm tier from");
  const client = new pg.Client({
    ...stage.direct(node.id, "sql"),
    user: ADMINISTRATOR,
    password: stage.secret(ADMINISTRATOR_SECRET),
    database: DATABASE,
    application_name: "opening",
    connectionTimeoutMillis: 2_000,
    // Once for each state of the catalogue, on a machine of less than half a core.
    query_timeout: 120_000,
  });
  await client.connect();
  try {
    return await readValues(client);
  } finally {
    await client.end();
  }
}
