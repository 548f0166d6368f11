import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { noopJournal } from "#core/noop.ts";
import { randomStream } from "#core/random.ts";
import { virtualClock } from "#core/testing/virtual-clock.ts";
import type { NodeSpec } from "#core/topology.ts";
import { parseEdgeLine } from "#system/balancer/log-line.ts";
import { recordsPath } from "./driver.ts";
import { writeWitnesses } from "./witnesses.ts";

const door: NodeSpec = { id: "edge", role: "edge", region: "eu", index: 1, cpu: 1 };
const stage = (logPath?: string) => ({
  nodes: () => [door],
  ...(logPath === undefined ? {} : { logPath: () => logPath }),
});

async function run() {
  const folder = await mkdtemp(join(tmpdir(), "witnesses-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const clock = virtualClock();
  const history = memoryHistory(clock);
  const { signal } = new AbortController();
  const random = (stream: string) => randomStream("s", stream);
  const ctx: RunContext = { runId: "r", seed: "s", clock, random, signal, history, journal: noopJournal, folder };
  const written = async (on: Parameters<typeof writeWitnesses>[0]): Promise<unknown> => {
    await writeWitnesses(on, parseEdgeLine, ctx);
    return history.records().at(-1);
  };
  return { ctx, written };
}

const begun = { kind: "run", state: "load-begun", detail: "", facts: { zeroAt: 1_000 } } as const;

test("what was joined is written as evidence, with the lines that the edge took with it when it was killed", async () => {
  const { ctx, written } = await run();
  ctx.history.append("harness", begun);
  ctx.history.append("harness", { kind: "node", node: "edge", state: "killed", detail: "SIGKILL" });
  const log = join(ctx.folder, "edge.log");
  const killedAtMs = (ctx.history.records().at(-1)?.at ?? 0) - 1_000;
  const us = [killedAtMs - 30, killedAtMs - 30, killedAtMs - 10].map((ms) => String(Math.round(ms * 1_000)));
  const record = ["A", "shoppers", "eu", "7", "0", "1", "home", "home", ...us, "200", "0", "f", "r.7.0.1", "", ""];
  await mkdir(dirname(recordsPath(ctx)));
  await writeFile(recordsPath(ctx), `${record.join("\t")}\n`);
  await writeFile(log, "");
  expect(await written(stage(log))).toMatchObject({
    kind: "evidence",
    name: "witnesses",
    data: { kind: "joined", attempts: 1, agreed: 0, cut: 1, differences: {} },
  });
});

test("what cannot be joined is written as well, with the reason", async () => {
  const { ctx, written } = await run();
  const failed = (reason: string) => ({ data: { kind: "failed", reason: expect.stringContaining(reason) } });
  expect(await written(stage("/nowhere/edge.log"))).toMatchObject(failed("no load ever began"));
  ctx.history.append("harness", begun);
  expect(await written(stage())).toMatchObject(failed("keeps no log"));
  expect(await written(stage("/nowhere/edge.log"))).toMatchObject(failed("records.tsv"));
});
