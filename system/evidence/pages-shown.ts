import { z } from "zod";
import type { RunContext } from "#core/context.ts";
import type { Stage } from "#core/substrate.ts";
import type { NodeSpec } from "#core/topology.ts";
import { nodesOf } from "./reach.ts";
import type { Part } from "./truth.ts";

/** A run moves the stock of some thousand products; the first of them by popularity are what people look at. */
const MOST_PRODUCTS = 2_000;

/** A page takes a replica about 2 ms. What this long does not suffice for (the monolith counts its reviews anew) stays unread. */
const LOOK_MS = 5_000;

/** Products asked for at once, each of all replicas: few enough that no page has to wait for a connection. */
const AT_ONCE = 4;

/** At rest a page needs milliseconds; one that is refused is asked for again. */
const PAGE_MS = 2_000;
const TRIES = 3;
const RETRY_MS = 200;

const pageSchema = z.object({ stock: z.int().nullable() });

/**
 * The stock that the page of each product shows, asked of each replica of the application past edge and balancers: what
 * lies in the tiers of that one process and its region, as its users would be told it.
 * @throws what a page said that could not be had.
 */
export async function readPages(stage: Stage, products: readonly number[], ctx: RunContext): Promise<Part<"pages">> {
  const replicas = nodesOf(stage, "app");
  const over = ctx.clock.now() + LOOK_MS;
  const rows: [number, (number | null)[]][] = [];
  const left = products.slice(0, MOST_PRODUCTS).values();
  const look = async (): Promise<void> => {
    for (const product of left) {
      if (ctx.clock.now() > over) return;
      rows.push([product, await Promise.all(replicas.map((replica) => stockShown(stage, replica, product, ctx)))]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  rows.sort(([a], [b]) => a - b);
  return { replicas: replicas.map(({ id }) => id), moved: products.length, rows };
}

async function stockShown(stage: Stage, replica: NodeSpec, product: number, ctx: RunContext): Promise<number | null> {
  const { host, port } = stage.direct(replica.id, "http");
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(`http://${host}:${port}/product/${product}`, { signal: AbortSignal.timeout(PAGE_MS) });
    const text = await response.text();
    if (response.ok) return pageSchema.parse(JSON.parse(text)).stock;
    // A page that is not there shows no stock, which is as wrong as a wrong one.
    if (response.status === 404) return null;
    if (attempt === TRIES) throw new Error(`${replica.id} answered ${response.status} to /product/${product}`);
    await ctx.clock.sleep(RETRY_MS, ctx.signal);
  }
}
