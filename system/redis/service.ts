import type { Service } from "#core/service.ts";

interface Kind {
  /** Name of the run's secret that is its password. */
  readonly secret: string;
  readonly maxMemory: string;
  readonly policy: "allkeys-lfu" | "noeviction";
  /** Whether what it holds survives the end of its process. */
  readonly kept: boolean;
}

/**
 * The warm tier. Everything in it can be had again from the database, so a restart may empty it. 64 MB is several times
 * what pages of 20,000 products need within an hour; beyond it, what is asked for least goes first.
 */
export const cache: Service = redisService({
  secret: "cache",
  maxMemory: "64mb",
  policy: "allkeys-lfu",
  kept: false,
});

/**
 * Carts. A full one refuses to grow: to lose a stranger's cart without a word would be worse. 128 MB are a hundred
 * thousand carts; the scaled surge fills some thousands.
 */
export const carts: Service = redisService({ secret: "carts", maxMemory: "128mb", policy: "noeviction", kept: true });

/** Jobs. BullMQ is only safe without eviction, and jobs must survive a restart; the outbox survives even its loss. */
export const queue: Service = redisService({ secret: "queue", maxMemory: "128mb", policy: "noeviction", kept: true });

function redisService(kind: Kind): Service {
  return {
    ports: ["redis"],
    launch(input) {
      const { host, port } = input.listen("redis");
      const password = input.secret(kind.secret);
      return {
        program: "redis-server",
        argv: [`${input.folder}/redis.conf`],
        env: {},
        files: [{ path: "redis.conf", content: renderConfig(kind, { host, port, password, folder: input.folder }) }],
        asServiceUser: false,
        ready: { kind: "redis", port: "redis", password },
        // It writes the rest of its file and goes: milliseconds for what a surge leaves.
        stop: { signal: "SIGTERM", graceMs: 2_000 },
        after: [],
      };
    },
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly folder: string;
}

/** One `name value` a line, as redis.conf wants it. What is missing stands at Redis' own default. */
function renderConfig(kind: Kind, place: Place): string {
  const settings: Readonly<Record<string, string | number>> = {
    bind: place.host,
    port: place.port,
    requirepass: place.password,
    dir: `"${place.folder}"`,
    daemonize: "no",
    // No snapshots: they fork a process of the same size at a moment of their own choosing.
    save: '""',
    appendonly: kind.kept ? "yes" : "no",
    // A second of writes may go with the machine (not with the process: the kernel holds them). An fsync for each write
    // would make adding to a cart as slow as buying it.
    appendfsync: "everysec",
    maxmemory: kind.maxMemory,
    "maxmemory-policy": kind.policy,
    // Freed by a thread, so that evicting a large value does not hold up the next reader.
    "lazyfree-lazy-eviction": "yes",
    // Nobody uses a second one; a client that selects another by mistake is told so.
    databases: 1,
    // Twelve replicas of the application, workers, relay and evidence, each with some connections: below 200.
    maxclients: 1_000,
    // Clients that vanished are noticed after 10 s and three probes, before their number matters.
    "tcp-keepalive": 10,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join("");
}
