import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

type LinkMode =
  | { readonly kind: "through" }
  /** Bytes are swallowed both ways; connections open and stay. */
  | { readonly kind: "swallow" }
  /** What the server says arrives this much later. */
  | { readonly kind: "late"; readonly byMs: number };

export interface Link extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  mode: LinkMode;
  /** Ends every connection, as a server that dies does. */
  cut(): void;
}

/** The near end of a link to a server, which a test can make sick. */
export async function openLink(to: { readonly host: string; readonly port: number }): Promise<Link> {
  const sockets = new Set<Socket>();
  const state: { mode: LinkMode } = { mode: { kind: "through" } };
  const server = createServer((near) => {
    const far = connect(to.port, to.host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.on("data", (bytes) => {
      if (state.mode.kind !== "swallow") far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (state.mode.kind === "swallow") return;
      if (state.mode.kind === "through") near.write(bytes);
      else setTimeout(() => near.writable && near.write(bytes), state.mode.byMs);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the listener has no port");
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    host: "127.0.0.1",
    port: address.port,
    get mode() {
      return state.mode;
    },
    set mode(mode) {
      state.mode = mode;
    },
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
