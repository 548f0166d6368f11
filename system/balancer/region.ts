import type { Address } from "#core/service.ts";
import {
  defaultsSection,
  endpoint,
  globalSection,
  type Patience,
  RETRY_READS_ONLY,
  renderSections,
  type Section,
  statsSection,
  UNBOUNDED,
} from "./base.ts";

/** Path under which a region says whether the edge should send it users. */
export const REGION_HEALTH = "/region-health";

/**
 * Requests that one replica has in hand at once; more wait here, where checkout can overtake. At the peak of 1:500 a
 * replica gets 140 a second: with 64 in hand each takes 0.45 s, and whoever came on top would only wait inside it.
 */
const REPLICA_CONCURRENCY = 64;

/** A page may wait for half a second: then an answer that says "busy" serves its user better. */
const BOUNDED: Patience = { queueMs: 500, serverMs: 5_000 };

/** Requests that wait in a region before others than buyers are sent away: half a second of its share at 1:250. */
const QUEUE_LIMIT = 256;

/** A region's share of the edge's connections, and its checks. */
const MAX_CONNECTIONS = 4_000;

interface Replica {
  readonly id: string;
  readonly http: Address;
  /** Where it says its own weight; undefined without that protection. */
  readonly agent: Address | undefined;
}

export interface RegionConfig {
  readonly listen: Address;
  readonly stats: Address;
  readonly replicas: readonly Replica[];
  /** Replicas that run from the start: half of them is the least for a region that takes users. */
  readonly running: number;
  readonly functionalCheck: boolean;
  readonly boundedQueue: boolean;
}

export function renderRegion(config: RegionConfig): string {
  return renderSections([
    globalSection(MAX_CONNECTIONS),
    defaultsSection(config.boundedQueue ? BOUNDED : UNBOUNDED),
    statsSection(config.stats),
    frontend(config),
    backend(config),
    ...(config.functionalCheck ? [aliveBackend(config)] : []),
  ]);
}

function frontend(config: RegionConfig): Section {
  return {
    head: "frontend http",
    lines: [
      `bind ${endpoint(config.listen)}`,
      // The edge has every request; here only what went wrong, and what had to be tried again.
      "option dontlog-normal",
      "option httplog",
      "capture request header X-Request-Id len 64",
      `monitor-uri ${REGION_HEALTH}`,
      `monitor fail if { nbsrv(app) lt ${Math.ceil(config.running / 2)} }`,
      RETRY_READS_ONLY,
      ...(config.boundedQueue ? priorities() : []),
      // When no replica can sell, those that live may still show pages: better than nothing at all.
      ...(config.functionalCheck ? ["use_backend app-alive if { nbsrv(app) eq 0 }"] : []),
      "default_backend app",
    ],
  };
}

/** Who is served first when all replicas are busy: money, then what leads there, then the rest, reports last. */
function priorities(): readonly string[] {
  return [
    "acl buying path_beg /checkout",
    "acl choosing path_beg /cart /orders /product",
    "acl searching path_beg /search",
    "acl reporting path_beg /reports /analytics",
    "http-request set-priority-class int(-10) if buying",
    "http-request set-priority-class int(-5) if choosing",
    "http-request set-priority-class int(10) if searching",
    "http-request set-priority-class int(20) if reporting",
    `http-request return status 503 hdr X-Not-Executed 1 hdr Retry-After 1 if !buying { queue(app) ge ${QUEUE_LIMIT} }`,
  ];
}

/**
 * What a replica has in hand when it is taken out is left to finish: it may well succeed, and a checkout that is cut off
 * leaves its buyer in doubt. One that hangs keeps its requests until their time is over, and gets no new ones.
 */
function backend(config: RegionConfig): Section {
  const options = [
    "check inter 1s fastinter 250ms downinter 1s rise 2 fall 3",
    // A replica that answers errors is looked at closely; it is never taken out for them alone, because one broken page
    // would then empty the region.
    "observe layer7 error-limit 20 on-error fastinter",
    // A replica that comes back has cold caches: it gets its full share after 10 s.
    "weight 100 slowstart 10s",
    ...(config.boundedQueue ? [`maxconn ${REPLICA_CONCURRENCY}`] : []),
  ];
  return {
    head: "backend app",
    lines: [
      "balance roundrobin",
      ...(config.functionalCheck ? FUNCTIONAL_CHECK : LIVENESS_CHECK),
      `default-server ${options.join(" ")}`,
      ...config.replicas.map(({ id, http, agent }) => `server ${id} ${endpoint(http)}${agentOf(agent)}`),
    ],
  };
}

/** The replica's own word on its weight, once a second; when it does not speak, the last word stands. */
function agentOf(agent: Address | undefined): string {
  return agent === undefined ? "" : ` agent-check agent-addr ${agent.host} agent-port ${agent.port} agent-inter 1s`;
}

/**
 * The first word of the answer decides: what follows may name parts that are in another state. A wrong answer takes a
 * replica out within two seconds; none at all within eight, because a replica that is only slow is wanted most when all
 * are.
 */
const FUNCTIONAL_CHECK = [
  "option httpchk",
  "http-check send meth GET uri /functionalz ver HTTP/1.1 hdr Host shop",
  "http-check expect status 200",
  `http-check expect rstring ^[^a-z]*(status[^a-z]+)?(ok|degraded)`,
];

const LIVENESS_CHECK = [
  "option httpchk",
  "http-check send meth GET uri /livez ver HTTP/1.1 hdr Host shop",
  "http-check expect status 200",
];

/** Replicas that answer, able to sell or not: used only when none is able. */
function aliveBackend(config: RegionConfig): Section {
  return {
    head: "backend app-alive",
    lines: [
      "balance roundrobin",
      ...LIVENESS_CHECK,
      "default-server check inter 2s fastinter 500ms downinter 2s rise 1 fall 2",
      ...(config.boundedQueue ? [`default-server maxconn ${REPLICA_CONCURRENCY}`] : []),
      ...config.replicas.map(({ id, http }) => `server ${id} ${endpoint(http)}`),
    ],
  };
}
