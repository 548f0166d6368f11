import { Toxiproxy } from "toxiproxy-node-client";
import { z } from "zod";
import { messageOf } from "#core/errors.ts";

/** Control calls on loopback take about a millisecond; servers of this kind have been seen to hang on one for ever. */
const CALL_DEADLINE_MS = 2_000;

const proxiesSchema = z.record(
  z.string(),
  z.object({
    name: z.string(),
    listen: z.string(),
    upstream: z.string(),
    enabled: z.boolean(),
    toxics: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        stream: z.string(),
        toxicity: z.number(),
        attributes: z.record(z.string(), z.unknown()),
      }),
    ),
  }),
);

export type ProxyState = z.infer<typeof proxiesSchema>[string];

export interface ToxicSpec {
  readonly name: string;
  readonly type: "latency" | "timeout";
  readonly stream: "upstream" | "downstream";
  readonly attributes: Readonly<Record<string, number>>;
}

/** A control call that did not do what it was for: what was tried, on what, what happened. */
class ProxyControlError extends Error {
  constructor(tried: string, happened: string, options?: ErrorOptions) {
    super(`${tried}: ${happened}`, options);
    this.name = "ProxyControlError";
  }
}

/**
 * The control door of a Toxiproxy server, so that a call either has done what it says or throws: each has a deadline,
 * and each that changes something is followed by a read that must show the change.
 */
export class ProxyControl {
  readonly #server: Toxiproxy;

  /** `api` is an address with or without its scheme. */
  constructor(api: string) {
    this.#server = new Toxiproxy((api.includes("://") ? api : `http://${api}`).replace(/\/$/, ""));
  }

  async proxies(): Promise<readonly ProxyState[]> {
    const tried = `reading the proxies at ${this.#server.host}`;
    const { data } = await this.#call(tried, () => this.#server.api.get<unknown>(`${this.#server.host}/proxies`));
    const parsed = proxiesSchema.safeParse(data);
    if (!parsed.success) throw new ProxyControlError(tried, `it answered something else: ${parsed.error.message}`);
    return Object.values(parsed.data);
  }

  async addToxic(proxy: string, toxic: ToxicSpec): Promise<void> {
    const tried = `adding ${toxic.type} ${toxic.name} to proxy ${proxy}`;
    const target = await this.#call(tried, () => this.#server.get(proxy));
    await this.#call(tried, () => target.addToxic({ ...toxic, toxicity: 1 }));
    const seen = (await this.#proxy(proxy, tried)).toxics.find((each) => each.name === toxic.name);
    const isSame =
      seen?.type === toxic.type &&
      seen.stream === toxic.stream &&
      seen.toxicity === 1 &&
      Object.entries(toxic.attributes).every(([key, value]) => seen.attributes[key] === value);
    if (!isSame) throw new ProxyControlError(tried, `a read afterwards shows ${JSON.stringify(seen ?? "none of it")}`);
  }

  /** Absent already is as good as removed. */
  async removeToxic(proxy: string, name: string): Promise<void> {
    const tried = `removing ${name} from proxy ${proxy}`;
    if (!(await this.#proxy(proxy, tried)).toxics.some((each) => each.name === name)) return;
    const target = await this.#call(tried, () => this.#server.get(proxy));
    const toxic = await this.#call(tried, () => target.getToxic(name));
    await this.#call(tried, () => toxic.remove());
    if ((await this.#proxy(proxy, tried)).toxics.some((each) => each.name === name)) {
      throw new ProxyControlError(tried, "a read afterwards still shows it");
    }
  }

  async setEnabled(proxy: string, enabled: boolean): Promise<void> {
    const tried = `${enabled ? "enabling" : "disabling"} proxy ${proxy}`;
    const { listen, upstream } = await this.#proxy(proxy, tried);
    const target = await this.#call(tried, () => this.#server.get(proxy));
    await this.#call(tried, () => target.update({ enabled, listen, upstream }));
    if ((await this.#proxy(proxy, tried)).enabled !== enabled) {
      throw new ProxyControlError(tried, "a read afterwards shows it unchanged");
    }
  }

  async #proxy(name: string, tried: string): Promise<ProxyState> {
    const proxy = (await this.proxies()).find((each) => each.name === name);
    if (proxy === undefined) throw new ProxyControlError(tried, "the server knows no such proxy");
    return proxy;
  }

  /** The client has no deadline of its own: an answer that comes after ours is dropped, its failure too. */
  async #call<T>(tried: string, call: () => Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${CALL_DEADLINE_MS / 1_000}s`)), CALL_DEADLINE_MS);
    });
    try {
      return await Promise.race([call(), late]);
    } catch (thrown) {
      throw new ProxyControlError(tried, messageOf(thrown), { cause: thrown });
    } finally {
      clearTimeout(timer);
    }
  }
}
