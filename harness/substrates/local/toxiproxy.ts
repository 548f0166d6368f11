import { Toxiproxy } from "toxiproxy-node-client";
import { z } from "zod";
import type { LinkSpec } from "#core/topology.ts";
import type { WiredLink } from "./wiring.ts";

/** A control call takes a millisecond or two; one that hangs is worse than one that fails. */
const CALL_DEADLINE_MS = 2_000;

/** The control of the proxies: every act is bounded in time and read back. */
export interface ProxyControl {
  /** Creates all proxies, disabled, with the base conditions of their links. */
  create(links: readonly WiredLink[]): Promise<void>;
  /** Opens or closes proxies, and reads back that they are. */
  switch(proxies: readonly WiredLink[], enabled: boolean): Promise<void>;
  version(): Promise<string>;
}

export function proxyControl(api: string): ProxyControl {
  const client = new Toxiproxy(api);
  return {
    async create(links) {
      const bodies = links.map(({ proxy, near, far }) => ({
        name: proxy,
        listen: `${near.host}:${near.port}`,
        upstream: `${far.host}:${far.port}`,
        enabled: false,
      }));
      const proxies = await bounded("populate", client.populate(bodies));
      await Promise.all(
        links.flatMap(({ proxy, spec }) =>
          baseToxics(spec).map(async (toxic) =>
            bounded(`add ${toxic.name} to ${proxy}`, proxies[proxy]?.addToxic(toxic)),
          ),
        ),
      );
      await verifyCreated(client, links);
    },
    async switch(links, enabled) {
      await Promise.all(
        links.map(async ({ proxy, near, far }) => {
          const body = { enabled, listen: `${near.host}:${near.port}`, upstream: `${far.host}:${far.port}` };
          const url = `${client.host}/proxies/${proxy}`;
          await bounded(`${enabled ? "enable" : "disable"} ${proxy}`, client.api.post(url, body));
        }),
      );
      const all = await bounded("read the proxies", client.getAll());
      const wrong = links.filter(({ proxy }) => all[proxy]?.enabled !== enabled).map(({ proxy }) => proxy);
      if (wrong.length > 0) throw new Error(`not ${enabled ? "enabled" : "disabled"}: ${wrong.join(", ")}`);
    },
    version: async () => await bounded("read the version", client.getVersion()),
  };
}

/** What the distance between two regions costs: half of the round trip each way, on top of nothing. */
function baseToxics({ roundTripMs }: LinkSpec) {
  if (roundTripMs === 0) return [];
  const half = { type: "latency", toxicity: 1, attributes: { latency: roundTripMs / 2, jitter: 0 } } as const;
  return [
    { ...half, name: "base-up", stream: "upstream" },
    { ...half, name: "base-down", stream: "downstream" },
  ] as const;
}

/** What the server tells of its proxies; only what is checked here. */
const proxiesSchema = z.record(
  z.string(),
  z.object({
    toxics: z.array(z.object({ name: z.string(), stream: z.string(), attributes: z.record(z.string(), z.unknown()) })),
  }),
);

async function verifyCreated(client: Toxiproxy, links: readonly WiredLink[]): Promise<void> {
  const { data } = await bounded("read the proxies", client.api.get<unknown>(`${client.host}/proxies`));
  const proxies = proxiesSchema.parse(data);
  const wrong = links.filter(({ proxy, spec }) => {
    const wanted = baseToxics(spec);
    const found = proxies[proxy]?.toxics ?? [];
    const has = ({ name, stream, attributes }: (typeof wanted)[number]): boolean =>
      found.some(
        (each) => each.name === name && each.stream === stream && each.attributes.latency === attributes.latency,
      );
    return found.length !== wanted.length || !wanted.every(has);
  });
  if (wrong.length > 0) throw new Error(`not as asked for: ${wrong.map(({ proxy }) => proxy).join(", ")}`);
}

async function bounded<T>(what: string, call: Promise<T> | undefined): Promise<T> {
  if (call === undefined) throw new Error(`${what}: the proxy is missing`);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`no answer within ${CALL_DEADLINE_MS} ms`)), CALL_DEADLINE_MS);
  try {
    return await Promise.race([call, late.promise]);
  } catch (cause) {
    throw new Error(`proxies: ${what}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
