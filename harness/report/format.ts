const COUNT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `4,874` */
export function formatCount(value: number): string {
  return COUNT.format(value);
}

/** Three significant digits without exponent: `0.012`, `4.13`, `87.5`, `1,740`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 100 || value === 0) return formatCount(value);
  const digits = size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.001 ? 3 : 5;
  return String(Number(value.toFixed(digits)));
}

/** Milliseconds as people read them: `0.4 ms`, `14 ms`, `2.05 s`. */
export function formatLatency(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms >= 1_000) return `${formatNumber(ms / 1_000)} s`;
  return `${ms >= 10 ? Math.round(ms) : Number(ms.toFixed(1))} ms`;
}

/** A reading of a probe: to the millisecond, because it is held against a dose. */
export function formatReading(ms: number): string {
  return ms >= 10 ? `${formatCount(ms)} ms` : `${Number(ms.toFixed(1))} ms`;
}

/** A share as percent, precise where it matters: near 0 and near 100. */
export function formatShare(share: number | undefined): string {
  if (share === undefined || !Number.isFinite(share)) return "–";
  const percent = share * 100;
  const edge = Math.min(Math.abs(percent), Math.abs(100 - percent));
  const digits = edge === 0 ? 0 : edge < 0.1 ? 3 : edge < 1 ? 2 : 1;
  return `${Number(percent.toFixed(digits))} %`;
}

export type Unit = "users" | "/s" | "ms" | "%" | "replicas" | "requests" | "clients" | "busy" | "jobs" | "s" | "cores";

/** A value of a chart with its unit. */
export function formatIn(unit: Unit, value: number): string {
  if (unit === "ms") return formatLatency(value);
  if (unit === "%") return `${formatNumber(value)} %`;
  if (unit === "/s") return `${formatNumber(value)}/s`;
  return unit === "s" ? `${formatNumber(value)} s` : formatNumber(value);
}
