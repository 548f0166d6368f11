import type { RunContext } from "#core/context.ts";
import type { ProcessIdentity } from "#core/journal.ts";
import type { Topology } from "#core/topology.ts";
import { type NodePlan, Supervisor, type Surroundings } from "./supervisor.ts";

/** Everything together ends within this; what still runs then is killed. A target of 3 s leaves one for the removal. */
const END_WITHIN_MS = 2_000;

/** All nodes of a run that are meant to run. */
export class Fleet implements AsyncDisposable {
  readonly #supervisors: ReadonlyMap<string, Supervisor>;
  readonly #topology: Topology;
  readonly #ctx: RunContext;
  readonly #ending: AbortController;

  constructor(plans: readonly NodePlan[], topology: Topology, around: Omit<Surroundings, "ending">) {
    this.#topology = topology;
    this.#ctx = around.ctx;
    this.#ending = new AbortController();
    const { signal: ending } = this.#ending;
    this.#supervisors = new Map(plans.map((plan) => [plan.node.id, new Supervisor(plan, { ...around, ending })]));
  }

  /** @throws RangeError for a node that does not exist or does not run. */
  node(id: string): Supervisor {
    const found = this.#supervisors.get(id);
    if (found === undefined) throw new RangeError(`no node "${id}" runs here`);
    return found;
  }

  identities(): ReadonlyMap<string, ProcessIdentity | undefined> {
    return new Map(this.#supervisors.entries().map(([id, { identity }]) => [id, identity]));
  }

  /**
   * Starts all nodes at once, each as soon as its folder is made and those that it comes after are ready. The first
   * failure ends the others' waiting.
   */
  async start(
    prepare: (plan: NodePlan, signal: AbortSignal) => Promise<void>,
    networkReady: Promise<void>,
  ): Promise<void> {
    const failed = new AbortController();
    const signal = AbortSignal.any([this.#ctx.signal, failed.signal, this.#ending.signal]);
    const starts = new Map<string, Promise<void>>();
    const conditions: Promise<void>[] = [networkReady];
    const start = (id: string): Promise<void> => {
      const known = starts.get(id);
      if (known !== undefined) return known;
      const supervisor = this.node(id);
      const { plan } = supervisor;
      // Put down before its conditions are asked for: they may lead back to it.
      const ready = Promise.withResolvers<void>();
      starts.set(id, ready.promise);
      const folder = prepare(plan, signal);
      conditions.push(folder);
      Promise.all([folder, ...plan.launch.after.map(start)])
        .then(() => supervisor.start(signal))
        .then(ready.resolve, (thrown: unknown) => {
          failed.abort(thrown);
          ready.reject(thrown);
        });
      return ready.promise;
    };
    networkReady.catch((thrown: unknown) => failed.abort(thrown));
    refuseCircles([...this.#supervisors.values()].map(({ plan }) => plan));
    const all = [...this.#supervisors.keys()].map(start);
    await Promise.allSettled(all);
    // Nothing may still be written when the half-built stage is removed.
    await Promise.allSettled(conditions);
    this.#ctx.signal.throwIfAborted();
    if (failed.signal.aborted) throw failed.signal.reason;
    await Promise.all(this.#supervisors.values().map((supervisor) => supervisor.applySize()));
  }

  /** Ends every node once those that dial it are gone, all within a stated time. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort(new Error("the stage is being taken down"));
    const deadlineMs = this.#ctx.clock.now() + END_WITHIN_MS;
    const ends = new Map<string, Promise<void>>();
    const end = (id: string, path: readonly string[]): Promise<void> => {
      const known = ends.get(id);
      if (known !== undefined) return known;
      const diallers = this.#diallersOf(id).filter((each) => !path.includes(each));
      const gone = Promise.all(diallers.map((each) => end(each, [...path, id])));
      const ended = gone.then(() => this.node(id).end(deadlineMs));
      ends.set(id, ended);
      return ended;
    };
    await Promise.all([...this.#supervisors.keys()].map((id) => end(id, [])));
  }

  #diallersOf(id: string): readonly string[] {
    const from = this.#topology.links.filter((link) => link.to === id).map((link) => link.from);
    return [...this.#supervisors.values()]
      .map(({ plan }) => plan.node)
      .filter((node) => from.some(({ role, region }) => role === node.role && region === node.region))
      .map((node) => node.id);
  }
}

/** @throws RangeError that names the nodes which wait for each other. */
function refuseCircles(plans: readonly NodePlan[]): void {
  const after = new Map(plans.map(({ node, launch }) => [node.id, launch.after]));
  const walk = (id: string, path: readonly string[]): void => {
    if (path.includes(id)) throw new RangeError(`nodes wait for each other: ${[...path, id].join(" > ")}`);
    for (const next of after.get(id) ?? []) walk(next, [...path, id]);
  };
  for (const id of after.keys()) walk(id, []);
}
