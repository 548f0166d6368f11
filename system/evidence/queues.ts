import type { Redis } from "ioredis";

/** States in which a job is still going to run. */
const UNFINISHED = ["waiting", "active", "delayed", "prioritized", "waiting-children"] as const;

export interface QueueTruth {
  readonly unfinished: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly queue: string; readonly id: string; readonly reason: string }[];
}

/** More failed jobs than this need no list: one is a finding. */
const FAILED_LISTED = 100;

/** What the queue holds. */
export async function readQueues(redis: Redis): Promise<QueueTruth> {
  // Loaded here: it is a fifth of the start of every command, the help included, and only the end of a run needs it.
  const { Queue } = await import("bullmq");
  const { QUEUE_NAME } = await import("#system/worker/jobs.ts");
  const unfinished: Record<string, number> = {};
  const failed: { queue: string; id: string; reason: string }[] = [];
  const queue = new Queue(QUEUE_NAME, { connection: redis, skipVersionCheck: true, skipMetasUpdate: true });
  queue.on("error", () => {});
  try {
    const counts = await queue.getJobCounts(...UNFINISHED);
    for (const state of UNFINISHED) unfinished[state] = counts[state] ?? 0;
    for (const job of await queue.getFailed(0, FAILED_LISTED - 1)) {
      failed.push({ queue: QUEUE_NAME, id: job.id ?? "", reason: job.failedReason.slice(0, 300) });
    }
  } finally {
    await queue.close();
  }
  failed.sort((a, b) => a.id.localeCompare(b.id));
  return { unfinished, failed };
}
