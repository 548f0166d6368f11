import { createServer, type Server } from "node:net";
import type { Address } from "../config.ts";

export type AgentState =
  | { readonly kind: "starting" | "draining" }
  | { readonly kind: "serving"; readonly weightPercent: number };

/**
 * What HAProxy's agent-check reads: one line of words, after which the connection closes. `ready` takes back a `drain`
 * that an earlier process of this place has asked for; `up` leaves the rest to the balancer's own check.
 */
function agentLine(state: AgentState): string {
  switch (state.kind) {
    case "starting":
    case "draining":
      return "drain\n";
    case "serving":
      return `ready up ${state.weightPercent}%\n`;
  }
}

/** Answers every connection with the state of the moment. */
export async function listenForAgentChecks(address: Address, state: () => AgentState): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(agentLine(state()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(address.port, address.host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return server;
}
