import { setInterval } from "node:timers";
import type { RunContext } from "#core/context.ts";
import type { Stage } from "#core/substrate.ts";
import { machineSeconds } from "./machine.ts";

/** Fine enough for a chart of seconds. */
const EVERY_MS = 1_000;

/** Writes what every part, and the harness itself, has cost so far into the history, once a second. */
export function sampleUsage(stage: Stage, ctx: RunContext): AsyncDisposable {
  let reading: Promise<void> = Promise.resolve();
  const read = async (): Promise<void> => {
    const own = process.cpuUsage();
    ctx.history.append("harness", {
      kind: "sample",
      node: "harness",
      values: { cpu_seconds: (own.user + own.system) / 1e6, rss_bytes: process.memoryUsage.rss() },
    });
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
