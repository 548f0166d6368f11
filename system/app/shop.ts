import { type FastifyInstance, fastify } from "fastify";
import type { Redis } from "ioredis";
import { type Breaker, CircuitBreaker, NoBreaker } from "./breaker.ts";
import { TieredCache } from "./cache/tiered-cache.ts";
import { WarmTier } from "./cache/warm-tier.ts";
import type { Carts } from "./carts/carts.ts";
import { type CartShard, RedisCarts } from "./carts/redis-carts.ts";
import { TableCarts } from "./carts/table-carts.ts";
import { hurriedLoader } from "./catalogue/hurried-loader.ts";
import { optimisedLoader } from "./catalogue/loader.ts";
import { fulfilInline } from "./checkout/fulfilment.ts";
import { hurriedCheckout } from "./checkout/hurried.ts";
import { oneRoundTrip } from "./checkout/one-round-trip.ts";
import type { Address, AppConfig, Region } from "./config.ts";
import { type Databases, openDatabases } from "./database/databases.ts";
import { FunctionalCheck } from "./health/functional-check.ts";
import { type Dependency, Readiness } from "./health/readiness.ts";
import type { Log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { type Admission, BoundedAdmission, OpenAdmission } from "./overload/admission.ts";
import { type AgentState, listenForAgentChecks } from "./overload/agent.ts";
import { EventLoop } from "./overload/event-loop.ts";
import { smoothed, weightOf } from "./overload/weight.ts";
import { connectRedis } from "./redis.ts";
import { revenue, salesReport } from "./routes/back-office.ts";
import { addToCart, cart } from "./routes/cart.ts";
import { category } from "./routes/category.ts";
import { checkout } from "./routes/checkout.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { home } from "./routes/home.ts";
import { orders } from "./routes/orders.ts";
import { addPage, type Page } from "./routes/page.ts";
import { product } from "./routes/product.ts";
import { search } from "./routes/search.ts";

/** The warm tier saves a query of some milliseconds: it is not worth waiting longer for. */
const WARM_TIMEOUT_MS = 50;
/** A cart may lie in the other region, 30 ms away, and there is nothing to fall back to. */
const CARTS_TIMEOUT_MS = 250;
/** Requests are small: a cart of fifty lines is 2 kB. */
const LARGEST_BODY_BYTES = 16_384;
const WEIGHT_EVERY_MS = 1_000;

/** One process of the shop's application. */
export interface Shop extends AsyncDisposable {
  readonly http: FastifyInstance;
  readonly readiness: Readiness;
  /** Listens at once, and resolves when it is ready. */
  start(): Promise<void>;
}

/** Puts the parts together as the protections say. Nothing is dialled before `start`, except Redis. */
export function createShop(config: AppConfig, log: Log): Shop {
  const metrics = new Metrics();
  const breakers: Breaker[] = [];
  const breaker = (target: string): Breaker => {
    const made = config.protections.has("breaker") ? new CircuitBreaker(target, log) : new NoBreaker(target);
    breakers.push(made);
    return made;
  };
  const databases = openDatabases(config, metrics, () => breaker(`replica-${config.region}`));
  const redises: Redis[] = [];
  const redis = (address: Address, password: string, commandTimeoutMs: number): Redis => {
    const client = connectRedis({ address, password, name: config.id, commandTimeoutMs });
    redises.push(client);
    return client;
  };
  const cache = openCache(config, databases, metrics, breaker, redis);
  const carts = openCarts(config, databases, breaker, redis);
  const loop = new EventLoop();
  const admission = config.protections.has("shedding")
    ? new BoundedAdmission(() => loop.lateMs, log)
    : new OpenAdmission();
  const readiness = new Readiness();
  const check = new FunctionalCheck({ config, cache, carts, write: databases.write, log });
  const http = fastify({
    bodyLimit: LARGEST_BODY_BYTES,
    exposeHeadRoutes: false,
    // While it drains it answers what still reaches it; idle connections are closed, the others after their answer.
    return503OnClosing: false,
    forceCloseConnections: "idle",
  });
  for (const page of pagesOf(config, databases, cache, carts, metrics))
    addPage(http, page, { admission, metrics, log });
  addHealthRoutes(http, { readiness, check, metrics });

  const stopWeighing = new AbortController();
  const weight = weigh(config, admission, loop, breakers, stopWeighing.signal);
  metrics.watch({
    pools: () => databases.all.map((pool) => ({ name: pool.name, ...pool.figures() })),
    breakers: () => breakers.map((each) => each.status()),
    inFlight: () => admission.inFlight,
    weight,
    eventLoopP99Seconds: () => loop.p99Ms / 1_000,
  });
  const agentState = (): AgentState =>
    readiness.phase === "ready"
      ? { kind: "serving", weightPercent: weight() }
      : { kind: readiness.phase === "draining" ? "draining" : "starting" };

  let agent: Awaited<ReturnType<typeof listenForAgentChecks>> | undefined;
  return {
    http,
    readiness,
    async start() {
      await http.listen({ host: config.listen.http.host, port: config.listen.http.port });
      agent = await listenForAgentChecks(config.listen.agent, agentState);
      await readiness.await(dependenciesOf(databases, redises), async () => {
        await cache.get("best-sellers", "0");
        await cache.get("product", "1");
      });
      if (readiness.phase === "ready")
        log.event("ready", `waited for nothing more: ${readiness.missing.join() || "all there"}`);
    },
    async [Symbol.asyncDispose]() {
      readiness.drain();
      await http.close();
      stopWeighing.abort();
      loop[Symbol.dispose]();
      agent?.close();
      await databases[Symbol.asyncDispose]();
      for (const client of redises) client.disconnect();
    },
  };
}

type MakeBreaker = (target: string) => Breaker;
type MakeRedis = (address: Address, password: string, commandTimeoutMs: number) => Redis;

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
      ? new WarmTier(
          redis(config.cache.address, config.cache.password, WARM_TIMEOUT_MS),
          breaker(`cache-${config.region}`),
        )
      : undefined;
  return new TieredCache({
    hot: on.has("hot-tier"),
    warm,
    singleFlight: on.has("single-flight"),
    stale: on.has("stale"),
    jitter: on.has("jitter"),
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
      redis: redis(address, carts.password, CARTS_TIMEOUT_MS),
      breaker: breaker(`carts-${region}`),
    });
  }
  return new RedisCarts(shards, config.region);
}

