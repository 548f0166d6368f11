import { setInterval } from "node:timers";
import type { RunContext } from "#core/context.ts";
import type { Stage } from "#core/substrate.ts";
import { machineSeconds, processSeconds } from "./machine.ts";

/** Fine enough for a chart of seconds. */
const EVERY_MS = 1_000;

/**
 * Writes what every part, the harness itself and the guardian beside it have cost so far into the history, once a second.
 */
export function sampleUsage(stage: Stage, ctx: RunContext, guardianPid: number | undefined): AsyncDisposable {
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const own = process.cpuUsage();
    ctx.history.append("harness", {
      kind: "sample",
      node: "harness",
      values: {
        cpu_seconds: (own.user + own.system) / 1e6,
        rss_bytes: process.memoryUsage.rss(),
        // Beside the run clock that dates this record: whether somebody set the machine's.
        wall_ms: ctx.clock.wall(),
      },
    });
    const guardian = guardianPid === undefined ? undefined : processSeconds(guardianPid);
    if (guardian !== undefined) {
      ctx.history.append("harness", { kind: "sample", node: "guardian", values: { cpu_seconds: guardian } });
    }
    ctx.history.append("harness", { kind: "sample", node: "machine", values: machineSeconds() });
    const parts = (await stage.usage?.()) ?? {};
    for (const [node, { cpuSeconds, rssBytes }] of Object.entries(parts)) {
      ctx.history.append("harness", { kind: "sample", node, values: { cpu_seconds: cpuSeconds, rss_bytes: rssBytes } });
    }
  };
  const timer = setInterval(() => {
    reading = reading.then(read).catch(() => undefined);
  }, EVERY_MS);
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await reading;
    },
  };
}
