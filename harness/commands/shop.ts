import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#core/context.ts";
import type { Substrate } from "#core/substrate.ts";
import type { Topology } from "#core/topology.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { createContext, newRunId, newSeed, systemClock } from "#harness/context/index.ts";
import type { Adapters, GuardedJournal } from "./adapters.ts";
import { standingAddresses } from "./addresses.ts";
import { guardedRun } from "./guarded-run.ts";
import type { CommandLine } from "./options.ts";
import { plantedBugWords } from "./plan.ts";

/** Stock and door-busters of the shop for hands are those of the default run. */
const SCALE = 500;

/** Starts the shop alone, prints its addresses, and ends it at Ctrl-C. */
export async function standShop(
  line: CommandLine,
  adapters: Adapters,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<number> {
  const clock = systemClock();
  const runId = newRunId(clock);
  const topology = adapters.topologyOf(line.system ?? "scaled", line.without, line.plant);
  if (topology.plantedBug !== undefined) say(plantedBugWords(topology.plantedBug));
  const { substrate } = await adapters.substrate(line.substrate, say, signal);
  const { thrown, left } = await guardedRun(adapters, runId, (guarded) =>
    stand({ line, adapters, say, signal, clock, runId, topology, substrate }, guarded),
  );
  for (const what of left) say(`left behind: ${what}`);
  if (left.length > 0) return EXIT_CODES.defect;
  if (thrown !== undefined) throw thrown;
  return 0;
}

interface Standing {
  readonly line: CommandLine;
  readonly adapters: Adapters;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly runId: string;
  readonly topology: Topology;
  readonly substrate: Substrate;
}

async function stand(shop: Standing, guarded: GuardedJournal): Promise<void> {
  const { line, adapters, say, signal, clock, runId, topology, substrate } = shop;
  // Nobody reads the history of a shop for hands; here it goes with the run, also when this process is killed.
  const folder = join(guarded.folder, "history");
  await mkdir(folder);
  await using ctx = createContext({
    runId,
    seed: line.seed ?? newSeed(),
    clock,
    signal: AbortSignal.any([signal, guarded.lost]),
    journal: guarded.journal,
    folder,
  });
  const began = clock.now();
  await using stage = await substrate.raise(topology, { scale: line.scale ?? SCALE, progress: say }, ctx);
  await adapters.evidence.open?.(stage, ctx);
  say(await adapters.gate(stage, ctx));
  say(`ready in ${((clock.now() - began) / 1_000).toFixed(1)} s`);
  for (const text of standingAddresses(stage)) say(text);
  await new Promise<void>((resolve) => ctx.signal.addEventListener("abort", () => resolve(), { once: true }));
  // A Ctrl-C is how a shop for hands ends well; losing its guardian is not.
  guarded.lost.throwIfAborted();
}
