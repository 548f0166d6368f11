import { spawn } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { RunContext } from "#core/context.ts";
import { Failure } from "#core/errors.ts";
import type { Address, Dataset, Service, ServiceInput } from "#core/service.ts";
import type { Stage } from "#core/substrate.ts";
import type { Toolbox } from "#core/toolbox.ts";
import type { NodeSpec, Role, Topology } from "#core/topology.ts";
import { createContext, systemClock } from "#harness/context/index.ts";
import { findUnfinished, guardRun } from "#harness/guardian/index.ts";
import { family, runFolder, statOf } from "#harness/ownership/index.ts";
import { openProbe } from "#harness/probes/index.ts";
import { equip, serviceUser } from "#harness/tools/index.ts";
import { conformsToSubstrate } from "../conformance.ts";
import { localSubstrate } from "./index.ts";
import type { LocalParts, SizesKind } from "./parts.ts";

/** A web server that ends when it is told so; its log tells an event as the shop's services do. */
const SERVER = `
import { createServer } from "node:http";
const port = Number(process.argv[2]);
console.log(JSON.stringify({ level: 30, time: Date.now(), event: "drain-ended", detail: "it listens" }));
createServer((request, response) => {
  if (request.url === "/crash") process.exit(1);
  if (request.url === "/burn") for (const until = Date.now() + 200; Date.now() < until; );
  if (request.url === "/env") return response.end(JSON.stringify(process.env));
  response.end("here");
}).listen(port, "127.0.0.1");
`;

const web = (script: string): Service => ({
  ports: ["http"],
  launch: ({ listen, folder, node }) => ({
    program: "node",
    argv: [join(folder, "server.mjs"), String(listen("http").port)],
    env: { NODE_NAME: node.id },
    files: [{ path: "server.mjs", content: script }],
    asServiceUser: false,
    ready: { kind: "http", port: "http", path: "/" },
    stop: { signal: "SIGTERM", graceMs: 1_000 },
    after: [],
  }),
});

/** Redis with data that was prepared beforehand, as the service user: it also shows who owns what. */
const redis: Service = {
  ports: ["redis"],
  launch: ({ listen, folder, secret }) => ({
    program: "redis-server",
    argv: [join(folder, "redis.conf")],
    env: {},
    files: [
      {
        path: "redis.conf",
        content: [
          `bind 127.0.0.1`,
          `port ${listen("redis").port}`,
          `dir ${join(folder, "data")}`,
          `requirepass ${secret("redis")}`,
          "save ''",
        ].join("\n"),
      },
    ],
    data: { dataset: "greeting" },
    asServiceUser: false,
    ready: { kind: "redis", port: "redis", password: secret("redis") },
    stop: { signal: "SIGTERM", graceMs: 1_000 },
    after: [],
  }),
};

const haproxy: Service = {
  ports: ["http"],
  launch: ({ listen, folder }) => ({
    program: "haproxy",
    argv: ["-db", "-f", join(folder, "haproxy.cfg")],
    env: {},
    files: [
      {
        path: "haproxy.cfg",
        content: [
          "defaults",
          "  mode http",
          "  timeout client 5s",
          "  timeout http-request 5s",
          "frontend door",
          `  bind 127.0.0.1:${listen("http").port}`,
          "  http-request return status 200",
          "",
        ].join("\n"),
      },
    ],
    asServiceUser: false,
    ready: { kind: "http", port: "http", path: "/" },
    stop: { signal: "SIGTERM", graceMs: 1_000 },
    after: [],
  }),
};

const SPECS: readonly NodeSpec[] = [
  { id: "edge", role: "edge", region: "eu", index: 1, cpu: 0.5 },
  { id: "app-eu-1", role: "app", region: "eu", index: 1, cpu: 0.3 },
  { id: "app-eu-2", role: "app", region: "eu", index: 2, cpu: 0.3, spare: true },
  { id: "cache-eu", role: "cache", region: "eu", index: 1, cpu: 0.25 },
];

const TOPOLOGY: Topology = {
  system: "scaled",
  regions: ["eu", "us"],
  nodes: SPECS,
  links: [
    { id: "edge@eu>app-eu-1", from: { role: "edge", region: "eu" }, to: "app-eu-1", port: "http", roundTripMs: 0 },
    { id: "edge@us>app-eu-1", from: { role: "edge", region: "us" }, to: "app-eu-1", port: "http", roundTripMs: 40 },
    { id: "edge@eu>app-eu-2", from: { role: "edge", region: "eu" }, to: "app-eu-2", port: "http", roundTripMs: 0 },
    { id: "app@eu>cache-eu", from: { role: "app", region: "eu" }, to: "cache-eu", port: "redis", roundTripMs: 0 },
  ],
  protections: [],
};

