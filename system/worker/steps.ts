import type { Database } from "./database.ts";
import { addJobs, type FulfilmentJob, type JobKind, jobKey, type Queues } from "./jobs.ts";
import type { Provider } from "./provider.ts";

/** `done`: this run took effect; `repeated`: an earlier run had. */
export type StepResult = "done" | "repeated";

export interface StepTools {
  readonly database: Database;
  readonly provider: Provider;
  readonly queues: Queues;
}

const NEXT: Readonly<Record<JobKind, JobKind | undefined>> = {
  payment: "stock",
  stock: "confirmation",
  confirmation: undefined,
};

/**
 * Runs one step of fulfilment. It may run any number of times, also twice at once: the provider knows the order's key,
 * and the database lets each job key take effect once. The next step is enqueued after the effect is committed and
 * before the job counts as finished, so that a kill anywhere in between repeats and never skips.
 */
export async function runStep(kind: JobKind, job: FulfilmentJob, tools: StepTools): Promise<StepResult> {
  const first = await takeEffect(kind, job, tools);
  const next = NEXT[kind];
  if (next !== undefined) await addJobs(tools.queues, next, [job]);
  return first ? "done" : "repeated";
}

async function takeEffect(kind: JobKind, job: FulfilmentJob, tools: StepTools): Promise<boolean> {
  const key = jobKey(kind, job.orderId);
  switch (kind) {
    case "payment": {
      const reference = await tools.provider.capture(job.orderKey, job.totalCents);
      return once(tools.database, "select capture_payment($1, $2, $3) as first", [job.orderId, key, reference]);
    }
    case "stock":
      return once(tools.database, "select book_stock($1, $2) as first", [job.orderId, key]);
    case "confirmation":
      return once(tools.database, "select confirm_order($1, $2) as first", [job.orderId, key]);
  }
}

async function once(database: Database, call: string, values: readonly string[]): Promise<boolean> {
  const [row] = await database.query<{ first: boolean }>(call, values);
  return row?.first ?? false;
}
