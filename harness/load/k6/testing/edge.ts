import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** What a test's edge does with a request. */
export type Behaviour = "answer" | "nonsense" | "sold-out" | "not-executed" | "doubtful" | "fail" | "hang" | "break";

/** One request as it arrived, with the headers that make it known. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly key: string;
  readonly session: string;
  readonly geo: string;
  readonly body: string;
}

export interface Edge extends AsyncDisposable {
  readonly port: number;
  readonly arrivals: readonly Arrival[];
}

/** A shop's door on loopback that answers as it is told. Who sends a key again with another body is refused. */
export async function openEdge(behave: (arrival: Arrival) => Behaviour): Promise<Edge> {
  const arrivals: Arrival[] = [];
  const bodies = new Map<string, string>();
  const server = createServer((request, response) => {
    void readArrival(request).then((arrival) => {
      arrivals.push(arrival);
      const { key, body } = arrival;
      const before = key === "" ? body : (bodies.get(key) ?? body);
      bodies.set(key, before);
      if (before !== body) response.writeHead(422).end('{"code":"key-used-for-another-request"}');
      else answer(behave(arrival), request, response, arrivals.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return {
    port: address.port,
    arrivals,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readArrival(request: IncomingMessage): Promise<Arrival> {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const body = await text(request);
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    id: header("x-request-id"),
    key: header("idempotency-key"),
    session: header("x-session"),
    geo: header("x-geo"),
    body,
  };
}

function answer(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse, number: number): void {
  switch (behaviour) {
    case "answer":
      if (request.url === "/checkout") {
        // With blanks, as PostgreSQL writes the answers that the shop passes on.
        const lines = '[{"priceCents": 995, "quantity": 1, "productId": 1}]';
        const order = `{"lines": ${lines}, "status": "paid", "orderId": "${number}", "totalCents": 995}`;
        response.writeHead(201).end(order);
      } else {
        const orderId = /^\/orders\/(\w+)$/.exec(request.url ?? "")?.[1];
        response.end(orderId === undefined ? "{}" : JSON.stringify({ orderId, status: "paid", totalCents: 995 }));
      }
      return;
    case "sold-out":
      response.writeHead(410).end(JSON.stringify({ code: "sold-out", productId: 1 }));
      return;
    case "not-executed":
      response.writeHead(503, { "X-Not-Executed": "1" }).end();
      return;
    case "doubtful":
      response.writeHead(503).end();
      return;
    case "nonsense":
      response.writeHead(201).end("thank you\tfor\n100 % of nothing");
      return;
    case "fail":
      response.writeHead(500).end("<html>\n\tno</html>");
      return;
    case "hang":
      return;
    case "break":
      request.socket.destroy();
  }
}