const preparations: string[] = [];

const greeting: Dataset = {
  name: "greeting",
  key: "v1",
  async prepare(folder, help) {
    preparations.push(folder);
    const said = await help.run("node", ["-e", "console.log('hello from', process.getuid())"]);
    await writeFile(join(folder, "greeting.txt"), said);
  },
};

let toolbox: Toolbox;
let state = "";

beforeAll(async () => {
  const tools = await equip({ progress: () => undefined, signal: AbortSignal.timeout(110_000) });
  state = await mkdtemp(join(tmpdir(), "doorbuster-local-"));
  await chmod(state, 0o711);
  // The data of these tests is prepared by Node as the service user, who may not enter the folder that this clone lies in.
  const node = join(state, "node");
  await copyFile(tools.node.path, node);
  toolbox = { ...tools, node: { ...tools.node, path: node } };
});

afterAll(() => rm(state, { recursive: true, force: true }));

function partsWith(change: Partial<LocalParts> = {}, changed: Partial<Record<Role, Service>> = {}): LocalParts {
  const server = web(SERVER);
  const every = {
    edge: server,
    balancer: server,
    app: server,
    cache: redis,
    carts: redis,
    queue: redis,
    pooler: server,
    primary: server,
    replica: server,
    reports: server,
    worker: server,
    relay: server,
    warehouse: server,
    payment: server,
  };
  return {
    toolbox,
    services: { ...every, ...changed },
    datasets: [greeting],
    serviceUser: serviceUser(),
    stateFolder: state,
    openProbe,
    ...change,
  };
}

let runs = 0;

/** The real context of a run, with a real journal and a real guardian. */
async function context(signal = new AbortController().signal): Promise<RunContext & AsyncDisposable> {
  runs += 1;
  const runId = `test-${process.pid}-${runs}`;
  const folder = join(state, `result-${runs}`);
  await mkdir(folder);
  const guarded = await guardRun(state, runId);
  const ctx = createContext({
    runId,
    seed: "5eed",
    clock: systemClock(),
    signal,
    journal: guarded.journal,
    folder,
  });
  return {
    ...ctx,
    async [Symbol.asyncDispose]() {
      await ctx[Symbol.asyncDispose]();
      await guarded[Symbol.asyncDispose]();
    },
  };
}

async function leftovers(ctx: RunContext): Promise<readonly string[]> {
  const found = [
    ...family({ roots: [], runId: ctx.runId }).map(({ pid }) => `process ${pid}`),
    ...SPECS.map(({ id }) => join(runFolder(state, ctx.runId), id)).filter(existsSync),
    ...["cpu", "cpuacct", ""].map((each) => join("/sys/fs/cgroup", each, `doorbuster-${ctx.runId}`)).filter(existsSync),
  ];
  return found;
}

conformsToSubstrate("local", async () => ({
  substrate: localSubstrate(partsWith()),
  topology: TOPOLOGY,
  near: { from: "edge", to: "app", region: "eu" },
  far: { from: "edge", to: "app", region: "us" },
  broken: localSubstrate(
    partsWith({}, { app: web(`console.error("there is no such thing as a shop"); process.exit(3);`) }),
  ),
  context,
  leftovers,
}));

