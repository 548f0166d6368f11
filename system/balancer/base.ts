import type { Address } from "#core/service.ts";

/** A section of haproxy.cfg: its head, and the lines below it. */
export interface Section {
  readonly head: string;
  readonly lines: readonly string[];
}

export function renderSections(sections: readonly Section[]): string {
  return sections.map(({ head, lines }) => `${[head, ...lines.map((line) => `  ${line}`)].join("\n")}\n`).join("\n");
}

/** `host:port`, as a bind or server line wants it. */
export function endpoint(address: Address): string {
  return `${address.host}:${address.port}`;
}

/** How long each side may take. The inner end gives up first, so that who is left can still say something useful. */
export interface Patience {
  readonly queueMs: number;
  readonly serverMs: number;
}

/**
 * What Debian's packaged configuration has: the settings of somebody who did not think about them. Nothing queues in the
 * balancer with them, because no server has a limit.
 */
export const UNBOUNDED: Patience = { queueMs: 50_000, serverMs: 50_000 };

/**
 * One thread: the node is less than one core. A connection costs two descriptors at worst, and a process may commonly
 * have 20,000.
 */
export function globalSection(maxConnections: number): Section {
  return {
    head: "global",
    lines: [
      "log stdout format raw local0 info", //
      `maxconn ${maxConnections}`,
      "nbthread 1",
      // Idle connections to servers are thrown away above a fifth of all descriptors, as if those were many. The edge has
      // a descriptor for every user who is reading, so with the default each request of a full shop opened a connection
      // of its own through both tiers (measured: 400 a second at 1:250).
      "tune.pool-low-fd-ratio 90",
      "tune.pool-high-fd-ratio 95",
    ],
  };
}

export function defaultsSection(patience: Patience): Section {
  return {
    head: "defaults",
    lines: [
      "mode http",
      "log global",
      // A link inside a region answers in 1 ms, between regions in 30 ms.
      "timeout connect 1s",
      `timeout queue ${patience.queueMs}ms`,
      `timeout server ${patience.serverMs}ms`,
      // A request that does not come to its end (its head is a single packet).
      "timeout http-request 5s",
      // While a body arrives or an answer is taken: above the server's time, or a slow answer would look like a client
      // that left.
      `timeout client ${patience.serverMs + patience.queueMs + 5_000}ms`,
      // Longer than anybody thinks (70 s): a connection that is closed while its user sends loses that request.
      "timeout http-keep-alive 75s",
      "timeout check 2s",
      // Idle connections are shared among all clients and kept for a minute, longer than most users think (mean 7 s) and
      // shorter than the servers keep them (72 s and more): with "safe", or the default purge after 5 s, nearly every
      // request of a thinking user opened a connection through both tiers (measured: 28,000 requests, 55,000 connections).
      "http-reuse always",
      "default-server pool-purge-delay 60s",
      // One try at another server each: the first may be a place where nothing runs yet, or one that has just died.
      "retries 2",
      "option redispatch 1",
      "retry-on conn-failure empty-response",
      // Names that cannot be resolved yet belong to machines that are not there yet.
      "default-server init-addr last,libc,none",
    ],
  };
}

/**
 * A read may be sent again when its server vanished; anything else only when it could not be sent at all: an order must
 * not be placed twice because a balancer was eager.
 */
export const RETRY_READS_ONLY = "http-request disable-l7-retry unless METH_GET";

/**
 * Figures of all sections: `/stats` for people, `/stats;csv` for the harness; `/metrics` for what only the process knows,
 * such as the lines of its log that it dropped. Every packaged HAProxy since 2.0 has the exporter.
 */
export function statsSection(listen: Address): Section {
  return {
    head: "frontend stats",
    lines: [
      `bind ${endpoint(listen)}`,
      "no log",
      "stats enable",
      "stats uri /stats",
      "http-request use-service prometheus-exporter if { path /metrics }",
    ],
  };
}
