import { mkdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import type { RunContext } from "#core/context.ts";
import { Failure, messageOf } from "#core/errors.ts";
import { hashText } from "#core/random.ts";
import type { ServiceLaunch } from "#core/service.ts";
import type { RaiseOptions, Stage } from "#core/substrate.ts";
import type { NodeSpec, Topology } from "#core/topology.ts";
import { family, runFolder, runsFolder, signalProcess } from "#harness/ownership/index.ts";
import { preparedDataset } from "./datasets.ts";
import { Fleet } from "./fleet.ts";
import { tailLogs } from "./log-tail.ts";
import { NETWORK, Network } from "./network.ts";
import { PartFailure } from "./node-failure.ts";
import { checkRunFolder, enterableFolder, makeNodeFolder } from "./node-folder.ts";
import { openSizes } from "./open-sizes.ts";
import type { LocalParts } from "./parts.ts";
import { claimPorts, type PortBlock, takenPorts } from "./port-block.ts";
import { LocalStage } from "./stage.ts";
import { type NodePlan, READY_WITHIN_MS, type Surroundings } from "./supervisor.ts";
import { portsNeeded, runSecrets, serviceInput, type Wiring, wire } from "./wiring.ts";

/** A port is taken between its choice and its use about once in a hundred runs; three times in a row is no accident. */
const ATTEMPTS = 3;

/**
 * Raises a topology on this machine; on failure nothing of it is left. When all that this run started is gone and one of
 * its ports is listened on, somebody else has taken it: programs say so in words of their own, or not at all (a proxy
 * server answers 500), so the port itself is asked.
 */
export async function raise(
  parts: LocalParts,
  topology: Topology,
  options: RaiseOptions,
  ctx: RunContext,
): Promise<Stage> {
  const avoid = new Set<number>();
  const stolen: number[] = [];
  for (let attempt = 1; ; attempt += 1) {
    const count = portsNeeded(topology, parts.services);
    const ports = await claimPorts(count, hashText(ctx.runId), avoid);
    try {
      return await raiseOn(ports, parts, topology, options, ctx);
    } catch (thrown) {
      ctx.signal.throwIfAborted();
      const taken = thrown instanceof PartFailure ? await takenPorts(ports.ports) : [];
      if (taken.length === 0) throw asFailure(thrown);
      stolen.push(...taken);
      if (attempt === ATTEMPTS) throw stolenAgain(stolen, asFailure(thrown));
      options.progress(`another program took port ${taken.join(", ")}; trying another range`);
      avoid.add(ports.first);
    }
  }
}

function stolenAgain(ports: readonly number[], last: Failure): Failure {
  const sentence = `other programs took a port between its choice and its use, ${ATTEMPTS} times: ${ports.join(", ")}`;
  return new Failure("environment", [sentence, ...last.problems], "End what listens there, then run again.", {
    cause: last,
  });
}

function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  if (thrown instanceof SuppressedError) {
    // The removal failed as well: both are told, what came first at the top.
    const [first, second] = [asFailure(thrown.suppressed), asFailure(thrown.error)];
    return new Failure("environment", [...first.problems, ...second.problems], second.mend, { cause: thrown });
  }
  return new Failure(
    "environment",
    [`the shop could not be raised on this machine: ${messageOf(thrown)}`],
    "`npm run scenario doctor` examines the machine.",
    { cause: thrown },
  );
}

