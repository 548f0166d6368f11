import { expect, test, vi } from "vitest";
import type { RunContext } from "#core/context.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { noopJournal, noopStage } from "#core/noop.ts";
import { randomStream } from "#core/random.ts";
import { virtualClock } from "#core/testing/virtual-clock.ts";
import { processSeconds } from "./machine.ts";
import { sampleUsage } from "./usage.ts";

test("what a process has cost is read where the kernel counts it", () => {
  const own = process.cpuUsage();
  // The kernel shows hundredths; half a second of difference is what this test may cost itself.
  expect(Math.abs((processSeconds(process.pid) ?? 0) - (own.user + own.system) / 1e6)).toBeLessThan(0.5);
  expect(processSeconds(2 ** 30)).toBeUndefined();
});

test("the guardian is sampled beside the harness, and the machine tells its size", async () => {
  const clock = virtualClock();
  const history = memoryHistory(clock);
  const ctx: RunContext = {
    runId: "r",
    seed: "s",
    clock,
    random: (stream) => randomStream("s", stream),
    signal: new AbortController().signal,
    history,
    journal: noopJournal,
    folder: "",
  };
  await using _ = sampleUsage(
    noopStage({ system: "scaled", regions: [], nodes: [], links: [], protections: [] }),
    ctx,
    process.pid,
  );
  const of = (node: string) =>
    history.records().flatMap((record) => (record.kind === "sample" && record.node === node ? [record.values] : []));
  await vi.waitUntil(() => of("machine").length > 0, { timeout: 5_000 });
  expect(of("guardian")[0]?.cpu_seconds).toBeGreaterThan(0);
  expect(of("harness")[0]?.cpu_seconds).toBeGreaterThan(0);
  expect(of("machine")[0]?.cores).toBeGreaterThanOrEqual(1);
});
