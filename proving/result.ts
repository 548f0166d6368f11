import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { PlantedBug } from "#core/topology.ts";
import type { ObjectiveResult, Verdict } from "#core/verdict.ts";

/** What of `result.json` a run is judged by from outside. */
export interface LeftResult {
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly objectives: readonly Pick<ObjectiveResult, "id" | "group" | "state" | "observed" | "reason" | "samples">[];
  readonly topology?: { readonly plantedBug?: PlantedBug };
}

const resultSchema = z.object({
  verdict: z.enum(["held", "broken", "unknown"]),
  sentence: z.string(),
  startedAt: z.string(),
  objectives: z.array(
    z.object({
      id: z.string(),
      group: z.enum(["load", "faults", "protections", "orders", "trust"]),
      state: z.enum(["held", "broken", "unknown", "not-judged", "not-applicable"]),
      observed: z.string(),
      reason: z.string(),
      samples: z.number(),
    }),
  ),
  topology: z.object({ plantedBug: z.object({ name: z.string(), does: z.string() }).exactOptional() }),
});

/**
 * What the run of this seed that began then (or later) has left below a scenario's folder of results; nothing where
 * there is no such run or it left no `result.json`.
 * @throws ZodError when `result.json` is none.
 */
export async function resultOf(
  results: string,
  seed: string,
  began: number,
): Promise<{ readonly result: LeftResult; readonly folder: string } | undefined> {
  const names = await readdir(results).catch(() => []);
  const name = names
    .filter((each) => each.endsWith(`-${seed}`))
    .sort()
    .at(-1);
  if (name === undefined) return undefined;
  const folder = join(results, name);
  const text = await readFile(join(folder, "result.json"), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const result = resultSchema.parse(JSON.parse(text));
  return Date.parse(result.startedAt) < began ? undefined : { result, folder };
}
