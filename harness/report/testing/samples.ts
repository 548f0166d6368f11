import type { HistoryEvent } from "#core/history.ts";
import type { Random } from "#core/random.ts";

export type ExampleKind = "held" | "broken" | "unknown";

/** What the parts of the generator of examples share. */
export interface Making {
  readonly kind: ExampleKind;
  readonly random: Random;
  readonly append: (atMs: number, source: string, event: HistoryEvent) => void;
  readonly counters: Map<string, number>;
}

/** What the parts of the shop tell of themselves in one second. */
export function tellSamples(
  { append, counters, kind, random }: Making,
  second: number,
  users: number,
  sick: number,
  faults: readonly string[],
): void {
  const grow = (key: string, by: number): number => {
    const value = (counters.get(key) ?? 0) + by;
    counters.set(key, value);
    return value;
  };
  const at = second * 1_000 + 700 + random.next() * 100;
  const rate = users / 7.1;
  const naive = kind === "broken";
  const apps = naive ? ["app-eu-1"] : ["app-eu-1", "app-eu-2", "app-us-1", "app-us-2"];
  for (const node of apps) {
    if (node === "app-eu-1" && faults.includes("replica-killed")) continue;
    const warmth = Math.min(0.72, second / 60);
    const shares = naive
      ? { database: 1 }
      : {
          hot: warmth * 0.9,
          warm: 0.84 - warmth * 0.9,
          carts: 0.08,
          database: 0.08 + (faults.includes("cache-late") && node.includes("eu") ? 0.05 : 0),
        };
    const values: Record<string, number> = {};
    for (const [tier, share] of Object.entries(shares))
      values[`shop_reads_total{kind="product",tier="${tier}"}`] = grow(
        `${node} ${tier}`,
        Math.round((rate * 2.4 * share) / apps.length),
      );
    for (const server of naive ? ["primary"] : ["primary", "replica"]) {
      values[`shop_database_seconds_total{class="read",server="${server}",kind="product"}`] = grow(
        `${node} busy ${server}`,
        naive ? Math.min(9.8, (rate * 0.11) ** 1.5) : (rate * 0.0008) / apps.length,
      );
    }
    for (const pool of naive ? ["all"] : ["read", "write", "report"])
      values[`shop_pool_waiting{class="${pool}"}`] = Math.round(sick * 900 * (0.8 + 0.2 * random.next()));
    values.shop_inflight = Math.round(sick * 900 + (rate * 0.01) / apps.length);
    values.cpu_seconds = grow(`${node} cpu`, Math.min(0.25, (rate * 0.0004) / (naive ? 0.5 : apps.length)));
    append(at, node, { kind: "sample", node, values });
  }
  for (const region of naive ? ["eu"] : ["eu", "us"]) {
    const values: Record<string, number> = { "shop/BACKEND/qcur": sick > 0 ? 40 : 0 };
    for (const node of apps.filter((name) => name.includes(region))) {
      values[`shop/${node}/status`] = node === "app-eu-1" && faults.includes("replica-killed") ? 0 : 1;
      values[`shop/${node}/qcur`] = Math.round(sick * 60);
    }
    append(at, `balancer-${region}`, { kind: "sample", node: `balancer-${region}`, values });
  }
  if (!naive)
    append(at, "worker-1", {
      kind: "sample",
      node: "worker-1",
      values: {
        'shop_queue_depth{state="waiting"}': Math.round(random.next() * 6),
        'shop_queue_depth{state="active"}': Math.round(random.next() * 3),
      },
    });
  append(at, "primary", {
    kind: "sample",
    node: "primary",
    values: { cpu_seconds: grow("primary cpu", naive ? Math.min(0.8, rate * 0.018) : Math.min(0.8, rate * 0.0003)) },
  });
  append(at, "generator", {
    kind: "sample",
    node: "generator",
    values: { cpu_seconds: grow("generator cpu", 0.05 + rate * 0.0009) },
  });
  append(at, "network", {
    kind: "sample",
    node: "network",
    values: { cpu_seconds: grow("network cpu", rate * 0.0003) },
  });
}
