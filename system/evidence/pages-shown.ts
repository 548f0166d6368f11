import { z } from "zod";
import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import type { Stage } from "#core/substrate.ts";
import type { NodeSpec } from "#core/topology.ts";
import { nodesOf } from "./reach.ts";
import type { Part, Shown } from "./truth.ts";

/**
 * All pages that are asked for take eight seconds (`pages-asked.ts`), or four times that on a machine that is busy with
 * other work. What is not read by then stays unread, and the run says so instead of passing.
 */
const LOOK_MS = 32_000;

/** Products asked for at once, each of all replicas: few enough that no page has to wait for a connection. */
const AT_ONCE = 4;

/** At rest a page needs milliseconds; one that is refused is asked for again. */
const PAGE_MS = 2_000;
const TRIES = 3;
const RETRY_MS = 200;

/** After so many pages that could not be had, nobody waits for more of the same. */
const MOST_UNREAD = 20;

/** Reasons that are told one by one. */
const TOLD = 5;

const pageSchema = z.object({ stock: z.int().nullable() });

/**
 * The stock that the page of each product shows, asked of each replica of the application past edge and balancers: what
 * lies in the tiers of that one process and its region, as its users would be told it. Whatever a page said counts, what
 * another could not say notwithstanding: only a page that said nothing is asked again, and if it never does it is unread.
 * @throws the signal's reason when it is aborted.
 */
export async function readPages(stage: Stage, products: readonly number[], ctx: RunContext): Promise<Part<"pages">> {
  const replicas = nodesOf(stage, "app");
  const over = ctx.clock.now() + LOOK_MS;
  const rows: [number, Shown[]][] = [];
  const unread: string[] = [];
  const left = products.values();
  const show = async (replica: NodeSpec, product: number): Promise<Shown> => {
    try {
      return await stockShown(stage, replica, product, ctx);
    } catch (failure) {
      ctx.signal.throwIfAborted();
      unread.push(`product ${product} at ${replica.id}: ${messageOf(failure)}`);
      return "unread";
    }
  };
  const look = async (): Promise<void> => {
    for (const product of left) {
      if (ctx.clock.now() > over || unread.length >= MOST_UNREAD) return;
      rows.push([product, await Promise.all(replicas.map((replica) => show(replica, product)))]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  rows.sort(([a], [b]) => a - b);
  return { replicas: replicas.map(({ id }) => id), asked: products.length, rows, unread: unread.slice(0, TOLD) };
}

/** @throws when the page could not be had, three times. */
async function stockShown(stage: Stage, replica: NodeSpec, product: number, ctx: RunContext): Promise<number | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await stockOn(stage, replica, product);
    } catch (failure) {
      if (attempt === TRIES) throw failure;
      await ctx.clock.sleep(RETRY_MS, ctx.signal);
    }
  }
}

async function stockOn(stage: Stage, replica: NodeSpec, product: number): Promise<number | null> {
  const { host, port } = stage.direct(replica.id, "http");
  const response = await fetch(`http://${host}:${port}/product/${product}`, { signal: AbortSignal.timeout(PAGE_MS) });
  const text = await response.text();
  if (response.ok) return pageSchema.parse(JSON.parse(text)).stock;
  // A page that is not there shows no stock, which is as wrong as a wrong one.
  if (response.status === 404) return null;
  throw new Error(`${replica.id} answered ${response.status} to /product/${product}`);
}
