import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { chown, cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Redis } from "ioredis";
import pg from "pg";
import type { Address, Dataset, DatasetHelp, ReadyCheck, Service, ServiceInput, ServiceLaunch } from "#core/service.ts";
import type { Tool, Toolbox } from "#core/toolbox.ts";
import type { Topology } from "#core/topology.ts";
import { serviceUser, stateFolder } from "#harness/tools/index.ts";
import { freePort, toolbox } from "./parts.ts";

/** A server of an idle machine is up in 0.3 s; a loaded one has been seen to take 5 s. */
const READY_MS = 20_000;

/** A node of the shop, started from its own service description. */
export interface StandingNode extends AsyncDisposable {
  readonly process: ChildProcess;
  readonly launch: ServiceLaunch;
  address(port: string): Address;
}

/** Ground for some nodes of a topology, without proxies between them: for tests of service descriptions. */
export class Ground implements AsyncDisposable {
  readonly #folder: string;
  readonly #topology: Topology;
  readonly #tools: Toolbox;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #nodes: StandingNode[] = [];

  private constructor(folder: string, topology: Topology, tools: Toolbox, ports: ReadonlyMap<string, number>) {
    this.#folder = folder;
    this.#topology = topology;
    this.#tools = tools;
    this.#ports = ports;
  }

  /** `ports` are names as `primary:sql`. */
  static async open(topology: Topology, ports: readonly string[]): Promise<Ground> {
    const tools = await toolbox();
    const base = join(stateFolder(), "tests");
    await mkdir(base, { recursive: true, mode: 0o711 });
    const folder = await mkdtemp(join(base, "g-"));
    await promisify(execFile)("chmod", ["711", folder]);
    const chosen = await Promise.all(ports.map(async (name) => [name, await freePort()] as const));
    return new Ground(folder, topology, tools, new Map(chosen));
  }

  get tools(): Toolbox {
    return this.#tools;
  }

  address(node: string, port: string): Address {
    const found = this.#ports.get(`${node}:${port}`);
    if (found === undefined) throw new RangeError(`the test has reserved no port ${node}:${port}`);
    return { host: "127.0.0.1", port: found };
  }

  secret(name: string): string {
    return createHash("md5").update(name).digest("hex");
  }

