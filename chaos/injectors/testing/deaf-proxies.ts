import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { connect, createServer as createTcpServer, type Socket } from "node:net";
import { HOST } from "./children.ts";

interface DeafProxy {
  readonly name: string;
  readonly listen: string;
  readonly upstream: string;
  readonly enabled: boolean;
  readonly toxics: readonly { readonly name: string }[];
}

export interface DeafProxies extends AsyncDisposable {
  readonly api: string;
  readonly ports: readonly number[];
}

/**
 * Speaks Toxiproxy's control language and believes in its own words: proxies forward plain TCP, toxics are accepted,
 * listed and removed, and nothing is ever delayed, swallowed or refused.
 */
export async function startDeafProxies(
  links: readonly { readonly name: string; readonly upstreamPort: number }[],
): Promise<DeafProxies> {
  const sockets = new Set<Socket>();
  const forwarders = await Promise.all(
    links.map(async ({ upstreamPort }) => {
      const server = createTcpServer((near) => {
        const far = connect({ host: HOST, port: upstreamPort });
        for (const socket of [near, far]) {
          sockets.add(socket);
          socket.on("error", () => undefined);
        }
        near.pipe(far).pipe(near);
      }).listen(0, HOST);
      await once(server, "listening");
      const address = server.address();
      return { server, port: typeof address === "object" && address !== null ? address.port : 0 };
    }),
  );
  const proxies = new Map<string, DeafProxy>(
    links.map(({ name, upstreamPort }, index) => [
      name,
      {
        name,
        listen: `${HOST}:${forwarders[index]?.port}`,
        upstream: `${HOST}:${upstreamPort}`,
        enabled: true,
        toxics: ["upstream", "downstream"].map((stream) => ({
          name: `base-${stream}`,
          type: "latency",
          stream,
          toxicity: 1,
          attributes: { latency: 3, jitter: 0 },
        })),
      },
    ]),
  );
  const api = createServer(async (request, response) => {
    const answer = obey(proxies, request.method ?? "GET", request.url ?? "/", await bodyOf(request));
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? { error: "not found" }));
  }).listen(0, HOST);
  await once(api, "listening");
  const address = api.address();
  return {
    api: `http://${HOST}:${typeof address === "object" && address !== null ? address.port : 0}`,
    ports: forwarders.map(({ port }) => port),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      api.closeAllConnections();
      for (const server of [api, ...forwarders.map((forwarder) => forwarder.server)]) server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

function obey(proxies: Map<string, DeafProxy>, method: string, url: string, body: Record<string, unknown>): unknown {
  const [, , name, , toxicName] = url.split("/").map(decodeURIComponent);
  if (name === undefined) return Object.fromEntries(proxies);
  const proxy = proxies.get(name);
  if (proxy === undefined) return undefined;
  if (!url.includes("/toxics")) {
    const changed = { ...proxy, ...(method === "POST" ? { enabled: body.enabled === true } : {}) };
    proxies.set(name, changed);
    return changed;
  }
  if (method === "POST") {
    proxies.set(name, { ...proxy, toxics: [...proxy.toxics, { name: String(body.name), ...body }] });
    return body;
  }
  if (method === "DELETE") {
    proxies.set(name, { ...proxy, toxics: proxy.toxics.filter((toxic) => toxic.name !== toxicName) });
    return {};
  }
  return proxy.toxics.find((toxic) => toxic.name === toxicName);
}
