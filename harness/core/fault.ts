import type { LinkSelector, NodeSelector } from "./topology.ts";

/** A failure as data. Constructors and schemas live in `chaos/faults`. */
export type Fault =
  | { readonly kind: "kill"; readonly node: NodeSelector }
  | { readonly kind: "pause"; readonly node: NodeSelector }
  | { readonly kind: "latency"; readonly link: LinkSelector; readonly addedMs: number }
  | { readonly kind: "blackhole"; readonly link: LinkSelector }
  | { readonly kind: "refuse"; readonly link: LinkSelector };

export type FaultKind = Fault["kind"];

export const FAULT_KINDS: readonly FaultKind[] = ["kill", "pause", "latency", "blackhole", "refuse"];

/** A fault with its place on the clock. Times count from the begin of a phase of the load. */
export interface TimelineEntry {
  /** Unique within the scenario, kebab-case: it names the fault in the report and in the proxies (`fault-<id>`). */
  readonly id: string;
  readonly phase: string;
  readonly afterMs: number;
  readonly forMs: number;
  readonly fault: Fault;
  /** Why then, in words. */
  readonly reason: string;
}

/** The fault in words: `latency app > cache (eu) +2s`. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case "kill":
    case "pause":
      return `${fault.kind} ${nodeWords(fault.node)}`;
    case "latency":
      return `latency ${linkWords(fault.link)} +${fault.addedMs >= 1_000 ? `${fault.addedMs / 1_000}s` : `${fault.addedMs}ms`}`;
    case "blackhole":
    case "refuse":
      return `${fault.kind} ${linkWords(fault.link)}`;
  }
}

function nodeWords(node: NodeSelector): string {
  return [node.role, node.region, node.index].filter((part) => part !== undefined).join("-");
}

function linkWords(link: LinkSelector): string {
  return `${link.from} > ${link.to}${link.region === undefined ? "" : ` (${link.region})`}`;
}
