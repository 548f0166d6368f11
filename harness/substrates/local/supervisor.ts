import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import type { NodeEvent } from "#core/history.ts";
import type { ProcessIdentity } from "#core/journal.ts";
import type { Address, ServiceLaunch } from "#core/service.ts";
import type { ServiceUser, Toolbox } from "#core/toolbox.ts";
import type { NodeSpec } from "#core/topology.ts";
import { family, signalFamily, signalProcess } from "#harness/ownership/index.ts";
import type { MachineSizes } from "./machine-sizes.ts";
import type { Network } from "./network.ts";
import { PartFailure } from "./node-failure.ts";
import { untilWorks } from "./polling.ts";
import { lookFirstStart, lookReady, lookTcp, runFirstStart } from "./readiness.ts";
import { describeExit, type Exit, type StartedProcess, startProcess } from "./start-process.ts";
import type { WiredLink } from "./wiring.ts";

/** One look at a starting node costs less than a millisecond; this keeps the delay after readiness invisible. */
const LOOK_EVERY_MS = 40;

/** The whole shop is ready in 4 s on an idle machine; fifteen times that is room for a busy one. */
export const READY_WITHIN_MS = 60_000;

/** As service managers do: at once is a busy loop for a node that cannot start, a minute an outage of its own. */
const RESTART_AFTER_MS = 1_000;
const RESTART_AFTER_AT_MOST_MS = 8_000;

/** A node that has worked for this long has recovered: its next restart is quick again. */
const STABLE_MS = 30_000;

/** The kernel reaps within milliseconds what it has killed. */
const KILLED_WITHIN_MS = 2_000;

export interface NodePlan {
  readonly node: NodeSpec;
  readonly launch: ServiceLaunch;
  readonly folder: string;
  readonly logPath: string;
  readonly ports: readonly { readonly name: string; readonly address: Address }[];
  /** Links that dial this node. */
  readonly links: readonly WiredLink[];
}

export interface Surroundings {
  readonly ctx: RunContext;
  readonly toolbox: Toolbox;
  readonly user: ServiceUser | undefined;
  readonly network: Network;
  readonly sizes: MachineSizes;
  /** How long a node may take from its start until it does its work. */
  readonly readyWithinMs: number;
  /** What the machine adds to a program's environment. */
  env(launch: ServiceLaunch): Readonly<Record<string, string>>;
  /** Aborted when the stage is being taken down. */
  readonly ending: AbortSignal;
}

/** Starts one node, keeps it running, keeps its links honest, and ends it. */
export class Supervisor {
  readonly plan: NodePlan;
  readonly #around: Surroundings;
  #process: StartedProcess | undefined;
  #paused: StartedProcess | undefined;
  /** `held`: killed on purpose, not to be started before its release. */
  #wanted: "running" | "held" | "ended" = "running";
  #hasStarted = false;
  #readyAt = 0;
  #backoffMs = RESTART_AFTER_MS;
  /** Counts acts from outside: a restart that was planned before one of them is off. */
  #epoch = 0;
  #launching: Promise<void> = Promise.resolve();
  /** Reaping and closing links after an exit; a new start waits for it. */
  #settling: Promise<void> = Promise.resolve();
  /** Only from the end of the raise on: until then every node may use the whole machine. */
  #sized = false;

  constructor(plan: NodePlan, around: Surroundings) {
    this.plan = plan;
    this.#around = around;
  }

  get identity(): ProcessIdentity | undefined {
    return this.#process?.identity;
  }

  /** The first start. @throws PartFailure when the node ends, or is not ready at the deadline. */
  async start(signal: AbortSignal): Promise<void> {
    await this.#launch(signal);
    this.#hasStarted = true;
    if (this.identity === undefined) throw this.#failure("ended as soon as it was ready");
  }

  /** Puts the machine's size in force, now and after each restart. */
  async applySize(): Promise<void> {
    this.#sized = true;
    await this.#limit();
  }

