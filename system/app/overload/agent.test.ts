import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { type AgentState, listenForAgentChecks } from "./agent.ts";

async function ask(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes;
  });
  await once(socket, "close");
  return text;
}

test("the agent tells the balancer its weight, and drains before and after it serves", async () => {
  let state: AgentState = { kind: "starting" };
  const server = await listenForAgentChecks({ host: "127.0.0.1", port: 0 }, () => state);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    expect(await ask(port)).toBe("drain\n");
    state = { kind: "serving", weightPercent: 75 };
    expect(await ask(port)).toBe("ready up 75%\n");
    state = { kind: "draining" };
    expect(await ask(port)).toBe("drain\n");
  } finally {
    server.close();
  }
});
