import type { Queue } from "bullmq";
import type { Database } from "./database.ts";
import { addJobs, type FulfilmentJob } from "./jobs.ts";

/** Rows of one transaction: at 200 rows it is over in some 20 ms, and a kill in between repeats only these. */
const BATCH = 200;

/** The gauge stops counting here; a backlog of this size is one, however much larger it is. */
const COUNT_UP_TO = 10_000;

/** How many accepted orders wait to be published. Reads the partial index alone. */
export async function countPending(database: Database): Promise<number> {
  const [row] = await database.query<{ pending: number }>(
    `select count(*)::int as pending
       from (select 1 from outbox where published_at is null limit ${COUNT_UP_TO}) as waiting`,
  );
  return row?.pending ?? 0;
}

/**
 * Publishes the oldest unpublished rows as jobs and marks them, in one transaction that holds the rows: two relays
 * never publish the same row at the same time. Killed between the queue and the commit, it publishes again, and the
 * job's id makes that nothing. Returns how many rows it published.
 */
export async function publishBatch(database: Database, queue: Queue, deduplicated = true): Promise<number> {
  return database.transaction(async (session) => {
    const rows = await session.query<{ id: string; order_id: string; order_key: string; total_cents: number }>(
      `select outbox.id, outbox.order_id, orders.idempotency_key as order_key, orders.total_cents
         from outbox join orders on orders.id = outbox.order_id
        where outbox.published_at is null
        order by outbox.id limit ${BATCH}
          for update of outbox skip locked`,
    );
    if (rows.length === 0) return 0;
    const jobs = rows.map(
      (row): FulfilmentJob => ({ orderId: row.order_id, orderKey: row.order_key, totalCents: row.total_cents }),
    );
    await addJobs(queue, jobs, deduplicated);
    // A mark that is lost with this server costs a second publication, which is nothing: no need to wait for replicas.
    await session.query("set local synchronous_commit = local");
    await session.query("update outbox set published_at = now() where id = any ($1::bigint[])", [
      rows.map((row) => row.id),
    ]);
    return rows.length;
  });
}
