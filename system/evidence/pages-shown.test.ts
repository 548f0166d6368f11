import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import { memoryHistory } from "#core/memory-history.ts";
import { noopStage } from "#core/noop.ts";
import { randomStream } from "#core/random.ts";
import type { Stage } from "#core/substrate.ts";
import type { Topology } from "#core/topology.ts";
import { systemClock } from "#harness/context/index.ts";
import { ALL, raiseStand, type Stand, startShop } from "#system/app/testing/stand.ts";
import { topologyOf } from "#system/topology.ts";
import { readPages } from "./pages-shown.ts";

const whole = topologyOf("scaled");
const topology: Topology = { ...whole, nodes: whole.nodes.filter(({ id }) => id === "app-eu-1") };
const clock = systemClock();
const ctx: RunContext = {
  runId: "test",
  seed: "seed",
  clock,
  random: (stream) => randomStream("seed", stream),
  signal: AbortSignal.timeout(120_000),
  history: memoryHistory(clock),
  journal: { write: async () => {} },
  folder: tmpdir(),
};

let stand: Stand;
let running: Awaited<ReturnType<typeof startShop>>;
let stage: Stage;

beforeAll(async () => {
  stand = await raiseStand();
  running = await startShop(stand.config(ALL));
  const { port } = running.shop.http.server.address() as AddressInfo;
  stage = { ...noopStage(topology), direct: () => ({ host: "127.0.0.1", port }) };
}, 300_000);

afterAll(async () => {
  await running[Symbol.asyncDispose]();
  await stand[Symbol.asyncDispose]();
});

test("what pages show is read as they show it: old for as long as the tiers keep it, then true", async () => {
  expect(await readPages(stage, [7, 3], ctx)).toEqual({
    replicas: ["app-eu-1"],
    moved: 2,
    rows: [
      [3, [1_000]],
      [7, [1_000]],
    ],
  });
  await stand.sql("update stock set on_hand = 990 where product_id = 7");
  expect((await readPages(stage, [7], ctx)).rows).toEqual([[7, [1_000]]]);
  // Five seconds are what pages promise, and the first look filled the tiers anew.
  await clock.sleep(5_200, ctx.signal);
  expect((await readPages(stage, [7], ctx)).rows).toEqual([[7, [990]]]);
}, 30_000);

test("a product without a page shows no stock", async () => {
  expect((await readPages(stage, [77], ctx)).rows).toEqual([[77, [null]]]);
});

test("no more than the first two thousand are asked for, and the number of all is told", async () => {
  // No such products: a page that is not there is the cheapest.
  const many = Array.from({ length: 2_100 }, (_, i) => 1_000_000 + i);
  const { moved, rows } = await readPages(stage, many, ctx);
  expect(moved).toBe(2_100);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.length).toBeLessThanOrEqual(2_000);
}, 30_000);

test("a replica that does not answer is a failure, not a page without stock", async () => {
  const deaf: Stage = { ...stage, direct: () => ({ host: "127.0.0.1", port: 1 }) };
  await expect(readPages(deaf, [1], ctx)).rejects.toThrow();
});
