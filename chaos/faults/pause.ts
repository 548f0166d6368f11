import { z } from "zod";
import type { Fault } from "#core/fault.ts";
import type { NodeSelector } from "#core/topology.ts";
import { nodeSelectorSchema } from "./selectors.ts";

export const pauseSchema = z.strictObject({ kind: z.literal("pause"), node: nodeSelectorSchema });

/** Freezes nodes (SIGSTOP) until the fault is healed, as a stalled disk, a long collection or a sick hypervisor would. */
export function pause(node: NodeSelector): Fault {
  return { kind: "pause", node };
}

export const pauseLesson =
  "The process is there and does nothing. Its kernel goes on accepting: a new connection opens as fast as ever and then " +
  "nothing answers on it; existing ones stay open, take what is written until their buffers are full, and are silent. " +
  "No error arrives, so every client waits for its own time-out, and one without a time-out waits for ever, with a " +
  "connection, a pool slot and a request of its own caller in hand: that is how one frozen part freezes all those in " +
  "front of it. A check that only opens the port calls it healthy. When it wakes it works through everything that piled " +
  "up, for callers most of which have long gone, and its leases and clocks are from before: it may still believe that " +
  "it is the leader.";