  /** Resolves when every process of the node is gone and its links refuse. */
  async kill(): Promise<void> {
    this.#wanted = "held";
    this.#epoch += 1;
    const started = this.#process;
    this.#tell("killed", "SIGKILL; held back until its release");
    this.#signalAll("SIGKILL");
    // What is certain to come need not be waited for: the exit itself is noticed a turn or two later.
    const closed = this.#around.network.close(this.plan.links);
    if (started !== undefined) await within(started.exited, KILLED_WITHIN_MS, this.#around.ctx);
    await Promise.all([closed, this.#settling]);
  }

  /** Lets a killed node run again; resolves when it is ready. */
  async release(): Promise<void> {
    if (this.#wanted !== "held") return;
    this.#wanted = "running";
    this.#epoch += 1;
    this.#backoffMs = RESTART_AFTER_MS;
    await this.#launch(this.#around.ending);
  }

  pause(): void {
    this.#paused = this.#process;
    this.#signalAll("SIGSTOP");
    this.#tell("paused", "SIGSTOP to all of its processes");
  }

  resume(): void {
    if (this.#paused === undefined || this.#paused !== this.#process) return;
    this.#paused = undefined;
    this.#signalAll("SIGCONT");
    this.#tell("continued", "SIGCONT to all of its processes");
  }

  /** Ends the node: continue it, ask it, and at its grace or the deadline kill it. */
  async end(deadlineMs: number): Promise<void> {
    this.#wanted = "ended";
    // Whoever ends a node has aborted its start; what was started by then is known when that has failed.
    await this.#launching.catch(() => undefined);
    const started = this.#process;
    if (started === undefined) return;
    const { stop } = this.plan.launch;
    const { clock } = this.#around.ctx;
    this.#signalAll("SIGCONT");
    signalProcess(started.identity, stop.signal);
    const grace = Math.max(0, Math.min(stop.graceMs, deadlineMs - clock.now()));
    const inTime = await within(started.exited, grace, this.#around.ctx);
    if (!inTime) {
      this.#signalAll("SIGKILL");
      await within(started.exited, KILLED_WITHIN_MS, this.#around.ctx);
    }
    await this.#settling;
    this.#tell("stopped", inTime ? stop.signal : `${stop.signal}, then SIGKILL after ${Math.round(grace)} ms`);
  }

  #launch(signal: AbortSignal): Promise<void> {
    this.#launching = this.#launchOnce(signal);
    return this.#launching;
  }

  async #launchOnce(signal: AbortSignal): Promise<void> {
    await this.#settling;
    signal.throwIfAborted();
    const { node, launch, folder, logPath } = this.plan;
    const { ctx, toolbox, user, sizes } = this.#around;
    const began = ctx.clock.now();
    this.#tell("starting", launch.program);
    const started = await startProcess(
      {
        name: node.id,
        runId: ctx.runId,
        tool: toolbox[launch.program],
        argv: launch.argv,
        env: { ...this.#around.env(launch), ...launch.env },
        folder,
        logPath,
        user: launch.asServiceUser ? user : undefined,
        stop: launch.stop.signal,
        admit: (pid) => sizes.admit(node.id, [pid]),
      },
      ctx.journal,
    );
    this.#process = started;
    const gone = new AbortController();
    void started.exited.then((exit) => {
      gone.abort(new Error(`ended with ${describeExit(exit)} before it was ready`));
      this.#onExit(started, exit);
    });
    try {
      await this.#becomeReady(AbortSignal.any([signal, gone.signal]));
    } catch (cause) {
      signal.throwIfAborted();
      throw this.#failure(
        gone.signal.aborted ? messageOf(gone.signal.reason) : `is not ready: ${messageOf(cause)}`,
        cause,
      );
    }
    await this.#limit();
    this.#readyAt = ctx.clock.now();
    this.#tell("ready", `after ${Math.round(ctx.clock.now() - began)} ms`);
  }

  async #becomeReady(signal: AbortSignal): Promise<void> {
    const { launch, ports, links } = this.plan;
    const { ctx, network } = this.#around;
    const polling = { clock: ctx.clock, everyMs: LOOK_EVERY_MS, deadlineMs: this.#around.readyWithinMs, signal };
    const first = launch.firstStart;
    if (first !== undefined && !this.#hasStarted) {
      const { port } = this.#address(first.port);
      await untilWorks(() => lookFirstStart(first, port), polling);
      await runFirstStart(first, port);
    }
    const answers = async (name: string): Promise<void> => {
      await untilWorks(() => lookTcp(this.#address(name)), polling);
      const through = links.filter(({ spec }) => spec.port === name);
      signal.throwIfAborted();
      await network.open(through);
    };
    const works = async (): Promise<void> => {
      await answers(launch.ready.port);
      await untilWorks(() => lookReady(launch.ready, this.#address(launch.ready.port)), polling);
    };
    const dialled = new Set(links.map(({ spec }) => spec.port));
    const others = ports.map(({ name }) => name).filter((name) => dialled.has(name) && name !== launch.ready.port);
    await Promise.all([works(), ...others.map(answers)]);
  }

  #address(port: string): Address {
    const found = this.plan.ports.find(({ name }) => name === port);
    if (found === undefined) throw new RangeError(`${this.plan.node.id} has no port "${port}"`);
    return found.address;
  }

  #onExit(ended: StartedProcess, exit: Exit): void {
    if (this.#process !== ended) return;
    this.#process = undefined;
    this.#settling = this.#settle();
    if (this.#wanted !== "running") return;
    this.#tell("exited", describeExit(exit));
    if (!this.#hasStarted) return;
    const { clock } = this.#around.ctx;
    if (clock.now() - this.#readyAt > STABLE_MS) this.#backoffMs = RESTART_AFTER_MS;
    const waitMs = this.#backoffMs;
    this.#backoffMs = Math.min(this.#backoffMs * 2, RESTART_AFTER_AT_MOST_MS);
    void this.#restart(waitMs);
  }

  async #settle(): Promise<void> {
    // While the stage is taken down nobody dials any more.
    const closed = this.#wanted === "ended" ? Promise.resolve() : this.#around.network.close(this.plan.links);
    // A machine that fails takes all of its processes with it.
    this.#signalAll("SIGKILL");
    await closed.catch((thrown: unknown) => this.#tell("exited", `its links do not refuse: ${messageOf(thrown)}`));
  }

  async #restart(waitMs: number): Promise<void> {
    const { ctx, ending } = this.#around;
    const epoch = this.#epoch;
    try {
      await ctx.clock.sleep(waitMs, ending);
      if (this.#wanted !== "running" || this.#epoch !== epoch) return;
      this.#tell("restarting", `after ${waitMs} ms`);
      await this.#launch(ending);
    } catch (thrown) {
      if (ending.aborted) return;
      this.#tell("exited", messageOf(thrown));
      // One that hangs instead of ending is ended; its exit leads to the next attempt.
      if (this.identity !== undefined) this.#signalAll("SIGKILL");
    }
  }

  #claim() {
    const roots = this.identity === undefined ? [] : [this.identity];
    return { roots, cgroups: this.#around.sizes.cgroups(this.plan.node.id) };
  }

  #signalAll(signal: NodeJS.Signals): void {
    signalFamily(this.#claim(), signal);
  }

  async #limit(): Promise<void> {
    if (!this.#sized) return;
    const pids = family(this.#claim()).map(({ pid }) => pid);
    await this.#around.sizes.limit(this.plan.node, pids);
  }

  #failure(happened: string, cause?: unknown): PartFailure {
    return new PartFailure(this.plan.node.id, happened, this.plan.logPath, { cause });
  }

  #tell(state: NodeEvent["state"], detail: string): void {
    this.#around.ctx.history.append("harness", { kind: "node", node: this.plan.node.id, state, detail });
  }
}

/** Whether it happens within the time. */
async function within(happens: Promise<unknown>, ms: number, ctx: RunContext): Promise<boolean> {
  const cancel = new AbortController();
  const late = ctx.clock.sleep(ms, cancel.signal).then(
    () => false,
    () => false,
  );
  const inTime = await Promise.race([happens.then(() => true), late]);
  cancel.abort();
  return inTime;
}
