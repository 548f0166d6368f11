import { z } from "zod";
import type { Fault } from "#core/fault.ts";
import type { LinkSelector } from "#core/topology.ts";
import { linkSelectorSchema } from "./selectors.ts";

export const blackholeSchema = z.strictObject({ kind: z.literal("blackhole"), link: linkSelectorSchema });

/** Swallows everything on a link, both ways, without an error: packets go in and none comes out. */
export function blackhole(link: LinkSelector): Fault {
  return { kind: "blackhole", link };
}

export const blackholeLesson =
  "What is sent is never answered and never refused. Existing connections stay open and fall silent in both directions: " +
  "an answer that was under way does not arrive, a request that was written may have been read or not. New connections " +
  "open, because the near end of the link accepts them, and are silent from the first byte (on a real network whose " +
  "packets are dropped the open itself would hang; time-outs on connecting are therefore not tested by it). Only a " +
  "time-out of the client's own finds out; the operating system's takes some 15 minutes. A pool fills with connections " +
  "that look alive, one per waiting request. When the hole closes, the connections that lived through it are closed, " +
  "since bytes of theirs are lost: a client must notice that, throw them away and dial again, and a pool that hands out " +
  "a dead connection gives its user one more error.";
