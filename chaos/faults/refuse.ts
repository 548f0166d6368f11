import { z } from "zod";
import type { Fault } from "#core/fault.ts";
import type { LinkSelector } from "#core/topology.ts";
import { linkSelectorSchema } from "./selectors.ts";

export const refuseSchema = z.strictObject({ kind: z.literal("refuse"), link: linkSelectorSchema });

/** Ends every connection of a link and refuses new ones, while the part behind it lives on. */
export function refuse(link: LinkSelector): Fault {
  return { kind: "refuse", link };
}

export const refuseLesson =
  "The way to a part is shut and says so. Existing connections end at once, in the middle of whatever they carried; new " +
  "ones are refused within a fraction of a millisecond. For the dialling side it is like a death of the far end, but " +
  "only for those who dial over this link: the part itself is well, others still reach it, and its own health check " +
  "stays green, so nobody restarts anything. Clients fail fast, which is good as long as they do something with the " +
  "answer: one that retries in a tight loop turns an instant error into a storm, and one that counts a fast error as a " +
  "fast answer sends it more work than its healthy neighbours get.";
