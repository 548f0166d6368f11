import { z } from "zod";
import { type Duration, durationMs } from "#core/duration.ts";
import type { Fault } from "#core/fault.ts";
import type { LinkSelector } from "#core/topology.ts";
import { linkSelectorSchema } from "./selectors.ts";

/**
 * Below this a dose cannot be told from the noise of a busy machine. A run is believed while timers on it are up to 20 ms
 * late (p99), and less than half of a dose has to be more than that noise.
 */
const MIN_ADDED_MS = 50;

/** Longer than any client of the shop waits: what is slower is a black hole, and should be called one. */
const MAX_ADDED_MS = 30_000;

export const latencySchema = z.strictObject({
  kind: z.literal("latency"),
  link: linkSelectorSchema,
  addedMs: z.number().int().min(MIN_ADDED_MS).max(MAX_ADDED_MS),
});

/** Makes every request and its answer over a link take longer by `added` in all. */
export function latency(link: LinkSelector, { added }: { readonly added: Duration }): Fault {
  return { kind: "latency", link, addedMs: durationMs(added) };
}

export const latencyLesson =
  "Everything works, only late. Existing connections and new ones feel it alike: each round trip pays the addition once, " +
  "so a page that asks five times in a row pays five times, and a protocol that greets before it works pays for the " +
  "greeting too. Opening the connection itself is not slowed here, because the near end of the link accepts it. By " +
  "Little's law what is in flight grows with the time that it takes: a pool of ten connections that served 2,000 " +
  "requests a second at 5 ms serves five at 2 s, and the queue in front of it is what users feel. A slow part is worse " +
  "than a dead one, since nobody is told. Time-outs shorter than the delay turn it into errors while the far end still " +
  "carries out what nobody waits for; retries then double the work of a part that is late already.";
