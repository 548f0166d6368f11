import { z } from "zod";
import type { Fault } from "#core/fault.ts";
import type { NodeSelector } from "#core/topology.ts";
import { nodeSelectorSchema } from "./selectors.ts";

export const killSchema = z.strictObject({ kind: z.literal("kill"), node: nodeSelectorSchema });

/** Ends nodes at once, without a word (SIGKILL), and keeps them down until the fault is healed. */
export function kill(node: NodeSelector): Fault {
  return { kind: "kill", node };
}

export const killLesson =
  "The process is gone between two instructions: nothing is drained, nothing is flushed, no goodbye is sent by the " +
  "program. Its kernel closes what was open, so clients see an existing connection end at once (a reset, or an end of " +
  "file in the middle of an answer) and a new one refused within a fraction of a millisecond. That makes death the " +
  "kindest failure of all: it is fast and unmistakable, and a balancer that retries a refused connect loses nothing. " +
  "What can be lost is what was in flight: a request that was sent and not answered may or may not have been carried " +
  "out, and only an idempotency key lets the client ask again. The rest of the damage is capacity: the survivors carry " +
  "the load, and the process that comes back has cold caches.";
