import { createServer, type ServerResponse } from "node:http";
import { z } from "zod";
import type { Clock } from "#core/context.ts";

/** How two clocks compare: what the generator's clock lacks to the run clock, and the exchange that bounds the error. */
export interface Offset {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

/** The driver's end of the talk with the generator: a server on loopback that holds its setup until the load may begin. */
export interface Gate extends AsyncDisposable {
  readonly address: string;
  /** Resolves when the generator has every user ready. */
  readonly ready: Promise<Offset>;
  /** The comparison at the end of the load, when the generator came to its end by itself. */
  readonly last: () => Offset | undefined;
  /** Lets the generator go; the first request is planned for this instant of the run clock. */
  open(zeroMs: number): void;
}

const offsetQuery = z.object({ offset: z.coerce.number(), roundTrip: z.coerce.number() });

export async function openGate(clock: Clock): Promise<Gate> {
  const waiting: ServerResponse[] = [];
  const ready = Promise.withResolvers<Offset>();
  let last: Offset | undefined;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://gate");
    if (url.pathname === "/clock") {
      response.end(String(clock.now()));
      return;
    }
    const query = offsetQuery.safeParse(Object.fromEntries(url.searchParams));
    if (!query.success || (url.pathname !== "/gate" && url.pathname !== "/done")) {
      response.writeHead(404).end();
      return;
    }
    const offset = { offsetMs: query.data.offset, roundTripMs: query.data.roundTrip };
    if (url.pathname === "/done") {
      last = offset;
      response.end();
      return;
    }
    waiting.push(response);
    ready.resolve(offset);
  });
  // The generator's setup may wait for as long as the shop needs to stand up.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return {
    address: `http://127.0.0.1:${address.port}`,
    ready: ready.promise,
    last: () => last,
    open(zeroMs) {
      for (const response of waiting.splice(0)) response.end(String(zeroMs));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
