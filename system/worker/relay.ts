import type { Queue } from "bullmq";
import type { Logger } from "pino";
import { Counter, Gauge, Registry } from "prom-client";
import type { RelayConfig } from "./config.ts";
import { Database } from "./database.ts";
import { openQueue, producerConnection } from "./jobs.ts";
import { loop } from "./loop.ts";
import { countPending, publishBatch } from "./outbox.ts";
import { OVERDUE_MS, Redrive } from "./redrive.ts";
import { statusServer } from "./status.ts";
import { StockFeed } from "./stock-feed.ts";

/**
 * An order waits for its job half of this on average; nobody waits for the job. NOTIFY would save the looks but takes a
 * lock that all committing transactions share, exactly at the peak.
 */
const POLL_MS = 200;

const SWEEP_MS = 10_000;
const ROLLUP_MS = 60_000;

/** Ranking 20,000 products takes well under a second; the role's own limit is made for pages. */
const ROLLUP_LIMIT_MS = 4_000;

const DEPTH_MS = 1_000;

/** One for each loop that can be busy at the same time. */
const CONNECTIONS = 5;

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
  const redis = config.queue === undefined ? undefined : producerConnection(config.queue);
  const queue = redis === undefined ? undefined : openQueue(redis);
  const feed = new StockFeed(database, config.warmTiers, config.plantedBug);
  const registry = new Registry();
  let asked = false;
  const status = await statusServer(
    config.listen,
    registry,
    () => asked && (redis === undefined || redis.status === "ready"),
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
    ...(queue === undefined
      ? []
      : publishing(database, queue, registry, log, stop.signal, {
          ...options,
          deduplicated: config.plantedBug !== "no-job-dedupe" && config.plantedBug !== "stock-returned-twice",
        })),
    ...(config.warmTiers.length > 0 ? [loop("stock-feed", () => feed.turn(), log, stop.signal)] : []),
    ...(config.refreshesRollups ? [loop("rollups", () => refreshRollups(database), log, stop.signal)] : []),
  ];
  return {
    port: status.port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.all(loops);
      await queue?.close();
      redis?.disconnect();
      feed[Symbol.dispose]();
      await database[Symbol.asyncDispose]();
      await status[Symbol.asyncDispose]();
    },
  };
}

function publishing(
  database: Database,
  queue: Queue,
  registry: Registry,
  log: Logger,
  signal: AbortSignal,
  options: RelayOptions & { readonly deduplicated: boolean },
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
    help: "Jobs by state",
    labelNames: ["state"],
    registers: [registry],
  });
  const redrive = new Redrive(database, queue, options.overdueMs ?? OVERDUE_MS);
  return [
    loop(
      "publishing",
      async () => {
        const waiting = await countPending(database);
        pending.set(waiting);
        if (waiting > 0) {
          const done = await publishBatch(database, queue, options.deduplicated);
          published.inc(done);
          // More than one batch is waiting: go on at once.
          if (done < waiting) return done > 0 ? 0 : POLL_MS;
        }
        return POLL_MS;
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
        const counts = await queue.getJobCounts("waiting", "active", "delayed", "failed");
        for (const [state, count] of Object.entries(counts)) depth.set({ state }, count);
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