describe("the local substrate on this machine", () => {
  test("starts nodes with an environment of its own, in folders that only their user can read", async () => {
    process.env.PGHOST = "somebody-elses.example";
    await using ctx = await context();
    await using stage = await localSubstrate(partsWith()).raise(TOPOLOGY, QUIET, ctx);
    delete process.env.PGHOST;
    const { host, port } = stage.direct("app-eu-1", "http");
    const env = (await (await fetch(`http://${host}:${port}/env`)).json()) as Record<string, string>;
    expect(
      Object.keys(env)
        .filter((name) => !["PATH", "TZ", "LANG", "LC_ALL"].includes(name))
        .toSorted(),
    ).toEqual(["DOORBUSTER_RUN", "NODE_COMPILE_CACHE", "NODE_NAME"]);
    const folder = join(runFolder(state, ctx.runId), "cache-eu");
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "redis.conf"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, "data/greeting.txt"), "utf8")).toBe(
      `hello from ${serviceUser()?.uid ?? process.getuid?.()}\n`,
    );
  });

  test("prepares data once, whoever asks for it", () => {
    expect(preparations).toHaveLength(1);
  });

  test("turns events of the nodes' logs into records of the history", async () => {
    await using ctx = await context();
    await using stage = await localSubstrate(partsWith()).raise(TOPOLOGY, QUIET, ctx);
    await stage[Symbol.asyncDispose]();
    const told = ctx.history.records().filter((record) => record.kind === "system" && record.node === "app-eu-1");
    expect(told).toMatchObject([{ event: "drain-ended", detail: "it listens" }]);
    expect(await readFile(join(ctx.folder, "logs/app-eu-1.log"), "utf8")).toContain("it listens");
  });

  test.each<SizesKind>(["cgroup v1", "cgroup v2", "affinity", "none"])(
    "says how it enforces sizes: %s",
    async (kind) => {
      await using ctx = await context();
      await using stage = await localSubstrate(partsWith({ sizes: kind })).raise(TOPOLOGY, QUIET, ctx);
      const facts = stage.facts();
      expect([kind, "none"]).toContain(facts.sizesKind);
      const used = await burn(stage);
      // A machine of 0.3 cores that wants a whole one gets 0.3, and where nothing is enforced more than half.
      if (facts.sizesKind === "cgroup v1" || facts.sizesKind === "cgroup v2") expect(used).toBeLessThan(0.4);
      expect(used).toBeGreaterThan(0.1);
    },
  );

  test("ends a stubborn node at its grace, and removes it", async () => {
    const stubborn = web(`${SERVER}\nprocess.on("SIGTERM", () => console.log("no"));`);
    await using ctx = await context();
    const stage = await localSubstrate(partsWith({}, { app: stubborn })).raise(TOPOLOGY, QUIET, ctx);
    const began = performance.now();
    await stage[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await leftovers(ctx)).toEqual([]);
  });

  test("brings every proxy back with its base conditions when the proxy server dies", async () => {
    await using ctx = await context();
    await using stage = await localSubstrate(partsWith()).raise(TOPOLOGY, QUIET, ctx);
    const [far] = stage.links({ from: "edge", to: "app", region: "us" });
    const [server] = family({ roots: [], runId: ctx.runId }).filter(({ pid }) => isProxyServer(pid));
    if (far === undefined || server === undefined) throw new Error("no link between regions, or no proxy server");
    process.kill(server.pid, "SIGKILL");
    await vi.waitUntil(() => answersAfter(far.near).catch(() => 0), { timeout: 5_000 });
    expect(await answersAfter(far.near)).toBeGreaterThanOrEqual(far.spec.roundTripMs);
    const told = ctx.history
      .records()
      .flatMap((each) => (each.kind === "node" && each.node === "network" ? [each.state] : []));
    expect(told).toEqual(["ready", "exited", "ready"]);
  });

  test("bounds the start of a part that lives and is never ready, keeps its log, and leaves nothing", async () => {
    const mute = web(`
      import { createServer } from "node:net";
      console.log("the kettle is on");
      createServer(() => undefined).listen(Number(process.argv[2]), "127.0.0.1");
    `);
    await using ctx = await context();
    const began = performance.now();
    const substrate = localSubstrate(partsWith({ readyWithinMs: 1_500 }, { app: mute }));
    const thrown = await substrate.raise(TOPOLOGY, QUIET, ctx).catch((reason: unknown) => reason);
    // A second for the last look, which had begun in time, and three for the end of everything else.
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(thrown).toBeInstanceOf(Failure);
    expect((thrown as Failure).kind).toBe("environment");
    expect((thrown as Failure).problems.join("\n")).toMatch(
      /^app-eu-1 is not ready: not within 1\.5 s; last: [\s\S]*the kettle is on/,
    );
    expect(await readFile(join(ctx.folder, "logs/app-eu-1.log"), "utf8")).toContain("the kettle is on");
    expect(await leftovers(ctx)).toEqual([]);
  });

  const listens = (role: Role, service: Service, port: string): Robbery => ({
    parts: { [role]: service },
    victim: role,
    portOf: (input) => input.listen(port).port,
  });

  test.each<[string, Robbery]>([
    ["an HTTP part's", listens("app", web(SERVER), "http")],
    ["a Redis'", listens("cache", redis, "redis")],
    ["an HAProxy's", listens("edge", haproxy, "http")],
    [
      "a proxy's, at the near end of a link",
      { parts: {}, victim: "edge", portOf: (input) => input.dial("app-eu-1", "http").port },
    ],
    [
      "the proxy server's own",
      // It comes first of the range, before the first part's.
      { parts: {}, victim: "edge", portOf: (input) => input.listen("http").port - 1 },
    ],
  ])("takes another range when somebody has taken a port meanwhile: %s", async (_, robbery) => {
    const { parts, stolen, thieves } = robbed(robbery, 1);
    await using ctx = await context();
    await using _thieves = thieves;
    const told: string[] = [];
    const options = { scale: 500, progress: (line: string) => told.push(line) };
    await using stage = await localSubstrate(partsWith({}, parts)).raise(TOPOLOGY, options, ctx);
    const [port = 0] = stolen;
    expect(told).toEqual([`another program took port ${port}; trying another range`]);
    const used = [
      ...SPECS.flatMap(({ id }) => stage.portsOf(id).map(({ address }) => address.port)),
      ...TOPOLOGY.links.flatMap(({ from, to }) => {
        const role = SPECS.find(({ id }) => id === to)?.role ?? "app";
        return stage.links({ from: from.role, to: role, region: from.region }).map(({ near }) => near.port);
      }),
    ];
    expect(used.length).toBeGreaterThan(SPECS.length);
    expect(used).not.toContain(port);
  });

  test("gives up at the third port that is taken, names them, and leaves nothing", async () => {
    const { parts, stolen, thieves } = robbed(listens("app", web(SERVER), "http"), 3);
    await using ctx = await context();
    await using _thieves = thieves;
    const thrown = await localSubstrate(partsWith({}, parts))
      .raise(TOPOLOGY, QUIET, ctx)
      .catch((reason: unknown) => reason);
    expect(stolen).toHaveLength(3);
    expect(thrown).toMatchObject({
      kind: "environment",
      problems: [expect.stringContaining(stolen.join(", ")), expect.anything()],
    });
    expect(await leftovers(ctx)).toEqual([]);
  });

  test("counts the load generator as a part of its own", async () => {
    await using ctx = await context();
    await using stage = await localSubstrate(partsWith()).raise(TOPOLOGY, QUIET, ctx);
    expect((await stage.usage?.())?.generator).toBeUndefined();
    const script = join(state, "idle.js");
    await writeFile(script, "import { sleep } from 'k6'; export default () => sleep(20);");
    const k6 = spawn(toolbox.k6.path, ["run", "--quiet", script], { stdio: "ignore" });
    await vi.waitUntil(async () => ((await stage.usage?.())?.generator?.cpuSeconds ?? 0) > 0, { timeout: 5_000 });
    k6.kill("SIGKILL");
  });

  test("is no unfinished business while it lives, nor when it is over", async () => {
    expect(await findUnfinished(state)).toEqual([]);
    expect(statOf(process.pid)?.pid).toBe(process.pid);
  });
});