function pagesOf(
  config: AppConfig,
  databases: Databases,
  cache: TieredCache,
  carts: Carts,
  metrics: Metrics,
): readonly Page[] {
  const on = config.protections;
  const { write, report } = databases;
  if (!on.has("queue") && config.payment === undefined) {
    throw new Error("without `queue` the checkout pays itself, and no payment provider is configured");
  }
  return [
    home(cache),
    search(cache),
    category(cache),
    product(cache),
    cart(carts, metrics, carts instanceof RedisCarts ? "carts" : "database"),
    addToCart(carts),
    checkout({
      carts,
      place: on.has("queries") ? oneRoundTrip(write) : hurriedCheckout(write),
      fulfil: on.has("queue") || config.payment === undefined ? undefined : fulfilInline(write, config.payment),
      metrics,
      region: config.region,
      soldOut: (productId) => cache.invalidate("stock", productId),
    }),
    orders(write, metrics),
    salesReport(report),
    revenue(
      on.has("warehouse") && config.warehouse !== undefined ? { warehouse: config.warehouse } : { database: report },
    ),
  ];
}

function dependenciesOf(databases: Databases, redises: readonly Redis[]): readonly Dependency[] {
  return [
    ...databases.all.map((pool) => ({ name: `${pool.name} pool`, reach: () => pool.open() })),
    ...redises.map((client) => ({
      name: `redis ${client.options.port}`,
      reach: async () => {
        if (client.status !== "ready") throw new Error(`redis is ${client.status}`);
      },
    })),
  ];
}

/** The weight of the moment, looked at once a second. Without `weights` it never changes. */
function weigh(
  config: AppConfig,
  admission: Admission,
  loop: EventLoop,
  breakers: readonly Breaker[],
  signal: AbortSignal,
): () => number {
  if (!config.protections.has("weights")) return () => 100;
  let weight = 100;
  const timer = setInterval(() => {
    const now = weightOf({
      load: admission.load,
      eventLoopP99Ms: loop.p99Ms,
      openBreakers: breakers.filter((each) => each.status().open).length,
    });
    weight = smoothed(weight, now);
  }, WEIGHT_EVERY_MS);
  timer.unref();
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return () => Math.round(weight);
}
