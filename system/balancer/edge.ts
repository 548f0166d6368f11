import type { Address } from "#core/service.ts";
import type { Region } from "#core/topology.ts";
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
import { preference } from "./geography.ts";
import { REGION_HEALTH } from "./region.ts";

/**
 * Every user holds a connection: 8,000 at 1:250, and some for buyers, bots and probes; below 20,000 descriptors. A load with
 * more users than this is refused.
 */
export const MAX_CONNECTIONS = 9_500;

/** Above what a region takes in all (0.5 s of queue, 5 s of work), below the 8 s after which a user gives up. */
const BOUNDED: Patience = { queueMs: 500, serverMs: 6_500 };

/** The balancer of a region, as seen from the users of one region: the path is another from each. */
export interface Path {
  readonly origin: Region;
  readonly region: Region;
  readonly balancer: string;
  readonly address: Address;
}

export interface EdgeConfig {
  readonly listen: Address;
  readonly stats: Address;
  /** Where users come from. The first stands for whoever cannot be placed. */
  readonly origins: readonly Region[];
  /** Regions that have a balancer. */
  readonly serving: readonly Region[];
  readonly paths: readonly Path[];
  /** Files of `geography.ts`. */
  readonly regionsMap: string;
  readonly networksMap: string;
  readonly spill: boolean;
  readonly boundedQueue: boolean;
  /** Requests in hand of a region from which on its neighbour is asked first. */
  readonly regionConcurrency: number;
}

export function renderEdge(config: EdgeConfig): string {
  return renderSections([
    globalSection(MAX_CONNECTIONS),
    defaultsSection(config.boundedQueue ? BOUNDED : UNBOUNDED),
    statsSection(config.stats),
    frontend(config),
    ...config.paths.map(pathBackend),
    ...(config.spill ? config.origins.map((origin) => openBackend(origin, config)) : []),
  ]);
}

function frontend(config: EdgeConfig): Section {
  const [fallback] = config.origins;
  return {
    head: "frontend http",
    lines: [
      `bind ${endpoint(config.listen)}`,
      `log-format ${LOG_FORMAT}`,
      // Who sends no id gets one: every line of the log can be told from every other.
      "http-request set-header X-Request-Id %[uuid()] unless { req.hdr(X-Request-Id) -m found }",
      "http-request set-var(txn.id) req.hdr(X-Request-Id)",
      "http-request set-var(txn.path) path",
      `http-request set-var(txn.origin) req.hdr(X-Geo),lower,map(${config.regionsMap})`,
      `http-request set-var(txn.origin) src,map_ip(${config.networksMap},${fallback}) unless { var(txn.origin) -m found }`,
      RETRY_READS_ONLY,
      ...(config.spill ? counting(config) : []),
      ...config.origins.flatMap((origin) => routes(origin, config)),
    ],
  };
}

/**
 * Where an origin's requests go, first match first. With `spill`: the nearest region that is well and has room; else the
 * nearest that is well; else, when all look ill, anywhere: the checks may be what is ill. A neighbour that is full itself
 * is not spilled to, so that one region's overload does not become everybody's.
 */
function routes(origin: Region, config: EdgeConfig): readonly string[] {
  const from = `{ var(txn.origin) -m str ${origin} }`;
  const regions = preference(origin, config.serving);
  const nearest = regions.slice(0, 1).map((region) => `use_backend ${pathName(origin, region)} if ${from}`);
  if (!config.spill) return nearest;
  const wellWithRoom = regions.map((region) => {
    const path = pathName(origin, region);
    return `use_backend ${path} if ${from} { nbsrv(${path}) ge 1 } { var(txn.in_${region}) -m int lt ${config.regionConcurrency} }`;
  });
  const well = regions.map((region) => {
    const path = pathName(origin, region);
    return `use_backend ${path} if ${from} { nbsrv(${path}) ge 1 }`;
  });
  return [...wellWithRoom, ...well, `use_backend ${openName(origin)} if ${from}`];
}

/** Stores what each region has in hand, from all origins together, in `txn.in_<region>`. */
function counting(config: EdgeConfig): readonly string[] {
  return config.serving.flatMap((region) => {
    const total = `txn.in_${region}`;
    return config.paths
      .filter((path) => path.region === region)
      .flatMap((path, i) => {
        const own = `be_conn(${pathName(path.origin, region)})`;
        return i === 0
          ? [`http-request set-var(${total}) ${own}`]
          : [`http-request set-var(txn.more) ${own}`, `http-request set-var(${total}) var(${total}),add(txn.more)`];
      });
  });
}

function pathName(origin: Region, region: Region): string {
  return `${origin}-to-${region}`;
}

function openName(origin: Region): string {
  return `${origin}-to-any`;
}

function pathBackend(path: Path): Section {
  return {
    head: `backend ${pathName(path.origin, path.region)}`,
    lines: [
      "option httpchk",
      `http-check send meth GET uri ${REGION_HEALTH} ver HTTP/1.1 hdr Host shop`,
      "http-check expect status 200",
      // A region that does not answer within a second is as good as away: it is left after two of these.
      "timeout check 1s",
      `server ${path.balancer} ${endpoint(path.address)} ${PATH_CHECK}`,
    ],
  };
}

/**
 * The region says itself whether it is well. Errors that users see only make the edge ask sooner: a region that answers
 * errors on one page still sells on the others.
 */
const PATH_CHECK = [
  "check inter 1s fastinter 250ms downinter 1s rise 2 fall 2",
  "observe layer7 error-limit 20 on-error fastinter",
].join(" ");

/** Without checks: when every region looks ill, a request is better sent than refused. */
function openBackend(origin: Region, config: EdgeConfig): Section {
  const paths = config.paths.filter((path) => path.origin === origin);
  return {
    head: `backend ${openName(origin)}`,
    lines: ["balance roundrobin", ...paths.map((path) => `server ${path.balancer} ${endpoint(path.address)}`)],
  };
}

/**
 * A line of JSON for each request. `at` is the second and millisecond of the connection or of the end of the request
 * before on it; `ms.idle` later the request began. `end` says how it ended (`----` is well), as HAProxy's manual explains.
 */
const LOG_FORMAT = `'{${[
  `"id":"%[var(txn.id),json(utf8s)]"`,
  `"at":%Ts%ms`,
  `"method":"%HM"`,
  `"path":"%[var(txn.path),json(utf8s)]"`,
  `"status":%ST`,
  `"end":"%tsc"`,
  `"origin":"%[var(txn.origin)]"`,
  `"backend":"%b"`,
  `"server":"%s"`,
  `"ms":{"idle":%Ti,"request":%TR,"queue":%Tw,"connect":%Tc,"response":%Tr,"active":%Ta}`,
  `"retries":"%rc"`,
  `"bytes":%B`,
].join(",")}}'`;
