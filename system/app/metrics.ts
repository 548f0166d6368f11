import { Counter, Gauge, Registry } from "prom-client";
import { CACHED_KINDS, type CachedKind } from "./cache/keys.ts";

export type WorkClass = "read" | "write" | "report";
export type Server = "primary" | "replica" | "reports";
/** A logical read of a page and who answered it. */
export type ReadKind = CachedKind | "cart" | "order";
export type ReadTier = "hot" | "warm" | "carts" | "database" | "stale";

/** What a pool tells of its work. */
export interface PoolObserver {
  queried(work: WorkClass, server: Server, kind: string, seconds: number): void;
  waited(pool: string, seconds: number): void;
  waitTimedOut(pool: string): void;
}

/** What is read off when somebody asks. */
export interface Gauges {
  readonly pools: () => readonly {
    readonly name: string;
    readonly size: number;
    readonly idle: number;
    readonly waiting: number;
  }[];
  readonly breakers: () => readonly { readonly target: string; readonly open: boolean; readonly openedTotal: number }[];
  readonly inFlight: () => number;
  readonly weight: () => number;
  readonly eventLoopP99Seconds: () => number;
}

interface Bound {
  inc(value?: number): void;
}

/** Counters whose label sets are looked up once: counting then costs an addition. */
class Counted {
  readonly #counter: Counter;
  readonly #bound = new Map<string, Bound>();
  readonly #names: readonly string[];

  constructor(registry: Registry, name: string, help: string, labelNames: readonly string[]) {
    this.#names = labelNames;
    this.#counter = new Counter({ name, help, labelNames: [...labelNames], registers: [registry] });
  }

  add(value: number, ...labels: readonly string[]): void {
    const key = labels.length === 1 ? (labels[0] ?? "") : labels.join("\n");
    let bound = this.#bound.get(key);
    if (bound === undefined) {
      bound = this.#counter.labels(Object.fromEntries(this.#names.map((name, i) => [name, labels[i] ?? ""])));
      this.#bound.set(key, bound);
    }
    bound.inc(value);
  }
}

const TIERS: readonly ReadTier[] = ["hot", "warm", "carts", "database", "stale"];

/** The application's own figures. Names and labels are the contract with whoever watches it. */
export class Metrics implements PoolObserver {
  readonly #registry = new Registry();
  readonly #reads = this.#counted("shop_reads_total", "Logical reads by who answered", ["kind", "tier"]);
  readonly #queries = this.#counted("shop_database_queries_total", "Statements sent", ["class", "server", "kind"]);
  readonly #seconds = this.#counted("shop_database_seconds_total", "Time until answered", ["class", "server", "kind"]);
  readonly #waits = this.#counted("shop_pool_waits_total", "Callers that found no idle connection", ["class"]);
  readonly #waitSeconds = this.#counted("shop_pool_wait_seconds_total", "Time waited for connections", ["class"]);
  readonly #timeouts = this.#counted("shop_pool_timeouts_total", "Callers that got no connection", ["class"]);
  readonly #shed = this.#counted("shop_shed_total", "Requests refused at once", ["page"]);
  readonly #checkouts = this.#counted("shop_checkouts_total", "Checkouts by how they ended", ["outcome"]);
  readonly #requests = this.#counted("shop_requests_total", "Requests answered", ["page", "status"]);
  readonly #fallbacks = this.#counted("shop_fallback_total", "Reads that went elsewhere", ["from", "to"]);
  readonly #longestWaits = new Map<string, number>();

  constructor() {
    // Every series of the reads exists from the start, so that a rate has a beginning.
    for (const kind of [...CACHED_KINDS, "cart", "order"]) for (const tier of TIERS) this.#reads.add(0, kind, tier);
  }

  read(kind: ReadKind, tier: ReadTier): void {
    this.#reads.add(1, kind, tier);
  }

  queried(work: WorkClass, server: Server, kind: string, seconds: number): void {
    this.#queries.add(1, work, server, kind);
    this.#seconds.add(seconds, work, server, kind);
  }

  waited(pool: string, seconds: number): void {
    this.#waits.add(1, pool);
    this.#waitSeconds.add(seconds, pool);
    if (seconds > (this.#longestWaits.get(pool) ?? 0)) this.#longestWaits.set(pool, seconds);
  }

  waitTimedOut(pool: string): void {
    this.#timeouts.add(1, pool);
  }

  shed(page: string): void {
    this.#shed.add(1, page);
  }

  checkout(outcome: string): void {
    this.#checkouts.add(1, outcome);
  }

  answered(page: string, status: number): void {
    this.#requests.add(1, page, String(status));
  }

  fellBack(from: string, to: string): void {
    this.#fallbacks.add(1, from, to);
  }

  /** Adds what is read off at each scrape. */
  watch(gauges: Gauges): void {
    const register = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) => {
      new Gauge({
        name,
        help,
        labelNames,
        registers: [this.#registry],
        collect() {
          collect(this);
        },
      });
    };
    // Counted elsewhere: set anew at each scrape.
    const counter = (name: string, help: string, labelNames: string[], collect: (total: Counter) => void) => {
      new Counter({
        name,
        help,
        labelNames,
        registers: [this.#registry],
        collect() {
          this.reset();
          collect(this);
        },
      });
    };
    register("shop_pool_size", "Open connections", ["class"], (gauge) => {
      for (const pool of gauges.pools()) gauge.set({ class: pool.name }, pool.size);
    });
    register("shop_pool_idle", "Idle connections", ["class"], (gauge) => {
      for (const pool of gauges.pools()) gauge.set({ class: pool.name }, pool.idle);
    });
    register("shop_pool_waiting", "Callers in line for a connection", ["class"], (gauge) => {
      for (const pool of gauges.pools()) gauge.set({ class: pool.name }, pool.waiting);
    });
    register("shop_pool_wait_max_seconds", "Longest wait since the last scrape", ["class"], (gauge) => {
      for (const pool of gauges.pools()) gauge.set({ class: pool.name }, this.#longestWaits.get(pool.name) ?? 0);
      this.#longestWaits.clear();
    });
    register("shop_breaker_open", "1 while a part is not asked", ["target"], (gauge) => {
      for (const breaker of gauges.breakers()) gauge.set({ target: breaker.target }, breaker.open ? 1 : 0);
    });
    counter("shop_breaker_opened_total", "How often a breaker opened", ["target"], (total) => {
      for (const breaker of gauges.breakers()) total.inc({ target: breaker.target }, breaker.openedTotal);
    });
    register("shop_inflight", "Requests in hand", [], (gauge) => gauge.set(gauges.inFlight()));
    register("shop_weight", "Weight reported to the balancer, percent", [], (gauge) => gauge.set(gauges.weight()));
    register("shop_eventloop_p99_seconds", "Lateness of the event loop", [], (gauge) =>
      gauge.set(gauges.eventLoopP99Seconds()),
    );
    // Like `process_cpu_seconds_total` of the library's default metrics, without the dozens beside it.
    counter("shop_cpu_seconds_total", "Processor time of this process", [], (total) => {
      const { user, system } = process.cpuUsage();
      total.inc((user + system) / 1e6);
    });
    register("shop_memory_bytes", "Resident memory of this process", [], (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  #counted(name: string, help: string, labelNames: readonly string[]): Counted {
    return new Counted(this.#registry, name, help, labelNames);
  }
}
