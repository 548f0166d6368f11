import { z } from "zod";
import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import type { Stage } from "#core/substrate.ts";
import { APPLICATION } from "#system/postgres/names.ts";
import { readQueues } from "./queues.ts";
import { askHttp, has, nodesOf, QUERY_MS, withDatabase, withRedis } from "./reach.ts";

const LOOK_MS = 250;

/**
 * Quiet for one full sweep of whatever moves work by itself: BullMQ looks for stalled jobs every 5 s. (The relay's
 * sweep of 10 s has nothing to move once every order is confirmed or cancelled, which is asked for here as well.)
 */
const SWEEP_MS = 5_000;

/** Without queues only requests move anything. */
const NO_SWEEP_MS = 1_000;

const BUSY = `
  select count(*) filter (where state <> 'idle' and (backend_xid is not null
                             or now() - query_start > interval '1 s' or state like 'idle in transaction%'))::int as busy,
         count(*) filter (where wait_event = 'SyncRep')::int as waiting,
         (select count(*)::int from outbox where published_at is null) as unpublished,
         (select count(*)::int from orders where status not in ('confirmed', 'cancelled')) as unsettled,
         (select count(distinct order_id)::int from outbox) as announced,
         pg_current_wal_flush_lsn()::text as lsn
    from pg_stat_activity where backend_type = 'client backend' and usename = '${APPLICATION}'`;

interface BusyRow {
  readonly busy: number;
  readonly waiting: number;
  readonly unpublished: number;
  readonly unsettled: number;
  readonly announced: number;
  readonly lsn: string;
}

/** Waits until the shop has been idle for a full sweep. At the deadline: what was still busy. */
export async function quiesce(
  stage: Stage,
  ctx: RunContext,
  deadlineMs: number,
): Promise<{ readonly quiet: boolean; readonly detail: string }> {
  const began = ctx.clock.now();
  const holdMs = has(stage, "queue", "queue") ? SWEEP_MS : NO_SWEEP_MS;
  let quietSince: number | undefined;
  for (;;) {
    const lookedAt = ctx.clock.now();
    const busy = await look(stage).catch((failure: unknown) => [`could not be looked at: ${messageOf(failure)}`]);
    if (busy.length > 0) quietSince = undefined;
    else quietSince ??= lookedAt;
    const now = ctx.clock.now();
    if (quietSince !== undefined && now - quietSince >= holdMs) {
      return {
        quiet: true,
        detail: `nothing in hand since ${Math.round(quietSince - began)} ms after the load, watched for ${holdMs} ms`,
      };
    }
    if (now - began >= deadlineMs) return { quiet: false, detail: busy.join("; ") || "became quiet only just now" };
    await ctx.clock.sleep(LOOK_MS, ctx.signal);
  }
}

/** Everything that is still in hand, in words; empty when the shop is idle. */
async function look(stage: Stage): Promise<readonly string[]> {
  const [primary] = nodesOf(stage, "primary");
  if (primary === undefined) return ["there is no primary"];
  const row = await withDatabase(stage, primary.id, async (client) => (await client.query<BusyRow>(BUSY)).rows[0]);
  if (row === undefined) return ["the primary said nothing"];
  const queued = has(stage, "queue", "queue");
  const found = [
    row.busy > 0 && `${row.busy} transactions on the primary`,
    row.waiting > 0 && `${row.waiting} commits wait for a replica`,
    queued && row.unpublished > 0 && `${row.unpublished} orders wait in the outbox`,
    queued && row.unsettled > 0 && `${row.unsettled} orders are neither confirmed nor cancelled`,
  ].filter((each) => each !== false);
  const others = await Promise.all([
    ...[...nodesOf(stage, "replica"), ...nodesOf(stage, "reports")].map((node) => behind(stage, node.id, row.lsn)),
    ...nodesOf(stage, "app").map((node) => requestsInHand(stage, node.id)),
    queued ? jobsInHand(stage) : [],
    has(stage, "warehouse", "warehouse") ? notLoaded(stage, row.announced) : [],
  ]);
  return [...found, ...others.flat()];
}

async function behind(stage: Stage, node: string, lsn: string): Promise<readonly string[]> {
  const bytes = await withDatabase(stage, node, async (client) => {
    const { rows } = await client.query<{ bytes: number }>(
      "select pg_wal_lsn_diff($1::pg_lsn, pg_last_wal_replay_lsn())::float8 as bytes",
      [lsn],
    );
    return rows[0]?.bytes;
  });
  return bytes !== undefined && bytes <= 0 ? [] : [`${node} is ${bytes} bytes behind`];
}

/** Requests that a process still works on, though their users are long gone: a checkout among them may yet be placed. */
async function requestsInHand(stage: Stage, node: string): Promise<readonly string[]> {
  const { host, port } = stage.direct(node, "http");
  const response = await fetch(`http://${host}:${port}/metrics`, { signal: AbortSignal.timeout(QUERY_MS) });
  const inHand = /^shop_inflight (\d+)/m.exec(await response.text())?.[1];
  if (inHand === undefined) return [`${node} does not say what it has in hand`];
  return inHand === "0" ? [] : [`${inHand} requests in hand of ${node}`];
}

async function jobsInHand(stage: Stage): Promise<readonly string[]> {
  const [node] = nodesOf(stage, "queue");
  if (node === undefined) return [];
  const { unfinished } = await withRedis(stage, node, readQueues);
  return Object.entries(unfinished).flatMap(([state, count]) => (count > 0 ? [`${count} jobs ${state}`] : []));
}

const totalsSchema = z.object({ orders: z.int() });

async function notLoaded(stage: Stage, announced: number): Promise<readonly string[]> {
  const { orders } = totalsSchema.parse(await askHttp(stage, "warehouse", "/totals"));
  return orders === announced ? [] : [`the warehouse has ${orders} of ${announced} orders`];
}
