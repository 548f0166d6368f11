import type { Redis } from "ioredis";
import { type Breaker, CircuitBreaker, NoBreaker } from "./breaker.ts";
import { TieredCache } from "./cache/tiered-cache.ts";
import { WarmTier } from "./cache/warm-tier.ts";
import type { Carts } from "./carts/carts.ts";
import { type CartShard, RedisCarts } from "./carts/redis-carts.ts";
import { TableCarts } from "./carts/table-carts.ts";
import { hurriedLoader } from "./catalogue/hurried-loader.ts";
import { optimisedLoader } from "./catalogue/loader.ts";
import type { Address, AppConfig, Region } from "./config.ts";
import { type Databases, openDatabases } from "./database/databases.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { connectRedis } from "./redis.ts";

/** What pages are made of: the tiers, the carts and the databases, as the protections say. */
export interface Parts extends AsyncDisposable {
  readonly metrics: Metrics;
  readonly databases: Databases;
  readonly cache: TieredCache;
  readonly carts: Carts;
  readonly breakers: readonly Breaker[];
  readonly redises: readonly Redis[];
}

export function openParts(config: AppConfig, log: Log): Parts {
  const metrics = new Metrics();
  const breakers: Breaker[] = [];
  const breaker: MakeBreaker = (target) => {
    const made = config.protections.has("breaker") ? new CircuitBreaker(target, log) : new NoBreaker(target);
    breakers.push(made);
    return made;
  };
  const redises: Redis[] = [];
  const redis: MakeRedis = (address, password) => {
    const client = connectRedis({ address, password, name: config.id });
    redises.push(client);
    return client;
  };
  const databases = openDatabases(config, metrics, () => breaker(`replica-${config.region}`));
  return {
    metrics,
    databases,
    cache: openCache(config, databases, metrics, breaker, redis),
    carts: openCarts(config, databases, breaker, redis),
    breakers,
    redises,
    async [Symbol.asyncDispose]() {
      await databases[Symbol.asyncDispose]();
      for (const client of redises) client.disconnect();
    },
  };
}

type MakeBreaker = (target: string) => Breaker;
type MakeRedis = (address: Address, password: string) => Redis;

function openCache(
  config: AppConfig,
  databases: Databases,
  metrics: Metrics,
  breaker: MakeBreaker,
  redis: MakeRedis,
): TieredCache {
  const on = config.protections;
  const warm =
    on.has("warm-tier") && config.cache !== undefined
      ? new WarmTier(redis(config.cache.address, config.cache.password), breaker(`cache-${config.region}`))
      : undefined;
  return new TieredCache({
    hot: on.has("hot-tier"),
    warm,
    singleFlight: on.has("single-flight"),
    stale: on.has("stale"),
    jitter: on.has("jitter"),
    stockFeed: on.has("stock-feed"),
    fillsAfterInvalidation: config.plantedBug === "fill-after-invalidation",
    load: on.has("queries") ? optimisedLoader(databases.reader) : hurriedLoader(databases.reader),
    counted: (kind, tier) => metrics.read(kind, tier),
  });
}

function openCarts(config: AppConfig, databases: Databases, breaker: MakeBreaker, redis: MakeRedis): Carts {
  const { carts } = config;
  if (!config.protections.has("carts") || carts === undefined) return new TableCarts(databases.write);
  const shards = new Map<Region, CartShard>();
  for (const region of ["eu", "us"] as const) {
    const address = carts.regions[region];
    if (address === undefined) continue;
    shards.set(region, {
      redis: redis(address, carts.password),
      breaker: breaker(`carts-${region}`),
    });
  }
  return new RedisCarts(shards, config.region);
}
