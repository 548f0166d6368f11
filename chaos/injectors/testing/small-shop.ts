import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Stage, StageLink } from "#core/substrate.ts";
import type { Toolbox } from "#core/toolbox.ts";
import { type LinkSpec, type NodeSpec, selectLinks, selectNodes, type Topology } from "#core/topology.ts";
import { openProbe, type ProbeProtocol } from "#harness/probes/index.ts";
import { type Child, freePort, HOST, startListening } from "./children.ts";
import { openDeafDoor } from "./deaf-door.ts";

const nodes: readonly NodeSpec[] = [
  { id: "app-eu-1", role: "app", region: "eu", index: 1, cpu: 1 },
  { id: "app-eu-2", role: "app", region: "eu", index: 2, cpu: 1, spare: true },
  { id: "cache-eu", role: "cache", region: "eu", index: 1, cpu: 1 },
];

function link(from: LinkSpec["from"]["role"], to: string, port: string): LinkSpec {
  return { id: `${from}@eu>${to}`, from: { role: from, region: "eu" }, to, port, roundTripMs: 0 };
}

const topology: Topology = {
  system: "scaled",
  regions: ["eu"],
  nodes,
  links: [
    link("balancer", "app-eu-1", "http"),
    link("balancer", "app-eu-2", "http"),
    { ...link("balancer", "app-eu-1", "agent"), id: "balancer@eu>app-eu-1:agent" },
    link("app", "cache-eu", "redis"),
  ],
  protections: [],
};

/** How the stage may be less than it says. */
export type Flaw =
  /** Obeys in words, does nothing in fact. */
  | "deaf"
  /** Cannot be told anything: its control door is shut, its commands fail. */
  | "mute"
  /** Its control door takes calls and never answers. */
  | "hung"
  /** Its control door does what it is told, and tells of its proxies without half of the fields. */
  | "forgetful";

/** A stage whose proxy server may die. */
export interface SmallShop extends Stage {
  /** Kills the proxy server and starts it anew with its proxies and their base conditions, as a substrate does. */
  renewProxies(): Promise<void>;
}

const PROTOCOLS: Readonly<Record<string, ProbeProtocol>> = { http: "http", redis: "redis" };
/** Pages on one port; on the other what HAProxy's agent-check meets: a word, and the end. */
const SERVER = `
  const [, port, agent] = process.argv;
  require("net").createServer((s) => s.on("error", () => {}).end("up 75%\\n")).listen(+agent, "127.0.0.1", () =>
    require("http").createServer((q, s) => s.end("ok")).listen(+port, "127.0.0.1"));
`;

