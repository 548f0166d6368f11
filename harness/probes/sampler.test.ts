import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { SampleSource } from "#core/evidence.ts";
import { lastWordSchema } from "#core/last-words.ts";
import { memoryHistory } from "#core/memory-history.ts";
import type { Address } from "#core/service.ts";
import type { NodeSelector, NodeSpec } from "#core/topology.ts";
import { systemClock } from "#harness/context/index.ts";
import { equip } from "#harness/tools/index.ts";
import { startSampler } from "./sampler.ts";

const HOST = "127.0.0.1";
let redisPort = 0;
let redis: ReturnType<typeof spawn> | undefined;

beforeAll(async () => {
  const toolbox = await equip({ progress: () => undefined, signal: AbortSignal.timeout(110_000) });
  redisPort = await freePort();
  const { path, env } = toolbox["redis-server"];
  const argv = ["--port", String(redisPort), "--bind", HOST, "--save", "", "--requirepass", "hush"];
  redis = spawn(path, argv, { env, stdio: ["ignore", "pipe", "ignore"] });
  for await (const chunk of redis.stdout ?? []) if (String(chunk).includes("Ready to accept connections")) break;
});

afterAll(async () => {
  if (redis === undefined) return;
  redis.kill("SIGKILL");
  await once(redis, "exit");
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function nodeSpec(id: string, role: NodeSpec["role"], spare = false): NodeSpec {
  return { id, role, region: "eu", index: 1, cpu: 1, ...(spare ? { spare: true as const } : {}) };
}

function fakeStage(nodes: readonly NodeSpec[], addresses: Readonly<Record<string, Address>>) {
  return {
    nodes: (selector: NodeSelector) => nodes.filter((node) => node.role === selector.role),
    direct: (node: string) => addresses[node] ?? { host: HOST, port: 9 },
    secret: () => "hush",
  };
}

const everyMs = 100;
const app: SampleSource = { kind: "prometheus", role: "app", port: "http", path: "/metrics", everyMs, keep: ["shop_"] };
const cache: SampleSource = {
  kind: "redis",
  role: "cache",
  port: "redis",
  secret: "redis",
  everyMs,
  keep: ["connected_clients"],
};

test("every present node is read on its period, and a spare one never", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.end(`shop_inflight ${asked}\n`);
  }).listen(0, HOST);
  await once(server, "listening");
  const clock = systemClock();
  const history = memoryHistory(clock);
  const nodes = [nodeSpec("app-eu-1", "app"), nodeSpec("app-eu-2", "app", true), nodeSpec("cache-eu", "cache")];
  const stage = fakeStage(nodes, {
    "app-eu-1": { host: HOST, port: (server.address() as AddressInfo).port },
    "cache-eu": { host: HOST, port: redisPort },
  });
  {
    await using _sampler = startSampler([app, cache], stage, { clock, history, signal: new AbortController().signal });
    await pause(650);
  }
  server.close();
  const samples = history.records().filter((record) => record.kind === "sample");
  const of = (node: string) => samples.filter((record) => record.node === node);
  expect(of("app-eu-1").length).toBeGreaterThanOrEqual(5);
  expect(of("app-eu-1").at(-1)?.values).toEqual({ shop_inflight: asked });
  expect(of("app-eu-2")).toEqual([]);
  const [word] = history.records().filter((record) => record.kind === "evidence");
  expect(word).toMatchObject({
    name: "last-word/samplers",
    data: {
      sources: [
        { name: "prometheus of app-eu-1", node: "app-eu-1", told: of("app-eu-1").length, speechless: [] },
        { name: "redis of cache-eu", node: "cache-eu", told: of("cache-eu").length, speechless: [] },
      ],
    },
  });
  expect(of("cache-eu").filter((record) => (record.values.connected_clients ?? 0) > 0).length).toBeGreaterThanOrEqual(
    4,
  );
});

test("a source that is gone, hangs or answers nonsense leaves a sample of up 0 and never an exception", async () => {
  const hanging = createServer(() => undefined).listen(0, HOST);
  await once(hanging, "listening");
  const clock = systemClock();
  const history = memoryHistory(clock);
  const nodes = [
    nodeSpec("app-gone", "app"),
    nodeSpec("app-hangs", "app"),
    nodeSpec("edge", "edge"),
    nodeSpec("primary", "primary"),
  ];
  const port = (hanging.address() as AddressInfo).port;
  const stage = fakeStage(nodes, {
    "app-gone": { host: HOST, port: await freePort() },
    "app-hangs": { host: HOST, port },
    edge: { host: HOST, port: redisPort },
    primary: { host: HOST, port: redisPort },
  });
  const sources: readonly SampleSource[] = [
    app,
    { kind: "haproxy", role: "edge", port: "stats", path: "/stats;csv", everyMs },
    { kind: "sql", role: "primary", port: "sql", user: "u", secret: "s", database: "d", everyMs, query: "select 1" },
  ];
  {
    await using _sampler = startSampler(sources, stage, { clock, history, signal: new AbortController().signal });
    await pause(500);
  }
  hanging.closeAllConnections();
  hanging.close();
  const samples = history.records().filter((record) => record.kind === "sample");
  for (const node of nodes) {
    expect(
      samples.some((record) => record.node === node.id),
      node.id,
    ).toBe(true);
  }
  for (const sample of samples) expect(sample.values).toEqual({ up: 0 });
  const word = history.records().findLast((record) => record.kind === "evidence");
  const { sources: told } = lastWordSchema.parse(word?.kind === "evidence" ? word.data : undefined);
  expect(told.map(({ answered }) => answered)).toEqual(nodes.map(() => 0));
});
