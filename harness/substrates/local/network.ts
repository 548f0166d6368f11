import { join } from "node:path";
import type { RunContext } from "#core/context.ts";
import { messageOf } from "#core/errors.ts";
import type { ProcessIdentity } from "#core/journal.ts";
import type { Address } from "#core/service.ts";
import type { Tool } from "#core/toolbox.ts";
import { endProcesses } from "#harness/ownership/index.ts";
import type { MachineSizes } from "./machine-sizes.ts";
import { PartFailure } from "./node-failure.ts";
import { untilWorks } from "./polling.ts";
import { describeExit, type StartedProcess, startProcess } from "./start-process.ts";
import { type ProxyControl, proxyControl } from "./toxiproxy.ts";
import type { WiredLink } from "./wiring.ts";

/** The network as a part of the run: the name of its log, its samples and its control group. */
export const NETWORK = "network";

/** The proxy server listens within 50 ms on an idle machine. */
const START_DEADLINE_MS = 10_000;
const LOOK_EVERY_MS = 25;

export interface NetworkPlan {
  readonly api: Address;
  readonly links: readonly WiredLink[];
  readonly tool: Tool;
  readonly folder: string;
  readonly logFolder: string;
  readonly sizes: MachineSizes;
  readonly ctx: RunContext;
}

/** The proxy server of a run with all its proxies. A proxy is open while somebody listens at its far end. */
export class Network implements AsyncDisposable {
  readonly api: string;
  readonly #plan: NetworkPlan;
  readonly #control: ProxyControl;
  readonly #open = new Set<WiredLink>();
  /** Acts on the links of one node follow each other: an exit overtakes no start. */
  readonly #acts = new Map<string, Promise<void>>();
  #process: StartedProcess | undefined;
  #starting: Promise<void> = Promise.resolve();
  /** Only a server that once worked is started anew. */
  #stood = false;
  #ending = false;

  constructor(plan: NetworkPlan) {
    this.#plan = plan;
    this.api = `http://${plan.api.host}:${plan.api.port}`;
    this.#control = proxyControl(this.api);
  }

  get identity(): ProcessIdentity | undefined {
    return this.#process?.identity;
  }

  /** Resolves when every proxy exists, closed, with the base conditions of its link. */
  start(signal: AbortSignal): Promise<void> {
    this.#starting = this.#startOnce(signal);
    return this.#starting;
  }

  async #startOnce(signal: AbortSignal): Promise<void> {
    const { api, tool, folder, logFolder, sizes, ctx, links } = this.#plan;
    const logPath = join(logFolder, `${NETWORK}.log`);
    const started = await startProcess(
      {
        name: NETWORK,
        runId: ctx.runId,
        tool,
        argv: ["-host", api.host, "-port", String(api.port)],
        // At "warn" it writes a line for every connection that a client closes: 24 MB a minute once. Its heap is a few
        // megabytes, so that a larger one costs nothing, and it needs a quarter of a core: one thread. Neither changed its
        // cost beyond the noise.
        env: { LOG_LEVEL: "error", GOGC: "1000", GOMAXPROCS: "1" },
        folder,
        logPath,
        user: undefined,
        stop: "SIGTERM",
        admit: (pid) => sizes.admit(NETWORK, [pid]),
      },
      ctx.journal,
    );
    this.#process = started;
    const gone = new AbortController();
    void started.exited.then((exit) => {
      gone.abort(new Error(`ended with ${describeExit(exit)}`));
      this.#onExit(started);
    });
    try {
      const polling = { clock: ctx.clock, everyMs: LOOK_EVERY_MS, deadlineMs: START_DEADLINE_MS };
      const either = AbortSignal.any([signal, gone.signal]);
      await untilWorks(() => this.#control.version(), { ...polling, signal: either });
      await this.#control.create(links);
      if (!this.#stood) this.#tell("ready", `${links.length} links, each closed until somebody listens at its end`);
      this.#stood = true;
    } catch (cause) {
      signal.throwIfAborted();
      throw new PartFailure(NETWORK, messageOf(gone.signal.reason ?? cause), logPath, { cause });
    }
  }

  /** Lets connections through to a port that answers. */
  async open(links: readonly WiredLink[]): Promise<void> {
    for (const link of links) this.#open.add(link);
    await this.#act(links, true);
  }

  /** Refuses connections and ends those that are open, as the kernel of a machine does whose process has died. */
  async close(links: readonly WiredLink[]): Promise<void> {
    for (const link of links) this.#open.delete(link);
    await this.#act(links, false);
  }

  async #act(links: readonly WiredLink[], enabled: boolean): Promise<void> {
    const [first] = links;
    if (first === undefined || this.#ending) return;
    const before = this.#acts.get(first.spec.to) ?? this.#starting;
    const act = before.then(() => this.#control.switch(links, enabled));
    this.#acts.set(
      first.spec.to,
      act.catch(() => undefined),
    );
    try {
      await act;
    } catch (thrown) {
      // A proxy server that is being started anew will bring every proxy into the wanted state itself.
      if (this.#ending || this.#process === undefined) return;
      throw thrown;
    }
  }

  #onExit(ended: StartedProcess): void {
    if (this.#ending || this.#process !== ended) return;
    this.#process = undefined;
    if (!this.#stood) return;
    this.#tell("exited", "the proxy server has ended; every toxic, injected ones too, is gone with it");
    // The shop's links are all down now: there is nothing to wait for. A second failure is left as it is, and shows.
    this.start(this.#plan.ctx.signal)
      .then(() => this.#control.switch([...this.#open], true))
      .then(() => this.#tell("ready", "started anew with its base conditions"))
      .catch((thrown: unknown) => this.#tell("exited", messageOf(thrown)));
  }

  #tell(state: "exited" | "ready", detail: string): void {
    this.#plan.ctx.history.append("harness", { kind: "node", node: NETWORK, state, detail });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending = true;
    await this.#starting.catch(() => undefined);
    const identity = this.#process?.identity;
    if (identity === undefined) return;
    // Nothing in it needs good order, so it is not asked first.
    await endProcesses({ roots: [identity] }, [{ verb: "process", name: NETWORK, identity, stop: "SIGKILL" }]);
  }
}
