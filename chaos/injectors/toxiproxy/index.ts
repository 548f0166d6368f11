import type { Fault, TimelineEntry } from "#core/fault.ts";
import type { Injector } from "#core/injector.ts";
import type { Stage, StageLink } from "#core/substrate.ts";
import type { LinkSelector } from "#core/topology.ts";
import { coverLinks, leadsToRunning } from "../coverage.ts";
import { lateBy, shut, silence } from "../effects.ts";
import { type FaultAct, prove } from "../proving.ts";
import { ProxyControl, type ToxicSpec } from "./proxy-control.ts";

type LinkFault = Extract<Fault, { readonly link: LinkSelector }>;

/** Everything that an injector leaves in a proxy begins like this; base conditions begin with `base-`. */
const PREFIX = "fault-";
/** Marks a proxy that a fault has disabled, so that it can be told from one whose far end is dead. */
const REFUSED_SUFFIX = "-refused";

/** Makes links late, silent or shut, by the Toxiproxy server that carries them. */
export const toxiproxyInjector: Injector = {
  name: "toxiproxy",
  kinds: ["latency", "blackhole", "refuse"],
  covers: (fault, outline) =>
    isLinkFault(fault)
      ? coverLinks(fault.link, outline)
      : { kind: "gap", reason: `proxies cannot bring about "${fault.kind}"` },
  inject: async (entry, stage, ctx) => {
    if (!isLinkFault(entry.fault)) throw new Error(`proxies cannot bring about "${entry.fault.kind}"`);
    return await prove(
      entry.fault.kind === "refuse" ? refusing(entry, entry.fault, stage) : poisoning(entry, entry.fault, stage),
      ctx,
    );
  },
  healAll: async (stage) => {
    if (!stage.can.has("links")) return;
    const control = new ProxyControl(stage.proxyApi);
    for (const proxy of await control.proxies()) {
      for (const { name } of proxy.toxics.filter((toxic) => toxic.name.startsWith(PREFIX))) {
        if (name.endsWith(REFUSED_SUFFIX) && !proxy.enabled) await control.setEnabled(proxy.name, true);
        await control.removeToxic(proxy.name, name);
      }
    }
  },
};

function isLinkFault(fault: Fault): fault is LinkFault {
  return fault.kind === "latency" || fault.kind === "blackhole" || fault.kind === "refuse";
}

function running(links: readonly StageLink[], stage: Stage): readonly StageLink[] {
  return links.filter((link) => leadsToRunning(stage.topology, link));
}

/**
 * The toxics of a fault. Latency is split over both directions, half each, as a longer cable would: one round trip pays
 * the addition exactly once whoever speaks first, and a stream that flows one way (replication) pays half of it. A black
 * hole swallows both directions: with one alone a request would still be carried out. Removing it closes the links that
 * lived through it, because bytes of theirs are lost; that belongs to the fault.
 */
function toxicsOf(
  id: string,
  fault: Extract<LinkFault, { readonly kind: "latency" | "blackhole" }>,
): readonly ToxicSpec[] {
  const streams = ["upstream", "downstream"] as const;
  return streams.map((stream): ToxicSpec => {
    const name = `${PREFIX}${id}-${stream}`;
    if (fault.kind === "blackhole") return { name, type: "timeout", stream, attributes: { timeout: 0 } };
    const half = stream === "upstream" ? Math.floor(fault.addedMs / 2) : Math.ceil(fault.addedMs / 2);
    return { name, type: "latency", stream, attributes: { latency: half, jitter: 0 } };
  });
}

/**
 * Toxics go on every link of the selection, those to spare places too, so that a part that is started during the fault
 * does not escape it; only links to running parts can be probed.
 */
function poisoning(
  entry: TimelineEntry,
  fault: Extract<LinkFault, { readonly kind: "latency" | "blackhole" }>,
  stage: Stage,
): FaultAct {
  const control = new ProxyControl(stage.proxyApi);
  const links = stage.links(fault.link);
  const placed = links.flatMap(({ proxy }) => toxicsOf(entry.id, fault).map((toxic) => ({ proxy, toxic })));
  return {
    entry,
    effect: fault.kind === "latency" ? lateBy(fault.addedMs) : silence("swallowed, both ways"),
    undo: {
      kind: "remove-toxics",
      api: stage.proxyApi,
      toxics: placed.map(({ proxy, toxic }) => ({ proxy, toxic: toxic.name })),
    },
    openProbes: () => Promise.all(running(links, stage).map((link) => stage.probeLink(link))),
    act: async () => {
      await Promise.all(placed.map(({ proxy, toxic }) => control.addToxic(proxy, toxic)));
    },
    takeBack: () =>
      settleAll(
        placed.map(
          ({ proxy, toxic }) =>
            () =>
              control.removeToxic(proxy, toxic.name),
        ),
      ),
  };
}

/** Only links to running parts: the proxy of a spare place is disabled by its owner, and so refuses already. */
function refusing(
  entry: TimelineEntry,
  fault: Extract<LinkFault, { readonly kind: "refuse" }>,
  stage: Stage,
): FaultAct {
  const control = new ProxyControl(stage.proxyApi);
  const links = running(stage.links(fault.link), stage);
  const mark = `${PREFIX}${entry.id}${REFUSED_SUFFIX}`;
  return {
    entry,
    effect: shut("refused", false),
    undo: { kind: "enable-proxies", api: stage.proxyApi, proxies: links.map((link) => link.proxy) },
    openProbes: () => Promise.all(links.map((link) => stage.probeLink(link))),
    act: async () => {
      for (const { proxy } of links) {
        // A latency of nothing changes nothing; it is there to be found by `healAll`.
        const attributes = { latency: 0, jitter: 0 };
        await control.addToxic(proxy, { name: mark, type: "latency", stream: "downstream", attributes });
        await control.setEnabled(proxy, false);
      }
    },
    takeBack: () =>
      settleAll(
        links.map(({ proxy }) => async () => {
          await control.setEnabled(proxy, true);
          await control.removeToxic(proxy, mark);
        }),
      ),
  };
}

/** Tries all, then throws the first failure: one proxy that cannot be healed must not keep the others sick. */
async function settleAll(works: readonly (() => Promise<void>)[]): Promise<void> {
  const results = await Promise.allSettled(works.map((work) => work()));
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
