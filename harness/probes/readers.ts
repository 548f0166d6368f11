import { Agent, request } from "node:http";
import { Redis } from "ioredis";
import { Client } from "pg";
import type { SampleSource } from "#core/evidence.ts";
import type { Address } from "#core/service.ts";
import { parseHaproxyStats } from "./haproxy-stats.ts";
import { parsePrometheus } from "./prometheus.ts";
import { parseRedisInfo } from "./redis-info.ts";

/** Reads one source of one node, again and again, on a connection that it keeps. */
export interface Reader extends AsyncDisposable {
  /** Rejects when the source gave no answer within the deadline, or a wrong one. */
  read(deadlineMs: number): Promise<Readonly<Record<string, number>>>;
}

/** A page of metrics is tens of kilobytes; what is larger is not what was asked for. */
const MAX_BODY_BYTES = 4_000_000;

export function readerFor(source: SampleSource, address: Address, secret: (name: string) => string): Reader {
  switch (source.kind) {
    case "prometheus":
      return httpReader(address, source.path, (text) => parsePrometheus(text, source.keep));
    case "haproxy":
      return httpReader(address, source.path, parseHaproxyStats);
    case "sql":
      return sqlReader(source, address, secret(source.secret));
    case "redis":
      return redisReader(source, address, secret(source.secret));
  }
}

function httpReader(address: Address, path: string, parse: (text: string) => Readonly<Record<string, number>>): Reader {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (deadlineMs: number): Promise<string> =>
    new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(Math.ceil(deadlineMs));
      const outgoing = request({ ...address, path, agent, signal }, (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) incoming.destroy(new Error(`the answer is larger than ${MAX_BODY_BYTES} bytes`));
        });
        incoming.on("error", reject);
        incoming.on("end", () => {
          if (incoming.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
          else reject(new Error(`${path} answered ${incoming.statusCode}`));
        });
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
  return {
    read: async (deadlineMs) => parse(await get(deadlineMs)),
    [Symbol.asyncDispose]: async () => agent.destroy(),
  };
}

function sqlReader(source: SampleSource & { kind: "sql" }, address: Address, password: string): Reader {
  let client: Client | undefined;
  /** A query that failed may have left the connection in the middle of an answer: the next read begins anew. */
  const drop = (): void => {
    const old = client;
    client = undefined;
    old?.end().catch(() => undefined);
  };
  const open = async (deadlineMs: number): Promise<Client> => {
    const fresh = new Client({
      ...address,
      user: source.user,
      password,
      database: source.database,
      ssl: false,
      application_name: "doorbuster-sampler",
      connectionTimeoutMillis: deadlineMs,
      query_timeout: deadlineMs,
      // So that a read that nobody waits for any more does not go on to burn the database's time.
      statement_timeout: deadlineMs,
    });
    fresh.on("error", drop);
    client = fresh;
    await fresh.connect();
    return fresh;
  };
  return {
    read: async (deadlineMs) => {
      try {
        const { rows } = await (client ?? (await open(deadlineMs))).query<Record<string, unknown>>(source.query);
        return numbersOf(rows[0] ?? {});
      } catch (thrown) {
        drop();
        throw thrown;
      }
    },
    [Symbol.asyncDispose]: async () => drop(),
  };
}

/** bigint and numeric come as text: they are numbers here, because a chart is not an account. */
function numbersOf(row: Readonly<Record<string, unknown>>): Readonly<Record<string, number>> {
  const values: Record<string, number> = {};
  for (const [key, value] of Object.entries(row)) {
    if (value === null || value === undefined) continue;
    const number = Number(value);
    if (Number.isFinite(number)) values[key] = number;
  }
  return values;
}

/** How long a lost connection rests before it is tried again. */
const REDIS_RETRY_MS = 1_000;

function redisReader(source: SampleSource & { kind: "redis" }, address: Address, password: string): Reader {
  const redis = new Redis({
    ...address,
    password,
    lazyConnect: true,
    // A sample that waits in a queue is no sample: what cannot be read now is missing.
    enableOfflineQueue: false,
    enableReadyCheck: false,
    maxRetriesPerRequest: 0,
    connectTimeout: source.everyMs,
    commandTimeout: source.everyMs,
    retryStrategy: () => REDIS_RETRY_MS,
  });
  redis.on("error", () => undefined);
  return {
    read: async () => {
      if (redis.status === "wait") await redis.connect();
      return parseRedisInfo(await redis.info(), source.keep);
    },
    [Symbol.asyncDispose]: async () => redis.disconnect(),
  };
}
