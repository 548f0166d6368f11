import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import { Failure } from "#core/errors.ts";
import type { Address } from "#core/service.ts";
import type { RaiseOptions, Stage, StageLink, Substrate } from "#core/substrate.ts";
import type { LinkSelector, Topology } from "#core/topology.ts";

/** What a substrate's own test brings to the suite. */
export interface ConformanceSubject {
  readonly substrate: Substrate;
  /** A small shop: some links inside a region, some between regions, all dialled nodes in HTTP where selected below. */
  readonly topology: Topology;
  /** Links within a region to nodes that answer `GET /` in HTTP and may be killed and paused. */
  readonly near: LinkSelector;
  /** Links with a base round trip to nodes that answer in HTTP. */
  readonly far: LinkSelector;
  /** The same substrate with one node that can never become ready. */
  readonly broken: Substrate;
  /** A fresh context for each raise. */
  context(signal?: AbortSignal): Promise<RunContext & AsyncDisposable>;
  /** Whatever a run has left on the machine, in words. */
  leftovers(ctx: RunContext): Promise<readonly string[]>;
}

/** A link is honest when it says within this time that its far end has died. */
const REFUSES_WITHIN_MS = 100;

/** The machine may be busy with other tests: the best of so many tells what the substrate does. */
const ROUNDS = 3;

/** A client that waits for a frozen node gives up after this; long enough that only a frozen one is silent. */
const SILENCE_MS = 700;

/** What a proxy and a busy machine with two cores may add to a round trip. */
const TOLERANCE_MS = 25;

const QUIET: RaiseOptions = { scale: 500, progress: () => undefined };

