import type { Logger } from "pino";
import { Counter, Gauge, Registry } from "prom-client";
import type { RelayConfig } from "./config.ts";
import { Database } from "./database.ts";
import { openQueues, producerConnection, QUEUE_NAMES, type Queues } from "./jobs.ts";
import { loop } from "./loop.ts";
import { countPending, publishBatch } from "./outbox.ts";
import { OVERDUE_MS, Redrive } from "./redrive.ts";
import { statusServer } from "./status.ts";

/**
 * An order waits for its job half of this on average. The look costs 0.1 ms of the primary's time. NOTIFY would save the
 * looks but takes a lock that all committing transactions share, exactly at the peak.
 */
const POLL_MS = 100;

/** With nothing to do for a while it looks less often; the first order after that still has its job within 200 ms. */
const IDLE_POLL_MS = 150;
const IDLE_AFTER_MS = 5_000;

const SWEEP_MS = 10_000;
const ROLLUP_MS = 60_000;

/** Ranking 20,000 products takes well under a second; the role's own limit is made for pages. */
const ROLLUP_LIMIT_MS = 4_000;

const DEPTH_MS = 1_000;

/** One for each loop that can be busy at the same time. */
const CONNECTIONS = 4;

export interface RelayOptions {
  readonly overdueMs?: number;
  readonly sweepMs?: number;
}

/** The relay: outbox to queue, overdue orders back to the queue, rollups. Disposing it ends all loops first. */
export async function startRelay(
  config: RelayConfig,
  log: Logger,
  options: RelayOptions = {},
): Promise<AsyncDisposable & { readonly port: number }> {
  const stop = new AbortController();
  const database = new Database(config.database, config.node, CONNECTIONS);
  const redis = producerConnection(config.queue);
  const queues = openQueues(redis);
  const registry = new Registry();
  let asked = false;
  const status = await statusServer(
    config.listen,
    registry,
    () => asked && (!config.publishes || redis.status === "ready"),
  );
  const loops = [
    loop(
      "database",
      async () => {
        await database.query("select 1");
        asked = true;
        return 5_000;
      },
      log,
      stop.signal,
    ),
    ...(config.publishes ? publishing(database, queues, registry, log, stop.signal, options) : []),
    ...(config.refreshesRollups ? [loop("rollups", () => refreshRollups(database), log, stop.signal)] : []),
  ];
  return {
    port: status.port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(loops);
      await Promise.all(QUEUE_NAMES.map((name) => queues[name].close()));
      redis.disconnect();
      await database[Symbol.asyncDispose]();
      await status[Symbol.asyncDispose]();
    },
  };
}

function publishing(
  database: Database,
  queues: Queues,
  registry: Registry,
  log: Logger,
  signal: AbortSignal,
  options: RelayOptions,
): readonly Promise<void>[] {
  const pending = new Gauge({
    name: "shop_outbox_pending",
    help: "Accepted orders that are not published yet",
    registers: [registry],
  });
  const published = new Counter({
    name: "shop_outbox_published_total",
    help: "Outbox rows published as jobs",
    registers: [registry],
  });
  const redriven = new Counter({
    name: "shop_outbox_redriven_total",
    help: "Jobs of overdue orders that were brought back",
    registers: [registry],
  });
  const depth = new Gauge({
    name: "shop_queue_depth",
    help: "Jobs by queue and state",
    labelNames: ["queue", "state"],
    registers: [registry],
  });
  const redrive = new Redrive(database, queues, options.overdueMs ?? OVERDUE_MS);
  let lastBusy = performance.now();
  return [
    loop(
      "publishing",
      async () => {
        const waiting = await countPending(database);
        pending.set(waiting);
        if (waiting > 0) {
          const done = await publishBatch(database, queues);
          published.inc(done);
          lastBusy = performance.now();
          // More than one batch is waiting: go on at once.
          if (done < waiting) return done > 0 ? 0 : POLL_MS;
        }
        return performance.now() - lastBusy < IDLE_AFTER_MS ? POLL_MS : IDLE_POLL_MS;
      },
      log,
      signal,
    ),
    loop(
      "redrive",
      async () => {
        const revived = await redrive.sweep();
        redriven.inc(revived);
        if (revived > 0) log.warn({ event: "orders-redriven", detail: `${revived} overdue orders got their job back` });
        return options.sweepMs ?? SWEEP_MS;
      },
      log,
      signal,
    ),
    loop(
      "depth",
      async () => {
        for (const name of QUEUE_NAMES) {
          const counts = await queues[name].getJobCounts("waiting", "active", "delayed", "failed");
          for (const [state, count] of Object.entries(counts)) depth.set({ queue: name, state }, count);
        }
        return DEPTH_MS;
      },
      log,
      signal,
    ),
  ];
}

async function refreshRollups(database: Database): Promise<number> {
  await database.transaction(async (session) => {
    await session.query(`set local statement_timeout = ${ROLLUP_LIMIT_MS}`);
    await session.query("select refresh_rollups()");
  });
  return ROLLUP_MS;
}
