import type { RunContext } from "./context.ts";
import type { SystemEvidence } from "./evidence.ts";
import { FAULT_KINDS } from "./fault.ts";
import type { FaultProof, Injector } from "./injector.ts";
import type { Journal } from "./journal.ts";
import type { LeakAudit } from "./leaks.ts";
import type { LoadDriver } from "./load.ts";
import { loadLengthMs } from "./scenario.ts";
import { EVERY_ABILITY, type Stage, type Substrate } from "./substrate.ts";
import { selectNodes, type Topology } from "./topology.ts";

/** The no-op twins of the ports: a run with them walks the whole loop and touches nothing. */

const NOWHERE = { host: "127.0.0.1", port: 1 } as const;

export const noopJournal: Journal = { write: async () => undefined };

/** Of a run that touches nothing, nothing is ever left. */
export const noopLeakAudit: LeakAudit = { note: () => undefined, left: async () => [] };

export const noopEvidence: SystemEvidence = {
  samples: [],
  quiesce: async () => ({ quiet: true, detail: "nothing was ever busy" }),
  finalReads: async () => ({ orders: [] }),
};

export function noopStage(topology: Topology): Stage {
  const probe = async (target: string) => ({
    target,
    measure: async () => ({ target, fresh: { kind: "answered", ms: 0 } as const }),
    [Symbol.asyncDispose]: async () => undefined,
  });
  return {
    substrate: "noop",
    topology,
    can: EVERY_ABILITY,
    edge: NOWHERE,
    nodes: (selector) => selectNodes(topology, selector),
    links: () => [],
    direct: () => NOWHERE,
    portsOf: () => [],
    secret: () => "",
    probeLink: (link) => probe(link.spec.id),
    probeNode: (node) => probe(node.id),
    proxyApi: "",
    kill: async () => undefined,
    release: async () => undefined,
    pause: async () => undefined,
    resume: async () => undefined,
    facts: () => ({}),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

export const noopSubstrate: Substrate = {
  name: "noop",
  can: EVERY_ABILITY,
  raise: async (topology) => noopStage(topology),
};

const PROVEN: FaultProof = { proven: true, asked: "nothing", measured: "nothing", before: [], after: [] };

/** Claims every kind of fault and proves it without doing it: for tests of the loop, never for a run that is believed. */
export const noopInjector: Injector = {
  name: "noop",
  kinds: FAULT_KINDS,
  covers: () => ({ kind: "covered", targets: ["nothing"] }),
  inject: async () => ({ proof: PROVEN, observe: async () => PROVEN, heal: async () => PROVEN }),
  healAll: async () => undefined,
};

/** A load of nobody that lasts as long as its shape says. */
export const noopLoad: LoadDriver = {
  name: "noop",
  prepare: async (shape, _target, ctx: RunContext) => ({
    begin: async () => ({
      firstRequestInMs: 0,
      running: {
        ended: ctx.clock.sleep(loadLengthMs(shape), ctx.signal).catch(() => undefined),
        stop: async () => undefined,
        [Symbol.asyncDispose]: async () => undefined,
      },
    }),
    [Symbol.asyncDispose]: async () => undefined,
  }),
};
