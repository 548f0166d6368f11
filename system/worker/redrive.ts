import type { Queue } from "bullmq";
import type { Database } from "./database.ts";
import { addJobs, type FulfilmentJob, jobId } from "./jobs.ts";

/** Orders of the normal course are confirmed (or cancelled) in a second or two; whatever takes longer than this is looked after. */
export const OVERDUE_MS = 30_000;

/** An order that could not be fulfilled in an hour of retries is a person's work; its job stays in the failed set. */
const GIVE_UP_MS = 3_600_000;

/** Orders of one sweep. Their jobs are asked for one by one, so the sweep stays below a second. */
const BATCH = 200;

/**
 * Ids are given out in another order than they are committed: the sweep's low-water mark stays behind rows younger
 * than this, which no transaction of the shop outlives.
 */
const SETTLED_MS = 600_000;

interface OverdueRow {
  readonly id: string;
  readonly order_id: string;
  readonly order_key: string;
  readonly total_cents: number;
}

/**
 * Brings back the work of orders that were published and are still neither confirmed nor cancelled: their job was lost with Redis, or
 * failed for good, or finished on a database that was lost. What is still on its way is left alone. So a wiped queue
 * loses nothing.
 */
export class Redrive {
  readonly #database: Database;
  readonly #queue: Queue;
  readonly #overdueMs: number;
  /** Every outbox row up to this id belongs to an order that is confirmed or cancelled. */
  #settledUpTo = "0";

  constructor(database: Database, queue: Queue, overdueMs = OVERDUE_MS) {
    this.#database = database;
    this.#queue = queue;
    this.#overdueMs = overdueMs;
  }

  /** One sweep. Returns how many jobs it brought back. */
  async sweep(): Promise<number> {
    const overdue = await this.#overdue();
    let revived = 0;
    // Ten at a time: quick enough for a full batch, and no burst of 200 commands on a queue that recovers.
    for (let from = 0; from < overdue.length; from += 10) {
      const results = await Promise.all(overdue.slice(from, from + 10).map((row) => this.#revive(row)));
      revived += results.filter(Boolean).length;
    }
    await this.#advance();
    return revived;
  }

  async #overdue(): Promise<readonly OverdueRow[]> {
    return this.#database.query<OverdueRow & Record<string, unknown>>(
      `select outbox.id, outbox.order_id, orders.idempotency_key as order_key, orders.total_cents
         from outbox join orders on orders.id = outbox.order_id
        where outbox.id > $1 and orders.status not in ('confirmed', 'cancelled')
          and outbox.published_at < now() - $2 * interval '1 ms'
          and outbox.created_at > now() - $3 * interval '1 ms'
        order by outbox.id limit ${BATCH}`,
      [this.#settledUpTo, this.#overdueMs, GIVE_UP_MS],
    );
  }

  async #revive(row: OverdueRow): Promise<boolean> {
    const job: FulfilmentJob = { orderId: row.order_id, orderKey: row.order_key, totalCents: row.total_cents };
    const known = await this.#queue.getJob(jobId(row.order_id));
    if (known !== undefined) {
      const state = await known.getState();
      if (state !== "failed" && state !== "completed") return false;
      await known.remove();
    }
    await addJobs(this.#queue, [job]);
    return true;
  }

  async #advance(): Promise<void> {
    const [row] = await this.#database.query<{ up_to: string | null }>(
      `select max(outbox.id) as up_to from outbox
        where outbox.id > $1 and outbox.created_at < now() - $2 * interval '1 ms'
          and outbox.id < coalesce((select min(waiting.id)
                                      from outbox as waiting join orders on orders.id = waiting.order_id
                                     where waiting.id > $1 and orders.status not in ('confirmed', 'cancelled')
                                       and waiting.created_at > now() - $3 * interval '1 ms'), 9223372036854775807)`,
      [this.#settledUpTo, SETTLED_MS, GIVE_UP_MS],
    );
    this.#settledUpTo = row?.up_to ?? this.#settledUpTo;
  }
}
