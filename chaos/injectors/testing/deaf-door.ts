import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { HOST } from "./children.ts";

/** What a deaf door does with what it is told: nothing, or the right thing in the wrong place. */
export interface Deafness {
  /** The proxy that really gets a toxic: the one that was asked for, another, or none. */
  goesTo(proxy: string, toxic: string): string | undefined;
  /** Opening and closing of proxies is believed in and not done either. */
  readonly deafToSwitching: boolean;
}

export interface DeafDoor extends AsyncDisposable {
  readonly api: string;
}

type Fields = Readonly<Record<string, unknown>>;

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}

/** A control call takes a millisecond or two; the server behind it is on this machine. */
const CALL_DEADLINE_MS = 2_000;

/**
 * A control door before that of a real Toxiproxy server, which believes in its own words: toxics are accepted, listed and
 * removed as if they were set, and the traffic goes on as before.
 */
export async function openDeafDoor(server: string, port: number, deafness: Deafness): Promise<DeafDoor> {
  const door = new Door(server, deafness);
  const http = createServer(async (request, response) => {
    const { status, body } = await door
      .answer(request.method ?? "GET", request.url ?? "/", await textOf(request))
      .catch((thrown: unknown): Answer => ({ status: 500, body: { error: String(thrown) } }));
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  }).listen(port, HOST);
  await once(http, "listening");
  const address = http.address();
  return {
    api: `http://${HOST}:${typeof address === "object" && address !== null ? address.port : port}`,
    [Symbol.asyncDispose]: async () => {
      http.closeAllConnections();
      http.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

class Door {
  readonly #server: string;
  readonly #deafness: Deafness;
  /** Toxics that were accepted, by the proxy that they were meant for. */
  readonly #pretended = new Map<string, readonly Fields[]>();
  readonly #switched = new Map<string, boolean>();

  constructor(server: string, deafness: Deafness) {
    this.#server = server;
    this.#deafness = deafness;
  }

  async answer(method: string, url: string, text: string): Promise<Answer> {
    const [, top, proxy, toxics, toxic] = url.split("/").map(decodeURIComponent);
    if (top === "proxies" && proxy !== undefined && toxics === "toxics") {
      if (method === "POST" && toxic === undefined) return await this.#add(proxy, text);
      const mine = this.#of(proxy).find(({ name }) => name === toxic);
      if (mine !== undefined)
        return method === "DELETE" ? await this.#remove(proxy, mine) : { status: 200, body: mine };
    }
    const switching = top === "proxies" && proxy !== undefined && toxics === undefined && method === "POST";
    if (switching && this.#deafness.deafToSwitching) {
      this.#switched.set(proxy, fieldsOf(text).enabled === true);
      return await this.answer("GET", url, "");
    }
    const { status, body } = await this.#ask(method, url, text);
    return { status, body: top === "proxies" && toxics === undefined ? this.#asBelieved(proxy, body) : body };
  }

  async #add(proxy: string, text: string): Promise<Answer> {
    const toxic = { toxicity: 1, ...fieldsOf(text) };
    const where = this.#deafness.goesTo(proxy, nameOf(toxic));
    if (where !== undefined) {
      const answer = await this.#ask("POST", `/proxies/${encodeURIComponent(where)}/toxics`, text);
      if (where === proxy || answer.status >= 300) return answer;
    }
    this.#pretended.set(proxy, [...this.#of(proxy), toxic]);
    return { status: 200, body: toxic };
  }

  async #remove(proxy: string, toxic: Fields): Promise<Answer> {
    const where = this.#deafness.goesTo(proxy, nameOf(toxic));
    if (where !== undefined) {
      const path = `/proxies/${encodeURIComponent(where)}/toxics/${encodeURIComponent(nameOf(toxic))}`;
      await this.#ask("DELETE", path, "");
    }
    this.#pretended.set(
      proxy,
      this.#of(proxy).filter((each) => each !== toxic),
    );
    return { status: 204 };
  }

  #of(proxy: string): readonly Fields[] {
    return this.#pretended.get(proxy) ?? [];
  }

  /** The server's own account of one proxy, or of all, with what the door believes put over it. */
  #asBelieved(proxy: string | undefined, body: unknown): unknown {
    if (typeof body !== "object" || body === null) return body;
    if (proxy !== undefined) return this.#believed(proxy, body);
    return Object.fromEntries(Object.entries(body).map(([name, each]) => [name, this.#believed(name, each)]));
  }

  #believed(name: string, proxy: unknown): unknown {
    if (typeof proxy !== "object" || proxy === null || !("toxics" in proxy) || !Array.isArray(proxy.toxics))
      return proxy;
    const strays = new Set(
      [...this.#pretended].flatMap(([asked, toxics]) =>
        toxics.map(nameOf).filter((toxic) => this.#deafness.goesTo(asked, toxic) === name),
      ),
    );
    const own = proxy.toxics.filter((toxic: Fields) => !strays.has(nameOf(toxic)));
    const enabled = this.#switched.get(name);
    return { ...proxy, ...(enabled === undefined ? {} : { enabled }), toxics: [...own, ...this.#of(name)] };
  }

  async #ask(method: string, url: string, text: string): Promise<Answer> {
    const response = await fetch(`${this.#server}${url}`, {
      method,
      ...(text === "" ? {} : { body: text }),
      signal: AbortSignal.timeout(CALL_DEADLINE_MS),
    });
    const told = await response.text();
    return { status: response.status, ...(told === "" ? {} : { body: parsed(told) }) };
  }
}

function nameOf({ name }: Fields): string {
  return String(name);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function fieldsOf(text: string): Fields {
  const value = parsed(text);
  return typeof value === "object" && value !== null ? { ...value } : {};
}
