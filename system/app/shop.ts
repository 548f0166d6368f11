import { type FastifyInstance, fastify } from "fastify";
import type { Redis } from "ioredis";
import type { Breaker } from "./breaker.ts";
import type { TieredCache } from "./cache/tiered-cache.ts";
import type { Carts } from "./carts/carts.ts";
import { acknowledgingFirst } from "./checkout/acknowledging-first.ts";
import { announcingAfterwards } from "./checkout/announcing-afterwards.ts";
import { fulfilInline } from "./checkout/fulfilment.ts";
import { hurriedCheckout } from "./checkout/hurried.ts";
import { oneRoundTrip } from "./checkout/one-round-trip.ts";
import type { PlaceOrder } from "./checkout/order.ts";
import { soldOutNotice } from "./checkout/sold-out.ts";
import type { AppConfig } from "./config.ts";
import type { Databases } from "./database/databases.ts";
import type { Pool } from "./database/pool.ts";
import { FunctionalCheck } from "./health/functional-check.ts";
import { type Dependency, Readiness } from "./health/readiness.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { type Admission, BoundedAdmission, OpenAdmission } from "./overload/admission.ts";
import { type AgentState, listenForAgentChecks } from "./overload/agent.ts";
import { EventLoop } from "./overload/event-loop.ts";
import { smoothed, weightOf } from "./overload/weight.ts";
import { openParts } from "./parts.ts";
import { revenue, salesReport } from "./routes/back-office.ts";
import { addToCart, cart } from "./routes/cart.ts";
import { category } from "./routes/category.ts";
import { checkout } from "./routes/checkout.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { home } from "./routes/home.ts";
import { orders } from "./routes/orders.ts";
import { addPage, answerMalformed, type Page } from "./routes/page.ts";
import { product } from "./routes/product.ts";
import { search } from "./routes/search.ts";

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

/** Puts the parts together as the protections say. */
export function createShop(config: AppConfig, log: Log): Shop {
  const parts = openParts(config, log);
  const { metrics, databases, cache, carts, breakers } = parts;
  const loop = new EventLoop();
  const admission = config.protections.has("shedding")
    ? new BoundedAdmission(() => loop.lateMs, log)
    : new OpenAdmission();
  const readiness = new Readiness();
  const http = server(log);
  for (const page of pagesOf(config, databases, cache, carts, metrics)) {
    addPage(http, page, { admission, metrics, log });
  }
  const check = new FunctionalCheck({ config, cache, carts, write: databases.write, log });
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
    readiness.phase === "ready" ? { kind: "serving", weightPercent: weight() } : { kind: readiness.phase };

  let agent: Awaited<ReturnType<typeof listenForAgentChecks>> | undefined;
  return {
    http,
    readiness,
    async start() {
      await http.listen({ host: config.listen.http.host, port: config.listen.http.port });
      agent = await listenForAgentChecks(config.listen.agent, agentState);
      await readiness.await(dependenciesOf(databases, parts.redises), async () => {
        await cache.get("best-sellers", "0");
        await cache.get("product", "1");
      });
      if (readiness.phase === "ready") log.event("ready", `without ${readiness.missing.join(", ") || "nothing"}`);
    },
    async [Symbol.asyncDispose]() {
      readiness.drain();
      await http.close();
      stopWeighing.abort();
      loop[Symbol.dispose]();
      agent?.close();
      await parts[Symbol.asyncDispose]();
    },
  };
}

function server(log: Log): FastifyInstance {
  const http = fastify({
    bodyLimit: LARGEST_BODY_BYTES,
    exposeHeadRoutes: false,
    // While it drains it answers what still reaches it; idle connections are closed, the others after their answer.
    return503OnClosing: false,
    forceCloseConnections: "idle",
  });
  http.setErrorHandler((error, _request, reply) => answerMalformed(error, reply, log));
  return http;
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
    cart(carts, metrics),
    addToCart(carts),
    checkout({
      carts,
      place: placing(config, write, cache),
      fulfil: on.has("queue") || config.payment === undefined ? undefined : fulfilInline(write, config.payment),
      metrics,
      region: config.region,
      soldOut: soldOutNotice(cache),
    }),
    orders(write, metrics, config.plantedBug === "read-from-lagging-replica" ? databases.reader : undefined),
    salesReport(report),
    revenue(
      on.has("warehouse") && config.warehouse !== undefined ? { warehouse: config.warehouse } : { database: report },
    ),
  ];
}

function placing({ protections, plantedBug }: AppConfig, write: Pool, cache: TieredCache): PlaceOrder {
  if (!protections.has("queries")) return hurriedCheckout(write);
  const place = oneRoundTrip(write);
  switch (plantedBug) {
    case "acknowledge-before-commit":
      return acknowledgingFirst(place, (id) => cache.get("product", id));
    case "job-outside-transaction":
      return announcingAfterwards(place, write);
    default:
      return place;
  }
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
