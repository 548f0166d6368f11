import type { RunContext } from "#core/context.ts";
import type { Fault, TimelineEntry } from "#core/fault.ts";
import type { ActiveFault, Injector } from "#core/injector.ts";
import type { FaultUndo } from "#core/journal.ts";
import type { Stage, StageLink } from "#core/substrate.ts";
import type { NodeSelector, NodeSpec } from "#core/topology.ts";
import { coverNodes, runningNodes } from "../coverage.ts";
import { type Effect, shut, silence } from "../effects.ts";
import { type FaultAct, prove } from "../proving.ts";

type NodeFault = Extract<Fault, { readonly node: NodeSelector }>;

/** Longer than any part of the shop needs to start; a node that is not ready by then is not coming back. */
const RELEASE_DEADLINE_MS = 30_000;
/** What one call that heals all may take on a stage that is half gone. */
const HEAL_ALL_DEADLINE_MS = 10_000;

/** Kills and freezes nodes through the stage that owns them. */
export const processInjector: Injector = {
  name: "process",
  kinds: ["kill", "pause"],
  covers: (fault, outline) =>
    isNodeFault(fault)
      ? coverNodes(fault.node, fault.kind, outline)
      : { kind: "gap", reason: `signals cannot bring about "${fault.kind}"` },
  inject: async (entry, stage, ctx): Promise<ActiveFault> => {
    if (!isNodeFault(entry.fault)) throw new Error(`signals cannot bring about "${entry.fault.kind}"`);
    return await prove(entry.fault.kind === "kill" ? killing(entry, stage, ctx) : pausing(entry, stage), ctx);
  },
  healAll: async (stage) => {
    const nodes = stage.topology.nodes.filter((node) => node.spare === undefined);
    const heal = async (node: NodeSpec): Promise<void> => {
      if (stage.can.has("pause")) await stage.resume(node.id);
      if (stage.can.has("kill")) await stage.release(node.id);
    };
    await within(Promise.allSettled(nodes.map(heal)), HEAL_ALL_DEADLINE_MS, "healing every node");
  },
};

function isNodeFault(fault: Fault): fault is NodeFault {
  return fault.kind === "kill" || fault.kind === "pause";
}

function targetsOf(entry: TimelineEntry, stage: Stage): readonly NodeSpec[] {
  return isNodeFault(entry.fault) ? runningNodes(stage.topology, entry.fault.node) : [];
}

/** A node is seen at its own address and over every link that leads to it: what its clients see. */
async function openNodeProbes(nodes: readonly NodeSpec[], stage: Stage) {
  const links = nodes.flatMap((node) => linksTo(node, stage));
  return await Promise.all([
    ...nodes.map((node) => stage.probeNode(node)),
    ...links.map((link) => stage.probeLink(link)),
  ]);
}

function linksTo(node: NodeSpec, stage: Stage): readonly StageLink[] {
  const diallers = new Set(stage.topology.links.filter((link) => link.to === node.id).map((link) => link.from.role));
  return [...diallers].flatMap((from) =>
    stage.links({ from, to: node.role }).filter((link) => link.spec.to === node.id),
  );
}

/**
 * Undone by nobody when the harness dies: the process is gone, and whoever ends the run ends its supervisor with it.
 * The proof asks for the end of the process beside that of the path, because a process that only closed its port would
 * show the same path.
 */
function killing(entry: TimelineEntry, stage: Stage, ctx: RunContext): FaultAct {
  const nodes = targetsOf(entry, stage);
  const identities = new Map(nodes.map((node) => [node.id, stage.identity?.(node.id)]));
  const told = new Set<string>();
  let unsubscribe = (): void => undefined;
  const lives = (node: NodeSpec): boolean => {
    const before = identities.get(node.id);
    if (before === undefined) return !told.has(node.id);
    const now = stage.identity?.(node.id);
    return now !== undefined && now.pid === before.pid && now.startTicks === before.startTicks;
  };
  return {
    entry,
    effect: shut(`no process, refused (${names(nodes)})`, true),
    undo: { kind: "none" },
    openProbes: () => openNodeProbes(nodes, stage),
    act: async () => {
      unsubscribe = ctx.history.subscribe((record) => {
        if (record.kind === "node" && (record.state === "killed" || record.state === "exited")) told.add(record.node);
      });
      await Promise.all(nodes.map((node) => stage.kill(node.id)));
    },
    takeBack: async () => {
      unsubscribe();
      const released = Promise.all(nodes.map((node) => stage.release(node.id)));
      await within(released, RELEASE_DEADLINE_MS, `starting ${names(nodes)} again`);
    },
    alsoMissing: () => {
      const alive = nodes.filter(lives);
      return alive.length === 0 ? undefined : `the path is shut, but the process of ${names(alive)} has not ended`;
    },
    alsoMeasured: () => {
      const pids = nodes.flatMap((node) => identities.get(node.id)?.pid ?? []);
      return pids.length === 0 ? "process gone" : `process ${pids.join(", ")} gone`;
    },
  };
}

function pausing(entry: TimelineEntry, stage: Stage): FaultAct {
  const nodes = targetsOf(entry, stage);
  const identity = nodes[0] === undefined ? undefined : stage.identity?.(nodes[0].id);
  // The journal names one process. Others of a wider selection, and workers of a frozen one, end with the run itself:
  // SIGKILL reaches what is stopped.
  const undo: FaultUndo = identity === undefined ? { kind: "none" } : { kind: "continue-process", identity };
  const effect: Effect = silence(`frozen: connects and is silent (${names(nodes)})`);
  return {
    entry,
    effect,
    undo,
    openProbes: () => openNodeProbes(nodes, stage),
    act: async () => {
      await Promise.all(nodes.map((node) => stage.pause(node.id)));
    },
    takeBack: async () => {
      const resumed = Promise.all(nodes.map((node) => stage.resume(node.id)));
      await within(resumed, RELEASE_DEADLINE_MS, `continuing ${names(nodes)}`);
    },
  };
}

function names(nodes: readonly NodeSpec[]): string {
  return nodes.map((node) => node.id).join(", ");
}

async function within(work: Promise<unknown>, ms: number, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} had not ended after ${ms / 1_000}s`)), ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
