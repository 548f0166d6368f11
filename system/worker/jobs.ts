import { type JobsOptions, Queue } from "bullmq";
import { Redis } from "ioredis";
import { z } from "zod";
import type { QueueAddress } from "./config.ts";

/** The queue of orders to fulfil. */
export const QUEUE_NAME = "fulfilment";

const jobSchema = z.strictObject({
  orderId: z.string().regex(/^\d+$/),
  /** The key under which the order was placed; also the provider's idempotency key, so that no job can pay twice. */
  orderKey: z.string().min(1),
  totalCents: z.int().positive(),
});

export type FulfilmentJob = Readonly<z.infer<typeof jobSchema>>;

export function parseJob(data: unknown): FulfilmentJob {
  return jobSchema.parse(data);
}

/** Deterministic: an order has one job, however often it is published. BullMQ forbids ':' in it, and bare numbers. */
export function jobId(orderId: string): string {
  return `order-${orderId}`;
}

/** The pauses between them add up to 18 to 36 s (see `retryDelayMs`); after that the relay's sweep brings the job back. */
const ATTEMPTS = 12;

/** Finished jobs stay for a while, because the id of a job that is still there stops a second one. */
const KEEP_FINISHED = 1_000;

/** Jobs that failed for good are looked at by people. */
const KEEP_FAILED = 1_000;

function jobOptions(orderId: string, deduplicated: boolean): JobsOptions {
  return {
    ...(deduplicated ? { jobId: jobId(orderId) } : {}),
    attempts: ATTEMPTS,
    backoff: { type: "fulfilment" },
    removeOnComplete: { count: KEEP_FINISHED },
    removeOnFail: { count: KEEP_FAILED },
    stackTraceLimit: 3,
  };
}

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/** Exponential with a ceiling, so that a provider that comes back is noticed within 5 s; half of it is chance. */
export function retryDelayMs(attemptsMade: number, chance: number): number {
  const full = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** (attemptsMade - 1));
  return Math.round(full / 2 + (full / 2) * chance);
}

/** A connection for adding and counting jobs: it fails at once when Redis is away, and the caller tries again later. */
export function producerConnection(address: QueueAddress): Redis {
  const redis = new Redis({
    ...address,
    connectTimeout: 1_000,
    // A script of BullMQ takes under a millisecond; a second without an answer is a dead connection.
    commandTimeout: 1_000,
    socketTimeout: 15_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    retryStrategy: reconnectDelayMs,
  });
  redis.on("error", () => {});
  return redis;
}

/** A connection for taking jobs: commands wait for Redis to come back, because a finished job must be reported. */
export function consumerConnection(address: QueueAddress): Redis {
  const redis = new Redis({
    ...address,
    connectTimeout: 1_000,
    // Longer than BullMQ's blocking read (5 s): nothing at all for 15 s is a half-open connection.
    socketTimeout: 15_000,
    maxRetriesPerRequest: null,
    retryStrategy: reconnectDelayMs,
  });
  redis.on("error", () => {});
  return redis;
}

/** Quick at first, then once a second, with a quarter of chance so that workers do not come back in step. */
function reconnectDelayMs(times: number): number {
  return Math.min(1_000, 50 * 2 ** Math.min(times, 5)) * (0.875 + Math.random() / 4);
}

export function openQueue(connection: Redis): Queue {
  const queue = new Queue(QUEUE_NAME, {
    connection,
    // The check asks INFO once, right after connecting; were that to fail, the queue would be dead for ever.
    skipVersionCheck: true,
    // Nobody reads the stream of events; its default length of 10,000 would only cost memory.
    streams: { events: { maxLen: 100 } },
  });
  queue.on("error", () => {});
  return queue;
}

/** `deduplicated`: an order whose job is still known gets no second one. False in a shop with a bug of repeated jobs. */
export async function addJobs(queue: Queue, jobs: readonly FulfilmentJob[], deduplicated = true): Promise<void> {
  await queue.addBulk(
    jobs.map((job) => ({ name: QUEUE_NAME, data: job, opts: jobOptions(job.orderId, deduplicated) })),
  );
}
