import type { Address, Service, ServiceInput, ServiceLaunch } from "#core/service.ts";
import { type Region, selectNodes } from "#core/topology.ts";
import { type Path, renderEdge } from "./edge.ts";
import { preference, renderNetworks, renderRegions } from "./geography.ts";
import { renderRegion } from "./region.ts";

export { MAX_CONNECTIONS as EDGE_CONNECTIONS } from "./edge.ts";

/** The door of the shop: it knows where a user is, and which regions are well. */
export const edge: Service = {
  ports: ["http", "stats"],
  launch(input) {
    const { topology } = input;
    const balancers = selectNodes(topology, { role: "balancer" });
    const serving = balancers.map((node) => node.region);
    const running = selectNodes(topology, { role: "app" }).filter((node) => node.spare !== true);
    const config = renderEdge({
      listen: input.listen("http"),
      stats: input.listen("stats"),
      origins: topology.regions,
      serving,
      paths: topology.regions.flatMap((origin) => pathsFrom(origin, serving, input)),
      regionsMap: `${input.folder}/${REGIONS_MAP}`,
      networksMap: `${input.folder}/${NETWORKS_MAP}`,
      spill: topology.protections.includes("spill"),
      boundedQueue: topology.protections.includes("bounded-queue"),
      regionConcurrency: Math.ceil(running.length / serving.length) * SPILL_CONCURRENCY,
    });
    return launchOf(input.folder, config, [
      { path: REGIONS_MAP, content: renderRegions(topology.regions) },
      { path: NETWORKS_MAP, content: renderNetworks(topology.regions) },
    ]);
  },
};

/**
 * Requests in hand per replica at which a region's next users are better served by the neighbour. A replica does some
 * 900 pages a second, so the sixteenth waits about 20 ms; when one of two replicas is gone, twice that, which is what
 * the crossing costs (30 ms). At the peak of 1:250 a well region has 5 in hand. Waiting for the replicas' own limit (64)
 * would mean to spill when the region's users already wait for half a second.
 */
const SPILL_CONCURRENCY = 16;

const REGIONS_MAP = "regions.map";
const NETWORKS_MAP = "networks.map";

/** The balancer of a region: it shares the region's requests among the replicas of the application. */
export const balancer: Service = {
  ports: ["http", "stats"],
  launch(input) {
    const { topology, node } = input;
    const has = (protection: string): boolean => topology.protections.includes(protection);
    const places = selectNodes(topology, { role: "app", region: node.region });
    const config = renderRegion({
      listen: input.listen("http"),
      stats: input.listen("stats"),
      replicas: places.map(({ id }) => ({
        id,
        http: input.dial(id, "http"),
        agent: has("weights") ? input.dial(id, "agent") : undefined,
      })),
      running: places.filter((place) => place.spare !== true).length,
      functionalCheck: has("functional-check"),
      boundedQueue: has("bounded-queue"),
    });
    return launchOf(input.folder, config, []);
  },
};

/** Ways from the users of a region to every region that serves, the nearest first. */
function pathsFrom(origin: Region, serving: readonly Region[], input: ServiceInput): readonly Path[] {
  return preference(origin, serving).map((region) => {
    const [target] = selectNodes(input.topology, { role: "balancer", region });
    if (target === undefined) throw new RangeError(`region ${region} serves, but has no balancer`);
    const address: Address = input.dial(target.id, "http", origin);
    return { origin, region, balancer: target.id, address };
  });
}

function launchOf(folder: string, config: string, more: ServiceLaunch["files"]): ServiceLaunch {
  return {
    program: "haproxy",
    // In the foreground: who started it sees it end.
    argv: ["-db", "-f", `${folder}/haproxy.cfg`],
    env: {},
    files: [{ path: "haproxy.cfg", content: config }, ...more],
    asServiceUser: false,
    ready: { kind: "http", port: "stats", path: "/stats;csv" },
    // It closes everything at once; who wants it drained sends SIGUSR1.
    stop: { signal: "SIGTERM", graceMs: 1_000 },
    after: [],
  };
}