const QUIET = { scale: 500, progress: () => undefined };

/** A port that somebody takes between its choice and its use, while the plan of one part is made. */
interface Robbery {
  readonly parts: Partial<Record<Role, Service>>;
  readonly victim: Role;
  portOf(input: ServiceInput): number;
}

/** Services of which one has its port taken, so often; the ports, in their order; and who listens there. */
function robbed({ parts, victim, portOf }: Robbery, times: number) {
  const stolen: number[] = [];
  const servers: Server[] = [];
  const service = parts[victim] ?? web(SERVER);
  const robbedService: Service = {
    ...service,
    launch(input) {
      // Between the choice of the ports and the start of the node: the moment that no check can cover.
      if (input.node.index === 1 && stolen.length < times) {
        stolen.push(portOf(input));
        servers.push(createServer().listen(stolen.at(-1), "127.0.0.1"));
      }
      return service.launch(input);
    },
  };
  const thieves = {
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close();
    },
  };
  return { parts: { ...parts, [victim]: robbedService }, stolen, thieves };
}

function isProxyServer(pid: number): boolean {
  return readlinkSync(`/proc/${pid}/exe`) === toolbox["toxiproxy-server"].path;
}

/** Milliseconds of one request on a connection of its own. */
async function answersAfter({ host, port }: Address): Promise<number> {
  const began = performance.now();
  const response = await fetch(`http://${host}:${port}/`, { headers: { connection: "close" } });
  await response.text();
  return performance.now() - began;
}

/** Share of a core that a node gets while it is asked to burn more. */
async function burn(stage: Stage): Promise<number> {
  const { host, port } = stage.direct("app-eu-1", "http");
  const before = (await stage.usage?.())?.["app-eu-1"]?.cpuSeconds ?? 0;
  const began = performance.now();
  await Promise.all(Array.from({ length: 4 }, () => fetch(`http://${host}:${port}/burn`).then((each) => each.text())));
  const after = (await stage.usage?.())?.["app-eu-1"]?.cpuSeconds ?? 0;
  return ((after - before) * 1_000) / (performance.now() - began);
}
