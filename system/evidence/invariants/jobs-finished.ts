import { counted, type Invariant, type Offence } from "./finding.ts";

/** After the shop has become quiet no job is left over, none has failed for good, and every order is confirmed or cancelled. */
export const jobsFinished: Invariant<"orders" | "jobs"> = {
  name: "jobs-finished",
  title: "No job is stuck or given up",
  target: "0 unfinished or failed",
  parts: ["orders", "jobs"],
  needsWrites: false,
  protection: "queue",
  compare({ part }) {
    const orders = part("orders");
    const jobs = part("jobs");
    const offences: Offence[] = [];
    for (const [state, count] of Object.entries(jobs.unfinished)) {
      if (count > 0) offences.push({ text: `${counted(count, "job")} ${state}` });
    }
    for (const job of jobs.failed)
      offences.push({ text: `job ${job.id} (${job.queue}) failed for good: ${job.reason}` });
    for (const order of orders) {
      if (order.status !== "confirmed" && order.status !== "cancelled")
        offences.push({ text: `order ${order.id} (key ${order.key}) stays ${order.status}` });
    }
    return { compared: orders.length, what: `the jobs of ${counted(orders.length, "order")}`, offences };
  },
};
