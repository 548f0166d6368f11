import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Server as TcpServer } from "node:net";

/** A small web server in the place of the application: it says who it is, and can be held, broken and killed. */
export class TestReplica implements AsyncDisposable {
  readonly id: string;
  /** What `/functionalz` says, always with status 200. */
  health = '{"status":"ok","parts":{}}';
  /** What the agent says. */
  weight = "100%";
  /** Paths of pages in the order of arrival. */
  readonly seen: string[] = [];
  readonly #port: number;
  readonly #waiting: ServerResponse[] = [];
  #holding = false;
  #http: Server | undefined;
  readonly #agent: TcpServer;

  private constructor(id: string, port: number, agent: TcpServer) {
    this.id = id;
    this.#port = port;
    this.#agent = agent;
  }

  static async open(id: string, port: number, agentPort: number): Promise<TestReplica> {
    const agent = createTcpServer();
    const replica = new TestReplica(id, port, agent);
    agent.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.end(`${replica.weight}\n`);
    });
    agent.listen(agentPort, "127.0.0.1");
    await once(agent, "listening");
    await replica.revive();
    return replica;
  }

  get inHand(): number {
    return this.#waiting.length;
  }

  async revive(): Promise<void> {
    this.#http = createServer((incoming, response) => {
      const path = incoming.url ?? "";
      incoming.resume();
      if (path === "/functionalz" || path === "/livez") {
        response.end(path === "/livez" ? "ok" : this.health);
        return;
      }
      this.seen.push(path);
      if (this.#holding) this.#waiting.push(response);
      else response.end(this.id);
    });
    this.#http.listen(this.#port, "127.0.0.1");
    await once(this.#http, "listening");
  }

  /** As a killed process: its connections end, its port refuses. */
  async die(): Promise<void> {
    if (this.#http === undefined) return;
    const closed = once(this.#http, "close");
    this.#http.close();
    this.#http.closeAllConnections();
    this.#http = undefined;
    await closed;
  }

  hold(): void {
    this.#holding = true;
  }

  /** Answers the request that has waited longest; those that come are still held. */
  releaseFirst(): void {
    this.#waiting.shift()?.end(this.id);
  }

  release(): void {
    this.#holding = false;
    for (const response of this.#waiting.splice(0)) response.end(this.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.die();
    this.#agent.close();
  }
}
