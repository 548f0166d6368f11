import { once } from "node:events";
import { createServer } from "node:http";
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
    asked: 2,
    rows: [
      [3, [1_000]],
      [7, [1_000]],
    ],
    unread: [],
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

test("what one replica cannot say hides nothing of what others said, and is unread with its reason", async () => {
  const { host, port } = stage.direct("app-eu-1", "http");
  const both: Topology = { ...whole, nodes: whole.nodes.filter(({ id }) => id === "app-eu-1" || id === "app-eu-2") };
  const half: Stage = {
    ...noopStage(both),
    direct: (node) => (node === "app-eu-1" ? { host, port } : { host, port: 1 }),
  };
  const { rows, asked, unread } = await readPages(half, [3, 77], ctx);
  expect(asked).toBe(2);
  expect(rows).toEqual([
    [3, [1_000, "unread"]],
    [77, [null, "unread"]],
  ]);
  expect(unread).toHaveLength(2);
  expect(unread[0]).toContain("product 3 at app-eu-2: ");
});

test("a page that fails at first is asked again, and others keep what they said meanwhile", async () => {
  const { host, port } = stage.direct("app-eu-1", "http");
  let failures = 0;
  const flaky = createServer((_, response) => {
    failures += 1;
    if (failures <= 2) response.writeHead(500).end("not now");
    else response.end(JSON.stringify({ stock: 998 }));
  }).listen(0, host);
  await once(flaky, "listening");
  const both: Topology = { ...whole, nodes: whole.nodes.filter(({ id }) => id === "app-eu-1" || id === "app-eu-2") };
  const at = (flaky.address() as AddressInfo).port;
  const half: Stage = { ...noopStage(both), direct: (node) => ({ host, port: node === "app-eu-1" ? port : at }) };
  const { rows, unread } = await readPages(half, [3], ctx);
  flaky.close();
  expect(failures).toBe(3);
  expect(rows).toEqual([[3, [1_000, 998]]]);
  expect(unread).toEqual([]);
});

test("where nothing answers nobody asks for all, and the first reasons are told", async () => {
  const deaf: Stage = { ...stage, direct: () => ({ host: "127.0.0.1", port: 1 }) };
  const many = Array.from({ length: 1_000 }, (_, index) => index + 1);
  const { rows, asked, unread } = await readPages(deaf, many, ctx);
  expect(asked).toBe(1_000);
  expect(rows.length).toBeLessThan(30);
  expect(unread).toHaveLength(5);
}, 30_000);