/** One application and one Redis behind a real Toxiproxy: the least stage that both injectors can work on. */
export async function raiseSmallShop(toolbox: Toolbox, flaw?: Flaw): Promise<SmallShop> {
  await using stack = new AsyncDisposableStack();
  const ports = new Map<string, number>();
  for (const node of nodes) ports.set(node.id, await freePort());
  const portOf = (id: string): number => ports.get(id) ?? 0;
  const agentPort = await freePort();
  const upstreamOf = (spec: LinkSpec): number => (spec.port === "agent" ? agentPort : portOf(spec.to));
  const children = new Map<string, Child>();
  stack.defer(async () => {
    await Promise.all([...children.values()].map((child) => child.end()));
  });
  const start = async (id: string): Promise<void> => {
    const { path, env } = id === "cache-eu" ? toolbox["redis-server"] : toolbox.node;
    const argv =
      id === "cache-eu"
        ? ["--port", String(portOf(id)), "--bind", HOST, "--save", "", "--requirepass", "hush"]
        : ["-e", SERVER, String(portOf(id)), String(agentPort)];
    children.set(id, await startListening(path, argv, env, portOf(id)));
  };
  await Promise.all([start("app-eu-1"), start("cache-eu")]);

  const proxies = stack.use(await startProxies(toolbox, upstreamOf, flaw));
  const near = (spec: LinkSpec): StageLink => ({
    spec,
    proxy: spec.id,
    near: { host: HOST, port: proxies.ports[topology.links.indexOf(spec)] ?? 0 },
  });
  const told = (): void => {
    if (flaw === "mute") throw new Error("the supervisor does not answer");
  };
  const signal = (id: string, name: NodeJS.Signals): void => {
    told();
    if (flaw !== "deaf") children.get(id)?.process.kill(name);
  };
  const killed = new Set<string>();
  const resources = stack.move();
  return {
    substrate: "small",
    topology,
    can: new Set(["kill", "pause", "links"]),
    edge: { host: HOST, port: 0 },
    nodes: (selector) => selectNodes(topology, selector),
    links: (selector) => selectLinks(topology, selector).map(near),
    direct: (id) => ({ host: HOST, port: portOf(id) }),
    portsOf: (id) => [{ name: "main", address: { host: HOST, port: portOf(id) } }],
    secret: () => "hush",
    probeLink: ({ spec, near: address }) =>
      openProbe({ target: spec.id, address, protocol: PROTOCOLS[spec.port] ?? "tcp" }),
    probeNode: (node) =>
      openProbe({
        target: node.id,
        address: { host: HOST, port: portOf(node.id) },
        protocol: node.role === "cache" ? "redis" : "http",
      }),
    proxyApi: proxies.api,
    kill: async (id) => {
      signal(id, "SIGKILL");
      if (flaw === "deaf") return;
      killed.add(id);
      const child = children.get(id)?.process;
      if (child !== undefined && child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await proxies.enable(id, false);
    },
    release: async (id) => {
      told();
      if (!killed.delete(id)) return;
      await start(id);
      await proxies.enable(id, true);
    },
    pause: async (id) => signal(id, "SIGSTOP"),
    resume: async (id) => signal(id, "SIGCONT"),
    identity: (id) => {
      const child = children.get(id);
      return child?.process.exitCode === null && child.process.signalCode === null ? child.identity : undefined;
    },
    facts: () => ({}),
    renewProxies: proxies.renew,
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

interface Proxies extends AsyncDisposable {
  readonly api: string;
  readonly ports: readonly number[];
  enable(node: string, enabled: boolean): Promise<void>;
  renew(): Promise<void>;
}

async function startProxies(
  toolbox: Toolbox,
  upstreamOf: (spec: LinkSpec) => number,
  flaw: Flaw | undefined,
): Promise<Proxies> {
  await using stack = new AsyncDisposableStack();
  const control = await freePort();
  const { path, env } = toolbox["toxiproxy-server"];
  const startServer = () => startListening(path, ["-host", HOST, "-port", String(control)], env, control);
  let server = await startServer();
  stack.defer(() => server.end());
  const api = `http://${HOST}:${control}`;
  const post = async (route: string, body: object): Promise<void> => {
    const response = await fetch(`${api}${route}`, { method: "POST", body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${route} answered ${response.status}: ${await response.text()}`);
  };
  const create = async (spec: LinkSpec, port: number): Promise<void> => {
    const enabled = spec.to !== "app-eu-2";
    const upstream = `${HOST}:${upstreamOf(spec)}`;
    await post("/proxies", { name: spec.id, listen: `${HOST}:${port}`, upstream, enabled });
    // A base condition as a substrate sets it: injectors must see through it and leave it alone.
    for (const stream of ["upstream", "downstream"]) {
      const attributes = { latency: 3, jitter: 0 };
      await post(`/proxies/${encodeURIComponent(spec.id)}/toxics`, {
        name: `base-${stream}`,
        type: "latency",
        stream,
        attributes,
      });
    }
  };
  const ports = await Promise.all(topology.links.map(() => freePort()));
  const createAll = async (): Promise<void> => {
    for (const [index, spec] of topology.links.entries()) await create(spec, ports[index] ?? 0);
  };
  await createAll();
  const shown = flaw === undefined ? api : await brokenApi(flaw, api, stack);
  const resources = stack.move();
  return {
    api: shown,
    ports,
    enable: async (node, enabled) => {
      for (const [index, spec] of topology.links.entries()) {
        if (spec.to !== node) continue;
        const upstream = `${HOST}:${upstreamOf(spec)}`;
        const listen = `${HOST}:${ports[index]}`;
        await post(`/proxies/${encodeURIComponent(spec.id)}`, { enabled, listen, upstream });
      }
    },
    renew: async () => {
      await server.end();
      server = await startServer();
      await createAll();
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function brokenApi(flaw: Flaw, api: string, stack: AsyncDisposableStack): Promise<string> {
  if (flaw === "deaf") {
    return stack.use(await openDeafDoor(api, 0, { goesTo: () => undefined, deafToSwitching: true })).api;
  }
  if (flaw === "mute") return `http://${HOST}:${await freePort()}`;
  const port = await freePort();
  const server = createServer((request, response) => {
    if (flaw === "forgetful") void forgetfully(api, request, response);
  }).listen(port, HOST);
  await once(server, "listening");
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://${HOST}:${port}`;
}

/** Passes a call on, and leaves out of the answer whether a proxy is enabled, and its toxics. */
async function forgetfully(api: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const answer = await fetch(`${api}${request.url}`, {
    method: request.method ?? "GET",
    ...(body === "" ? {} : { body }),
  });
  const told = await answer.text();
  const kept = told.startsWith("{")
    ? JSON.stringify(JSON.parse(told), (key, value) => (FORGOTTEN.has(key) ? undefined : value))
    : told;
  response.writeHead(answer.status, { "content-type": "application/json" }).end(kept);
}

const FORGOTTEN: ReadonlySet<string> = new Set(["enabled", "toxics"]);
