import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { QUEUE_NAMES } from "#system/worker/jobs.ts";

/** States in which a job is still going to run. */
const UNFINISHED = ["waiting", "active", "delayed", "prioritized", "waiting-children"] as const;

export interface QueueTruth {
  readonly unfinished: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly queue: string; readonly id: string; readonly reason: string }[];
}

/** More failed jobs than this need no list: one is a finding. */
const FAILED_LISTED = 100;

/** What the queues hold. */
export async function readQueues(redis: Redis): Promise<QueueTruth> {
  const unfinished: Record<string, number> = {};
  const failed: { queue: string; id: string; reason: string }[] = [];
  for (const name of QUEUE_NAMES) {
    const queue = new Queue(name, { connection: redis, skipVersionCheck: true, skipMetasUpdate: true });
    queue.on("error", () => {});
    try {
      const counts = await queue.getJobCounts(...UNFINISHED);
      for (const state of UNFINISHED) unfinished[`${name}/${state}`] = counts[state] ?? 0;
      for (const job of await queue.getFailed(0, FAILED_LISTED - 1)) {
        failed.push({ queue: name, id: job.id ?? "", reason: job.failedReason.slice(0, 300) });
      }
    } finally {
      await queue.close();
    }
  }
  failed.sort((a, b) => a.queue.localeCompare(b.queue) || a.id.localeCompare(b.id));
  return { unfinished, failed };
}