  input(node: string): ServiceInput {
    const spec = this.#topology.nodes.find(({ id }) => id === node);
    if (spec === undefined) throw new RangeError(`the topology has no node ${node}`);
    return {
      node: spec,
      topology: this.#topology,
      folder: join(this.#folder, node),
      listen: (port) => this.address(node, port),
      dial: (to, port) => this.address(to, port ?? this.#topology.links.find((link) => link.to === to)?.port ?? ""),
      secret: (name) => this.secret(name),
      seed: "test",
      scale: 2_000,
    };
  }

  /** Writes the folder, starts the node, and waits until it is ready. A second start finds its folder as it left it. */
  async start(node: string, service: Service, data?: string): Promise<StandingNode> {
    const input = this.input(node);
    const launch = service.launch(input);
    const first = !(await isFolder(input.folder));
    if (first) await this.#fill(input.folder, launch, data);
    const process = spawnTool(this.#tools[launch.program], launch.argv, launch.asServiceUser, input.folder);
    const standing: StandingNode = {
      process,
      launch,
      address: (port) => this.address(node, port),
      async [Symbol.asyncDispose]() {
        await end(process, launch.stop.signal);
      },
    };
    this.#nodes.push(standing);
    if (first && launch.firstStart !== undefined) await this.#firstStart(launch.firstStart, input);
    await until(() => look(launch.ready, input.listen(launch.ready.port)), process);
    return standing;
  }

  async #fill(folder: string, launch: ServiceLaunch, data: string | undefined): Promise<void> {
    await mkdir(folder, { mode: 0o700 });
    if (data !== undefined) await cp(data, join(folder, "data"), { recursive: true });
    for (const file of launch.files) await writeFile(join(folder, file.path), file.content, { mode: 0o600 });
    const user = launch.asServiceUser ? serviceUser() : undefined;
    if (user !== undefined) await promisify(execFile)("chown", ["-R", `${user.uid}:${user.gid}`, folder]);
  }

  async #firstStart(first: NonNullable<ServiceLaunch["firstStart"]>, input: ServiceInput): Promise<void> {
    await until(async () => {
      const { socketFolder: host, database, user } = first;
      await session({ host, port: input.listen(first.port).port, database, user }, async (client) => {
        for (const statement of first.sql) await client.query(statement);
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes.toReversed()) await node[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Prepares a dataset once for its key; tests that run side by side may both do it, and one of the two results is kept. */
export async function prepared(dataset: Dataset): Promise<string> {
  const base = join(stateFolder(), "tests");
  const folder = join(base, `${dataset.name}-${dataset.key}`);
  await mkdir(base, { recursive: true, mode: 0o711 });
  if (await isFolder(folder)) return folder;
  const draft = await mkdtemp(`${folder}.`);
  try {
    const user = serviceUser();
    if (user !== undefined) await chown(draft, user.uid, user.gid);
    await dataset.prepare(draft, new Help(await toolbox()));
    await rename(draft, folder).catch(() => {});
    await removeOthers(base, dataset);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

/** What earlier versions of the schema were prepared as; nobody asks for it again. */
async function removeOthers(base: string, { name, key }: Dataset): Promise<void> {
  const prepared = new RegExp(`^${name}-[0-9a-f]{16}$`);
  const old = (await readdir(base)).filter((each) => prepared.test(each) && each !== `${name}-${key}`);
  await Promise.all(old.map((each) => rm(join(base, each), { recursive: true, force: true })));
}

class Help implements DatasetHelp {
  readonly signal = AbortSignal.timeout(120_000);
  readonly #tools: Toolbox;
  constructor(tools: Toolbox) {
    this.#tools = tools;
  }
  progress(): void {}
  async run(program: keyof Toolbox, argv: readonly string[]): Promise<string> {
    const child = spawnTool(this.#tools[program], argv, true, "/");
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    return "";
  }
  async start(program: keyof Toolbox, argv: readonly string[]): Promise<AsyncDisposable> {
    const child = spawnTool(this.#tools[program], argv, true, "/");
    return { [Symbol.asyncDispose]: () => end(child, "SIGINT") };
  }
}

export async function session<T>(options: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(options);
  // A server that a test kills takes its idle connections along.
  client.on("error", () => {});
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

function spawnTool(tool: Tool, argv: readonly string[], asServiceUser: boolean, cwd: string): ChildProcess {
  const user = asServiceUser ? serviceUser() : undefined;
  return spawn(tool.path, argv, {
    env: { ...tool.env, PATH: process.env.PATH ?? "" },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  }).on("spawn", function (this: ChildProcess) {
    // Read or not, what it says must not fill the pipe.
    this.stdout?.resume();
    this.stderr?.resume();
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await exited;
  clearTimeout(late);
}

async function look(check: ReadyCheck, { host, port }: Address): Promise<void> {
  if (check.kind === "postgres") {
    const { user, password, database } = check;
    await session({ host, port, user, password, database }, (client) => client.query("select 1"));
  } else if (check.kind === "http") {
    const response = await fetch(`http://${host}:${port}${check.path}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`${check.path} answered ${response.status}`);
  } else if (check.kind === "redis") {
    const redis = new Redis({ host, port, password: check.password, lazyConnect: true, retryStrategy: () => null });
    redis.on("error", () => {});
    try {
      await redis.connect();
      await redis.ping();
    } finally {
      redis.disconnect();
    }
  }
}

async function until(attempt: () => Promise<void>, child?: ChildProcess): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (cause) {
      if (child !== undefined && child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`, { cause });
      if (performance.now() > deadline) throw new Error("it was not ready in time", { cause });
      await sleep(50);
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  return promisify(execFile)("test", ["-d", path]).then(
    () => true,
    () => false,
  );
}
