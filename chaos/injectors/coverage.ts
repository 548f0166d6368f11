import type { Coverage, StageOutline } from "#core/injector.ts";
import type { Ability, StageLink } from "#core/substrate.ts";
import {
  type LinkSelector,
  type LinkSpec,
  type NodeSelector,
  type NodeSpec,
  selectLinks,
  selectNodes,
  type Topology,
} from "#core/topology.ts";

/** Nodes of a selection that run: a spare place has nothing that could fail. */
export function runningNodes(topology: Topology, selector: NodeSelector): readonly NodeSpec[] {
  return selectNodes(topology, selector).filter((node) => node.spare === undefined);
}

/** Whether something listens at a link's far end. */
export function leadsToRunning(topology: Topology, link: LinkSpec | StageLink): boolean {
  const to = "spec" in link ? link.spec.to : link.to;
  return topology.nodes.some((node) => node.id === to && node.spare === undefined);
}

/** Coverage of a fault on nodes: first whether this system has them, then whether this stage can. */
export function coverNodes(selector: NodeSelector, ability: Ability, outline: StageOutline): Coverage {
  const nodes = runningNodes(outline.topology, selector);
  if (nodes.length === 0) {
    const words = [selector.role, selector.region, selector.index].filter((part) => part !== undefined).join("-");
    return { kind: "not-applicable", reason: `the ${outline.topology.system} shop runs no ${words}` };
  }
  return outline.can.has(ability)
    ? { kind: "covered", targets: nodes.map((node) => node.id) }
    : { kind: "gap", reason: `the substrate "${outline.substrate}" cannot ${ability} a node` };
}

/** Coverage of a fault on links: first whether this system has them, then whether this stage has proxies on its links. */
export function coverLinks(selector: LinkSelector, outline: StageOutline): Coverage {
  const links = selectLinks(outline.topology, selector).filter((link) => leadsToRunning(outline.topology, link));
  if (links.length === 0) {
    const from = selector.region === undefined ? selector.from : `${selector.from} in ${selector.region}`;
    return {
      kind: "not-applicable",
      reason: `in the ${outline.topology.system} shop no ${from} dials a ${selector.to}`,
    };
  }
  return outline.can.has("links")
    ? { kind: "covered", targets: links.map((link) => link.id) }
    : { kind: "gap", reason: `the substrate "${outline.substrate}" has no proxies on its links` };
}
