import { recordsOf } from "#core/records.ts";
import type { CheckInput } from "#core/verdict.ts";

/** A series name taken apart: `shop_reads_total{kind="product",tier="hot"}`. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

export function parseSeries(key: string): Series {
  const brace = key.indexOf("{");
  if (brace === -1) return { name: key, labels: {} };
  const labels: Record<string, string> = {};
  for (const match of key.slice(brace).matchAll(/([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    if (match[1] !== undefined && match[2] !== undefined) labels[match[1]] = match[2];
  }
  return { name: key.slice(0, brace), labels };
}

export interface Increase {
  readonly node: string;
  readonly series: Series;
  readonly value: number;
  /** The first record that showed it grown. */
  readonly seq?: number;
}

export interface Increases {
  readonly found: readonly Increase[];
  /** Nodes that gave at least two samples inside: the one before is where counting begins, and tells of nothing since. */
  readonly nodes: readonly string[];
  readonly evidence: readonly number[];
}

/**
 * How much the counters with these names grew on these nodes between two instants of the run clock. A counter that
 * falls belongs to a process that began anew, and counts from nothing. The last sample before the window is where it
 * begins; without one, the first inside it.
 */
export function increases(
  input: CheckInput,
  names: readonly string[],
  isNode: (node: string) => boolean,
  fromMs: number,
  toMs: number,
): Increases {
  const parsed = new Map<string, Series | undefined>();
  const last = new Map<string, number>();
  const grown = new Map<string, Increase>();
  const samples = new Map<string, number>();
  const inside = new Map<string, number>();
  const evidence: number[] = [];
  for (const record of recordsOf(input, "sample", isNode, names)) {
    if (record.at > toMs) continue;
    let isUseful = false;
    for (const [key, value] of Object.entries(record.values)) {
      if (!parsed.has(key)) {
        const series = parseSeries(key);
        parsed.set(key, names.includes(series.name) ? series : undefined);
      }
      const series = parsed.get(key);
      if (series === undefined) continue;
      isUseful = true;
      const id = `${record.node} ${key}`;
      const before = last.get(id);
      last.set(id, value);
      if (record.at <= fromMs) continue;
      // A series that shows up in mid-window began at nothing, if its node had been read before.
      const from = before ?? ((samples.get(record.node) ?? 0) > 0 ? 0 : value);
      const sum = (grown.get(id)?.value ?? 0) + (value >= from ? value - from : value);
      const seq = grown.get(id)?.seq ?? (sum > 0 ? record.seq : undefined);
      grown.set(id, { node: record.node, series, value: sum, ...(seq === undefined ? {} : { seq }) });
    }
    if (!isUseful) continue;
    samples.set(record.node, (samples.get(record.node) ?? 0) + 1);
    if (record.at <= fromMs) continue;
    inside.set(record.node, (inside.get(record.node) ?? 0) + 1);
    evidence.push(record.seq);
  }
  const nodes = [...inside].filter(([, count]) => count >= 2).map(([node]) => node);
  return { found: [...grown.values()], nodes, evidence };
}

/** Sum of what grew, by a label. */
export function sumBy(found: readonly Increase[], label: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { series, value } of found) {
    const key = series.labels[label] ?? "";
    sums.set(key, (sums.get(key) ?? 0) + value);
  }
  return sums;
}
