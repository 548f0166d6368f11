import { Redis } from "ioredis";
import type { Address } from "./config.ts";
import { OverdueError } from "./deadline.ts";

/** Reconnects at once, then ever slower up to half a second: a healed link is found soon, a dead one costs two tries a second. */
const LONGEST_PAUSE_MS = 500;

/** The library's own time-out is a backstop, for its greeting too; callers wait as long as theirs allows (`withDeadline`). */
const BACKSTOP_MS = 1_000;

export interface RedisSettings {
  readonly address: Address;
  readonly password: string;
  /** Name of the connection in CLIENT LIST. */
  readonly name: string;
}

/**
 * A client for values that must not be waited for. The library's defaults wait: commands have no time-out, queue up
 * while the server is away, and are sent again up to twenty times.
 */
export function connectRedis(settings: RedisSettings): Redis {
  const redis = new Redis({
    host: settings.address.host,
    port: settings.address.port,
    password: settings.password,
    connectionName: settings.name,
    commandTimeout: BACKSTOP_MS,
    connectTimeout: 500,
    // A server that swallows bytes is left after 5 s; one that is 2 s late is not, its breaker deals with it.
    socketTimeout: 5_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    // Adding to a cart is not idempotent: what was sent when the connection broke is reported, not sent again.
    autoResendUnfulfilledCommands: false,
    // No automatic pipelining: ioredis sends the next batch only when the one before is answered, and its commands'
    // time-outs begin when they are sent; beside a server that hangs, callers would wait twice the time-out.
    enableAutoPipelining: false,
    // RESP3 is the library's default; replies keep their old shapes. HELLO and CLIENT SETINFO cost a round trip each.
    protocol: 3,
    replyMapping: "legacy",
    disableClientInfo: true,
    keepAlive: 5_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times - 1, 6), LONGEST_PAUSE_MS) * (0.5 + Math.random() / 2),
  });
  // Without a listener the library prints every failed attempt; failed commands tell enough.
  redis.on("error", () => undefined);
  return redis;
}

/** Whether a command had no answer in time: its caller's time, or the library's. */
export function isRedisTimeout(error: unknown): boolean {
  return error instanceof OverdueError || (error instanceof Error && error.message.includes("timed out"));
}

/** Whether a command certainly never left: there was no connection to write it to. */
export function wasNeverSent(error: unknown): boolean {
  return error instanceof Error && error.message.includes("isn't writeable");
}
