/** One protection of the shop. The same word in code, docs, command line and report. */
export interface Protection {
  readonly name: string;
  /** What it does, in a sentence. */
  readonly does: string;
  /** What the shop does without it. */
  readonly without: string;
  /** Claim of the brief that it belongs to. */
  readonly claim: string;
}

export const PROTECTIONS = [
  {
    name: "hot-tier",
    does: "keeps hot values in the process for 60 s (lru-cache)",
    without: "each process asks the next tier for every value",
    claim: "C5",
  },
  {
    name: "warm-tier",
    does: "shares values within a region through Redis, invalidated hourly",
    without: "each miss of a process goes to the database",
    claim: "C5",
  },
  {
    name: "single-flight",
    does: "lets one caller of a process fetch a missing value while the others wait for it",
    without: "every caller fetches",
    claim: "C5",
  },
  {
    name: "stale",
    does: "answers with the old value while a fresh one is fetched, or when none can be had",
    without: "an expired value makes its readers wait",
    claim: "C5",
  },
  {
    name: "jitter",
    does: "spreads expiry and the hourly invalidation over time",
    without: "everything expires at once",
    claim: "C5",
  },
  {
    name: "stock-feed",
    does: "tells the warm tier of every region of each sale, so that pages read stock there",
    without: "pages ask the database for stock that is older than 5 s",
    claim: "C5",
  },
  {
    name: "breaker",
    does: "stops asking a part that fails or hangs, and tries it again after a pause",
    without: "every request waits for the sick part",
    claim: "C5",
  },
  {
    name: "pools",
    does: "separates connections for writes, reads and reports, with bounded waiting",
    without: "one pool of 10 connections a process, unlimited waiting",
    claim: "C2",
  },
  {
    name: "pooler",
    does: "shares the primary's connections among all processes (PgBouncer, transaction pooling)",
    without: "each process opens its own connections to the primary",
    claim: "C2",
  },
  {
    name: "replicas",
    does: "reads from the region's replica, with a capped fall-back to the primary",
    without: "all reads go to the primary",
    claim: "C11",
  },
  {
    name: "reports",
    does: "runs reports on a replica of their own",
    without: "reports run on the primary",
    claim: "C11",
  },
  {
    name: "carts",
    does: "keeps carts in a Redis of their own with an append-only file",
    without: "carts are rows of the primary",
    claim: "C3",
  },
  {
    name: "queue",
    does: "fulfils orders by outbox, queue and workers",
    without: "the checkout waits for payment and confirmation",
    claim: "C14",
  },
  {
    name: "warehouse",
    does: "feeds analytics into a warehouse of their own (DuckDB)",
    without: "analytics run on the shop's database",
    claim: "C12",
  },
  {
    name: "functional-check",
    does: "takes a replica out when it can no longer sell",
    without: "the check only asks whether the process answers",
    claim: "C10",
  },
  {
    name: "weights",
    does: "lets each replica report its own weight to its balancer (agent-check)",
    without: "all replicas weigh the same, whatever their state",
    claim: "C9",
  },
  {
    name: "bounded-queue",
    does: "bounds the balancer's queue and serves checkout first",
    without: "requests wait without bound, first come first served",
    claim: "C1",
  },
  {
    name: "shedding",
    does: "answers 503 at once when a process has more in hand than it can finish in time",
    without: "a process accepts whatever comes",
    claim: "C1",
  },
  {
    name: "spill",
    does: "sends users to the next region before the first is empty",
    without: "a region's users share its fate",
    claim: "C7",
  },
  {
    name: "quorum",
    does: "acknowledges an order when one replica has it too",
    without: "an order acknowledged by the primary alone can be lost with it",
    claim: "C7",
  },
  {
    name: "indexes",
    does: "has the indexes that the shop's queries need",
    without: "queries scan whole tables",
    claim: "C13",
  },
  {
    name: "queries",
    does: "uses the optimised queries: best sellers and review summaries as rollups, one round trip a checkout",
    without: "uses the queries that a team in a hurry writes",
    claim: "C13",
  },
] as const satisfies readonly Protection[];

export type ProtectionName = (typeof PROTECTIONS)[number]["name"];

export const PROTECTION_NAMES: readonly ProtectionName[] = PROTECTIONS.map((protection) => protection.name);
