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

function run() {
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
  return { history, ctx };
}

test("the guardian is sampled beside the harness, and the machine tells its size", async () => {
  const { history, ctx } = run();
  const sampler = sampleUsage(
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
  await sampler[Symbol.asyncDispose]();
  const records = history.records();
  const told = records.filter(({ kind }) => kind === "sample").length;
  expect(records.at(-1)).toMatchObject({ name: "last-word/usage", data: { sources: [{ name: "usage", told }] } });
});

test("a reader that cannot read any more falls silent in its last word", async () => {
  const { history, ctx } = run();
  const stage = noopStage({ system: "scaled", regions: [], nodes: [], links: [], protections: [] });
  const sampler = sampleUsage({ ...stage, usage: () => Promise.reject(new Error("gone")) }, ctx, undefined);
  await vi.waitUntil(() => history.records().length > 0, { timeout: 5_000 });
  await sampler[Symbol.asyncDispose]();
  expect(history.records().at(-1)).toMatchObject({ name: "last-word/usage", data: { sources: [{ told: 0 }] } });
});
