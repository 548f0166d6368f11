import { type FastifyInstance, fastify, LogController } from "fastify";
import { Gauge, Registry } from "prom-client";
import type { WarehouseConfig } from "./config.ts";
import { Loader } from "./loader.ts";
import { replicaSource } from "./source.ts";
import { Store } from "./store.ts";

export interface WarehouseServer extends AsyncDisposable {
  readonly http: FastifyInstance;
}

/** Loader and HTTP face in one process, because one process may write a DuckDB file and others may not even read it. */
export async function warehouseServer(config: WarehouseConfig): Promise<WarehouseServer> {
  const http = fastify({
    logger: { level: "info" },
    logController: new LogController({ disableRequestLogging: true }),
    return503OnClosing: false,
    forceCloseConnections: "idle",
  });
  const store = await Store.open(config.storePath);
  const source = replicaSource(config.source, config.node);
  const loader = new Loader(source, store, http.log);
  const registry = metrics(store, loader);

  http.get("/revenue", async () => ({ rows: await store.revenue() }));
  http.get("/totals", async () => ({ ...(await store.totals()), lagSeconds: lagSeconds(loader) }));
  http.get("/orders", async () => ({ orders: await store.orders() }));
  http.get("/livez", async (_request, reply) => {
    const up = loader.state.caughtUpAt !== undefined;
    return reply.code(up ? 200 : 503).send({ status: up ? "ok" : "connecting" });
  });
  http.get("/metrics", async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()));

  const stop = new AbortController();
  const loading = loader.run(stop.signal);
  return {
    http,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await http.close();
      await loading;
      await source[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** How long ago everything that the replica showed had been loaded; what the replica itself lags comes on top. */
function lagSeconds(loader: Loader): number | null {
  const { caughtUpAt } = loader.state;
  return caughtUpAt === undefined ? null : (performance.now() - caughtUpAt) / 1_000;
}

function metrics(store: Store, loader: Loader): Registry {
  const registry = new Registry();
  new Gauge({
    name: "shop_warehouse_orders",
    help: "Orders in the warehouse",
    registers: [registry],
    async collect() {
      this.set((await store.totals()).orders);
    },
  });
  new Gauge({
    name: "shop_warehouse_lag_seconds",
    help: "Since everything that the replica showed had been loaded",
    registers: [registry],
    collect() {
      this.set(lagSeconds(loader) ?? Number.NaN);
    },
  });
  new Gauge({
    name: "shop_warehouse_lateness_seconds",
    help: "Age of the oldest order of the last load when it arrived",
    registers: [registry],
    collect() {
      this.set(loader.state.latenessMs / 1_000);
    },
  });
  return registry;
}
