import { createServer } from "node:http";
import type { Registry } from "prom-client";
import type { QueueAddress } from "./config.ts";

/** `/livez` and `/metrics` of a process that serves nobody else. */
export async function statusServer(
  listen: Pick<QueueAddress, "host" | "port">,
  registry: Registry,
  connected: () => boolean,
): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer((request, response) => {
    if (request.url === "/livez") {
      const up = connected();
      response.writeHead(up ? 200 : 503, { "content-type": "application/json" });
      response.end(JSON.stringify({ status: up ? "ok" : "connecting" }));
    } else if (request.url === "/metrics") {
      registry.metrics().then(
        (text) => response.writeHead(200, { "content-type": registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      );
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : listen.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
