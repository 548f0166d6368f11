/** A sample's key taken apart: `shop_reads_total{kind="product",tier="hot"}`. */
export interface MetricKey {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;

export function parseMetricKey(key: string): MetricKey {
  const brace = key.indexOf("{");
  if (brace === -1) return { name: key, labels: {} };
  const labels: Record<string, string> = Object.create(null);
  for (const match of key.slice(brace).matchAll(LABEL)) {
    if (match[1] !== undefined) labels[match[1]] = (match[2] ?? "").replace(/\\(.)/g, "$1");
  }
  return { name: key.slice(0, brace), labels };
}
