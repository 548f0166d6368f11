import { type Job, Worker } from "bullmq";
import type { Logger } from "pino";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { QueueAddress, WorkerConfig } from "./config.ts";
import { Database } from "./database.ts";
import { fulfil } from "./fulfil.ts";
import { consumerConnection, openQueue, parseJob, producerConnection, QUEUE_NAME, retryDelayMs } from "./jobs.ts";
import { loop } from "./loop.ts";
import { provider } from "./provider.ts";
import { statusServer } from "./status.ts";

/**
 * Jobs in hand at once. One waits about 350 ms for the provider, so 16 make 45 a second and worker: two workers have
 * three times what the peak of 1:500 brings.
 */
const CONCURRENCY = 16;

/** Statements take milliseconds while payments wait elsewhere: six connections serve all jobs in hand. */
const CONNECTIONS = 6;

/** A worker renews its hold on a job at half of this; the longest job (a payment at its deadline, 5 s) fits well. */
const LOCK_MS = 10_000;

/** A killed worker's jobs are found by the next look after their lock has expired: within 15 s. */
const STALLED_LOOK_MS = 5_000;

/** Under repeated kills a job may stall often without being poison; the number of its failures is what ends it. */
const MAX_STALLED = 10;

/** Jobs wait and none was finished here for this long: the consumer has wedged, as issues of BullMQ report. */
const WEDGED_MS = 20_000;
const WATCH_MS = 5_000;

interface Consumer {
  finishedAt: number;
  inHand: number;
  close(force: boolean): Promise<void>;
}

type Process = (job: Job) => Promise<void>;

function consume(address: QueueAddress, process: Process, stalled: Counter): Consumer {
  const connection = consumerConnection(address);
  const worker = new Worker(QUEUE_NAME, (job) => process(job), {
    connection,
    skipVersionCheck: true,
    concurrency: CONCURRENCY,
    lockDuration: LOCK_MS,
    stalledInterval: STALLED_LOOK_MS,
    maxStalledCount: MAX_STALLED,
    settings: { backoffStrategy: (attemptsMade) => retryDelayMs(attemptsMade, Math.random()) },
  });
  // Failures of the connection show in `/livez` and in the progress of the queue; unheard they would end the process.
  worker.on("error", () => {});
  // Told by the worker that found it, of a job whose holder let its lock expire.
  worker.on("stalled", () => stalled.inc());
  const consumer: Consumer = {
    finishedAt: performance.now(),
    inHand: 0,
    async close(force) {
      await worker.close(force);
      connection.disconnect();
    },
  };
  worker.on("active", () => {
    consumer.inHand += 1;
  });
  for (const end of ["completed", "failed"] as const) {
    worker.on(end, () => {
      consumer.inHand = Math.max(0, consumer.inHand - 1);
      consumer.finishedAt = performance.now();
    });
  }
  return consumer;
}

/** A worker process: it fulfils orders. Disposing it finishes the jobs in hand, within two seconds. */
export async function startWorker(
  config: WorkerConfig,
  log: Logger,
): Promise<AsyncDisposable & { readonly port: number }> {
  const stop = new AbortController();
  const database = new Database(config.database, config.node, CONNECTIONS);
  const redis = producerConnection(config.queue);
  const queue = openQueue(redis);
  const tools = { database, provider: provider(config.payment) };
  const registry = new Registry();
  const metrics = jobMetrics(registry);
  const process: Process = async (job) => {
    const began = performance.now();
    try {
      const result = await fulfil(parseJob(job.data), tools);
      metrics.jobs.inc({ result });
      metrics.seconds.observe((performance.now() - began) / 1_000);
    } catch (failure) {
      metrics.jobs.inc({ result: "failed" });
      throw failure;
    }
  };
  let consumer = consume(config.queue, process, metrics.stalled);
  new Gauge({
    name: "shop_jobs_in_hand",
    help: "Jobs that this worker is working on",
    registers: [registry],
    collect() {
      this.set(consumer.inHand);
    },
  });
  let asked = false;
  const status = await statusServer(config.listen, registry, () => asked && redis.status === "ready");
  const watch = async (): Promise<number> => {
    await database.query("select 1");
    asked = true;
    const { waiting } = await queue.getJobCounts("waiting");
    const idle = consumer.inHand === 0 && performance.now() - consumer.finishedAt > WEDGED_MS;
    if (waiting === 0) consumer.finishedAt = performance.now();
    else if (idle) {
      log.warn({ event: "consumer-renewed", detail: "jobs wait and none was taken for 20 s" });
      await consumer.close(true);
      consumer = consume(config.queue, process, metrics.stalled);
    }
    return WATCH_MS;
  };
  const watching = loop("watch", watch, log, stop.signal);
  return {
    port: status.port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watching;
      await closeInTime(consumer);
      await queue.close();
      redis.disconnect();
      await database[Symbol.asyncDispose]();
      await status[Symbol.asyncDispose]();
    },
  };
}

/** Nine of ten payments are answered within 650 ms. What is not finished in 2 s is left to another worker. */
const CLOSE_MS = 2_000;

async function closeInTime(consumer: Consumer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, CLOSE_MS);
  await Promise.race([consumer.close(false), promise]);
  clearTimeout(timer);
}

interface JobMetrics {
  readonly jobs: Counter;
  readonly stalled: Counter;
  readonly seconds: Histogram;
}

function jobMetrics(registry: Registry): JobMetrics {
  return {
    jobs: new Counter({
      name: "shop_jobs_total",
      help: "Runs of jobs by result",
      labelNames: ["result"],
      registers: [registry],
    }),
    stalled: new Counter({
      name: "shop_jobs_stalled_total",
      help: "Jobs taken up again because the worker that held them fell silent",
      registers: [registry],
    }),
    seconds: new Histogram({
      name: "shop_job_seconds",
      help: "Time of one run of a job",
      // The database takes 5 ms, payments 300 ms at the median, 1.2 s at p99, and 5 s at the deadline.
      buckets: [0.02, 0.3, 1.2, 5],
      registers: [registry],
    }),
  };
}