/** The promises of the port, told as tests; every substrate runs them. */
export function conformsToSubstrate(name: string, open: () => Promise<ConformanceSubject>): void {
  describe(`the ${name} substrate`, () => {
    let subject: ConformanceSubject;
    let ctx: RunContext & AsyncDisposable;
    let stage: Stage;

    beforeAll(async () => {
      subject = await open();
      ctx = await subject.context();
      stage = await subject.substrate.raise(subject.topology, QUIET, ctx);
    });

    afterAll(async () => {
      await stage?.[Symbol.asyncDispose]();
      await ctx?.[Symbol.asyncDispose]();
    });

    const near = (): StageLink => firstOf(stage.links(subject.near));

    test("has every node and the links ready when the stage is raised, and tells so in the history", () => {
      const running = subject.topology.nodes.filter((node) => node.spare === undefined).map(({ id }) => id);
      const ready = ctx.history
        .records()
        .flatMap((record) => (record.kind === "node" && record.state === "ready" ? [record.node] : []));
      expect(ready.toSorted()).toEqual([...running, "network"].toSorted());
    });

    test("carries bytes through every link to a running node", async () => {
      const spare = new Set(subject.topology.nodes.filter((node) => node.spare !== undefined).map(({ id }) => id));
      const links = [...stage.links(subject.near), ...stage.links(subject.far)].filter(
        ({ spec }) => !spare.has(spec.to),
      );
      expect(links.length).toBeGreaterThan(1);
      for (const { near: address } of links) expect(await ask(address)).toBe(200);
    });

    test("refuses on links to a spare node, where nobody listens", async () => {
      const spare = subject.topology.nodes.filter((node) => node.spare !== undefined);
      expect(spare.length).toBeGreaterThan(0);
      for (const node of spare) {
        const links = subject.topology.links.filter((link) => link.to === node.id);
        for (const { from } of links) {
          const wired = stage.links({ from: from.role, to: node.role, region: from.region });
          const link = firstOf(wired.filter(({ spec }) => spec.to === node.id));
          expect(await dial(link.near)).toBe("ECONNREFUSED");
        }
      }
    });

    test("adds the base round trip between regions, and nothing within one", async () => {
      const far = firstOf(stage.links(subject.far));
      const fast = await fastest(() => ask(near().near));
      const slow = await fastest(() => ask(far.near));
      expect(far.spec.roundTripMs).toBeGreaterThan(0);
      expect(fast).toBeLessThan(TOLERANCE_MS);
      expect(slow).toBeGreaterThanOrEqual(far.spec.roundTripMs);
      expect(slow).toBeLessThan(far.spec.roundTripMs + TOLERANCE_MS);
    });

    test("answers probes of links and of nodes", async () => {
      await using link = await stage.probeLink(near());
      expect((await link.measure(1_000)).fresh.kind).toBe("answered");
      const node = firstOf(subject.topology.nodes.filter(({ id }) => id === near().spec.to));
      await using direct = await stage.probeNode(node);
      expect((await direct.measure(1_000)).fresh.kind).toBe("answered");
    });

    test("lets a link to a killed node refuse at once, ends open connections, and works again after release", async () => {
      const { near: address, spec } = near();
      const refusedAfter: number[] = [];
      for (let i = 0; i < ROUNDS; i += 1) {
        const held = connect(address);
        await once(held, "connect");
        held.resume();
        const broken = once(held, "close");
        const began = performance.now();
        const killed = stage.kill(spec.to);
        refusedAfter.push(await until(async () => (await dial(address)) === "ECONNREFUSED", 2_000, began));
        await killed;
        await broken;
        await stage.release(spec.to);
        expect(await ask(address)).toBe(200);
      }
      expect(Math.min(...refusedAfter)).toBeLessThan(REFUSES_WITHIN_MS);
    });

    test("holds a killed node back until its release", async () => {
      const { near: address, spec } = near();
      await stage.kill(spec.to);
      // Longer than a supervisor waits before it restarts what ended unasked.
      await pause(1_500);
      expect(await dial(address)).toBe("ECONNREFUSED");
      await stage.release(spec.to);
      expect(await ask(address)).toBe(200);
    });

    test("lets release and resume do nothing for a node that was neither killed nor paused", async () => {
      const { near: address, spec } = near();
      const before = ctx.history.records().length;
      await stage.release(spec.to);
      await stage.resume(spec.to);
      expect(ctx.history.records().length).toBe(before);
      expect(await ask(address)).toBe(200);
    });

    test("restarts a node that ends unasked, and its link refuses until it answers again", async () => {
      const { near: address, spec } = near();
      const before = ctx.history.records().length;
      // The small server of this suite ends when it is told so; that is how a crash looks from outside.
      await ask(address, "/crash").catch(() => undefined);
      const refusedAfter = await until(async () => (await dial(address)) === "ECONNREFUSED", 2_000);
      expect(refusedAfter).toBeLessThan(REFUSES_WITHIN_MS * ROUNDS);
      await until(async () => (await ask(address).catch(() => 0)) === 200, 10_000);
      const states = ctx.history
        .records()
        .slice(before)
        .flatMap((record) => (record.kind === "node" && record.node === spec.to ? [record.state] : []));
      expect(states.slice(0, 3)).toEqual(["exited", "restarting", "starting"]);
    });

    test("keeps a paused node's port open while nothing answers, and continues it", async () => {
      const { near: address, spec } = near();
      await stage.pause(spec.to);
      expect(await dial(address)).toBe("connected");
      await expect(ask(address)).rejects.toThrow(/aborted|timeout/i);
      await stage.resume(spec.to);
      await until(async () => (await ask(address).catch(() => 0)) === 200, 2_000);
    });

    test("tells what each part has used", async () => {
      const usage = await stage.usage?.();
      if (usage === undefined) return;
      for (const node of subject.topology.nodes.filter(({ spare }) => spare === undefined)) {
        expect(usage[node.id]?.cpuSeconds, node.id).toBeGreaterThan(0);
        expect(usage[node.id]?.rssBytes, node.id).toBeGreaterThan(1_000_000);
      }
      expect(usage.network?.cpuSeconds).toBeGreaterThan(0);
    });

    test("stands beside a second stage without touching it, and leaves nothing when it is disposed", async () => {
      await using second = await subject.context();
      const other = await subject.substrate.raise(subject.topology, QUIET, second);
      const address = firstOf(other.links(subject.near)).near;
      expect(address).not.toEqual(near().near);
      expect(await ask(address)).toBe(200);
      const began = performance.now();
      await other[Symbol.asyncDispose]();
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(await subject.leftovers(second)).toEqual([]);
      expect(await dial(address)).toBe("ECONNREFUSED");
      expect(await ask(near().near)).toBe(200);
    });

    test("leaves nothing of a raise that fails half-way, and says what failed and what it said last", async () => {
      await using failing = await subject.context();
      const thrown = await subject.broken.raise(subject.topology, QUIET, failing).catch((reason: unknown) => reason);
      expect(thrown).toBeInstanceOf(Failure);
      expect((thrown as Failure).kind).toBe("environment");
      expect((thrown as Failure).problems.join("\n")).toMatch(/ended with exit code 3[\s\S]*no such thing as a shop/);
      expect(await subject.leftovers(failing)).toEqual([]);
    });

    test("leaves nothing of a raise that is interrupted, and fails with the reason of the interruption", async () => {
      const interrupt = new AbortController();
      await using interrupted = await subject.context(interrupt.signal);
      // In the middle: the first processes have been started, and nobody is ready.
      interrupted.history.subscribe((record) => {
        if (record.kind === "node" && record.state === "starting") interrupt.abort(new Error("enough"));
      });
      await expect(subject.substrate.raise(subject.topology, QUIET, interrupted)).rejects.toThrow("enough");
      expect(await subject.leftovers(interrupted)).toEqual([]);
    });
  });
}

function firstOf<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined) throw new Error("the conformance topology lacks what this case needs");
  return first;
}

/** Status of one request on a connection of its own. */
async function ask({ host, port }: Address, path = "/"): Promise<number> {
  const answered = Promise.withResolvers<number>();
  const sent = request({ host, port, path, agent: false, signal: AbortSignal.timeout(SILENCE_MS) }, (response) => {
    response.resume();
    response.once("end", () => answered.resolve(response.statusCode ?? 0));
    response.once("error", answered.reject);
  });
  sent.once("error", answered.reject);
  sent.end();
  return await answered.promise;
}

/** How a connection attempt ends. */
async function dial(address: Address): Promise<string> {
  const socket = connect(address);
  const outcome = Promise.withResolvers<string>();
  socket.once("connect", () => outcome.resolve("connected"));
  socket.once("error", (error: NodeJS.ErrnoException) => outcome.resolve(error.code ?? error.message));
  try {
    return await outcome.promise;
  } finally {
    socket.destroy();
  }
}

async function fastest(act: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  // The fastest of five is what the path costs; the others also tell what else the machine did.
  for (let i = 0; i < 5; i += 1) {
    const began = performance.now();
    await act();
    best = Math.min(best, performance.now() - began);
  }
  return best;
}

/** Milliseconds until it holds. */
async function until(holds: () => Promise<boolean>, ms: number, began = performance.now()): Promise<number> {
  while (!(await holds())) {
    if (performance.now() - began > ms) throw new Error(`not within ${ms} ms`);
    await pause(5);
  }
  return performance.now() - began;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