async function raiseOn(
  ports: PortBlock,
  parts: LocalParts,
  topology: Topology,
  options: RaiseOptions,
  ctx: RunContext,
): Promise<Stage> {
  await using halfBuilt = new AsyncDisposableStack();
  halfBuilt.use(ports);
  const folder = runFolder(parts.stateFolder, ctx.runId);
  const logFolder = join(ctx.folder, "logs");
  const secret = runSecrets();
  const wiring = wire(topology, parts.services, ports.ports);
  const running = topology.nodes.filter((node) => node.spare === undefined);
  const input = { folder, seed: ctx.seed, scale: options.scale, secret };
  const plans = running.map((node): NodePlan => {
    const launch = parts.services[node.role].launch(serviceInput(node, topology, wiring, input));
    return planOf(node, withKnownConditions(launch, running), wiring, folder, logFolder);
  });
  const names = [NETWORK, ...plans.map(({ node }) => node.id)];
  const folders = names.map((name) => join(folder, name));
  let cgroups: readonly string[] = [];
  await makeFolders(folder, logFolder, folders, parts, ctx, halfBuilt);
  const sizes = halfBuilt.use(await openSizes({ runId: ctx.runId, parts: names, journal: ctx.journal }, parts.sizes));
  cgroups = names.flatMap((name) => sizes.cgroups(name));
  halfBuilt.defer(async () => sweep(ctx.runId, cgroups));
  const network = halfBuilt.use(
    new Network({
      api: wiring.proxyApi,
      links: wiring.links,
      tool: parts.toolbox["toxiproxy-server"],
      folder: join(folder, NETWORK),
      logFolder,
      sizes,
      ctx,
    }),
  );
  const fleet = halfBuilt.use(
    new Fleet(plans, topology, {
      ctx,
      toolbox: parts.toolbox,
      user: parts.serviceUser,
      network,
      sizes,
      readyWithinMs: parts.readyWithinMs ?? READY_WITHIN_MS,
      env: await compileCache(parts.stateFolder),
    }),
  );
  halfBuilt.use(
    tailLogs(
      logFolder,
      plans.map(({ node, launch }) => ({ node: node.id, program: launch.program })),
      ctx,
    ),
  );
  await fleet.start(folderMaker(parts, options, ctx), network.start(ctx.signal));
  const standing = halfBuilt.move();
  return new LocalStage({
    parts,
    topology,
    wiring,
    fleet,
    network,
    sizes,
    secret,
    ports: `${ports.first} to ${ports.ports.at(-1)}`,
    dispose: () => standing.disposeAsync(),
  });
}

function planOf(node: NodeSpec, launch: ServiceLaunch, wiring: Wiring, folder: string, logFolder: string): NodePlan {
  return {
    node,
    launch,
    folder: join(folder, node.id),
    logPath: join(logFolder, `${node.id}.log`),
    ports: wiring.portsOf(node.id),
    links: wiring.links.filter(({ spec }) => spec.to === node.id),
  };
}

/**
 * Node keeps what it has compiled: nine services that start at once on two cores cost 4.0 s of processor time without
 * and 2.7 s with it. Only for those that run as the harness: nobody else may write what the harness's user would run.
 */
async function compileCache(stateFolder: string): Promise<Surroundings["env"]> {
  const folder = join(stateFolder, "compiled");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return ({ program, asServiceUser }) => (program === "node" && !asServiceUser ? { NODE_COMPILE_CACHE: folder } : {});
}

/** A smaller topology lacks some of the nodes that a service would wait for; spare ones never become ready. */
function withKnownConditions(launch: ServiceLaunch, running: readonly NodeSpec[]): ServiceLaunch {
  return { ...launch, after: launch.after.filter((id) => running.some((node) => node.id === id)) };
}

async function makeFolders(
  folder: string,
  logFolder: string,
  folders: readonly string[],
  parts: LocalParts,
  ctx: RunContext,
  halfBuilt: AsyncDisposableStack,
): Promise<void> {
  await mkdir(logFolder, { recursive: true });
  await enterableFolder(runsFolder(parts.stateFolder));
  await enterableFolder(folder);
  await checkRunFolder(folder, folders, parts.serviceUser);
  await Promise.all(folders.map((path) => ctx.journal.write({ verb: "folder", path })));
  halfBuilt.defer(async () => {
    await Promise.all(folders.map((path) => rm(path, { recursive: true, force: true, maxRetries: 3 })));
    // The journal's owner removes the rest; without a journal there, the folder is empty now.
    await rmdir(folder).catch(() => undefined);
  });
  await mkdir(join(folder, NETWORK));
}

/** Makes each node's folder once, with the prepared data that it wants. */
function folderMaker(
  parts: LocalParts,
  options: RaiseOptions,
  ctx: RunContext,
): (plan: NodePlan, signal: AbortSignal) => Promise<void> {
  const { toolbox, serviceUser: user, stateFolder } = parts;
  const prepared = new Map<string, Promise<string>>();
  return async ({ node, launch, folder }, signal) => {
    const preparing = { stateFolder, toolbox, user, progress: options.progress, signal };
    const wanted = launch.data?.dataset;
    let data: string | undefined;
    if (wanted !== undefined) {
      const dataset = parts.datasets.find(({ name }) => name === wanted);
      if (dataset === undefined) throw new RangeError(`node ${node.id} wants data "${wanted}", which nobody prepares`);
      const folderOfIt = prepared.get(wanted) ?? preparedDataset(dataset, preparing, ctx);
      prepared.set(wanted, folderOfIt);
      data = await folderOfIt;
    }
    await makeNodeFolder(folder, launch, data, user, signal);
  };
}

/** Whatever carries the run's mark or sits in its control groups and has escaped its supervisor. */
function sweep(runId: string, cgroups: readonly string[]): void {
  for (const identity of family({ roots: [], cgroups, runId })) signalProcess(identity, "SIGKILL");
}
