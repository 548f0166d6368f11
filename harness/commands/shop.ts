import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, newRunId, newSeed, systemClock } from "#harness/context/index.ts";
import type { Adapters } from "./adapters.ts";
import { standingAddresses } from "./addresses.ts";
import type { CommandLine } from "./options.ts";

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
  const topology = adapters.topologyOf(line.system ?? "scaled", line.without);
  const { substrate } = await adapters.substrate(line.substrate, say, signal);
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-shop-"));
  try {
    await using guarded = await adapters.guard(runId);
    await using ctx = createContext({
      runId,
      seed: line.seed ?? newSeed(),
      clock,
      signal,
      journal: guarded.journal,
      folder,
    });
    const began = clock.now();
    await using stage = await substrate.raise(topology, { scale: line.scale ?? SCALE, progress: say }, ctx);
    await adapters.evidence.open?.(stage, ctx);
    say(await adapters.gate(stage, ctx));
    say(`ready in ${((clock.now() - began) / 1_000).toFixed(1)} s`);
    for (const text of standingAddresses(stage)) say(text);
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
}
