import type { Scenario } from "#core/scenario.ts";
import { type LoadSecond, latencyLimit, type RunSeries } from "../series.ts";
import type { FaultStory } from "./faults.ts";

/** When users felt a fault, computed from the load alone. Times count from the first planned request. */
export interface Pain {
  readonly letter: string;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
}

/** A stretch in which an alarm on the error budget would have rung. */
export interface Alarm {
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What the objective outside faults promises; the shop's own promise of 99.9 % where the scenario sets none. */
export function promisedAvailability(scenario: Scenario): number {
  const promises = scenario.expect.flatMap((objective) =>
    objective.kind === "availability" && objective.subject === "all" ? [objective.atLeast] : [],
  );
  return promises.length === 0 ? 0.999 : Math.max(...promises);
}

/** Below this many attempts the p99 of a second is its slowest attempt, one user's luck. */
const ENOUGH_FOR_P99 = 100;

/** A second hurts when more than the promised share failed, or when its p99 is over the limit. */
export function hurts(second: LoadSecond | undefined, promised: number, limitMs: number): boolean {
  if (second === undefined) return false;
  const all = second.good + second.bad;
  if (all === 0) return false;
  if (second.bad / all > 1 - promised) return true;
  return all >= ENOUGH_FOR_P99 && (second.latency.quantile(0.99) ?? 0) > limitMs;
}

/** How long after the healing a bad second is still put down to the fault, unless another fault began meanwhile. */
const AFTERMATH_MS = 30_000;

export function painOf(faults: readonly FaultStory[], scenario: Scenario, series: RunSeries): readonly Pain[] {
  const promised = promisedAvailability(scenario);
  const limitMs = latencyLimit(scenario, "all") ?? Number.POSITIVE_INFINITY;
  return faults.map(({ letter, window }) => {
    if (window === undefined) return { letter, firstMs: undefined, lastMs: undefined };
    const nextMs = Math.min(
      ...faults.flatMap((other) => {
        const from = other.window?.fromMs ?? 0;
        return other.letter !== letter && from > window.fromMs ? [from] : [];
      }),
    );
    const untilMs = Math.min(window.toMs + AFTERMATH_MS, nextMs, series.seconds * 1_000);
    let firstMs: number | undefined;
    let lastMs: number | undefined;
    for (let at = Math.floor(window.fromMs / 1_000); at * 1_000 < untilMs; at += 1) {
      const felt =
        hurts(series.lanes.shoppers.at(at), promised, limitMs) || hurts(series.lanes.buyers.at(at), promised, limitMs);
      if (!felt) continue;
      firstMs ??= Math.max(window.fromMs, at * 1_000);
      lastMs = (at + 1) * 1_000;
    }
    return { letter, firstMs, lastMs };
  });
}

/**
 * The multi-window burn-rate alerts of the SRE workbook (chapter 5) with windows divided by 60, as the run compresses
 * days into minutes: 1 h and 5 min at 14.4 become 60 s and 5 s; 6 h and 30 min at 6 become 6 min and 30 s.
 */
const ALERTS = [
  { name: "fast burn (14.4x over 60 s and 5 s)", longS: 60, shortS: 5, factor: 14.4 },
  { name: "slow burn (6x over 6 min and 30 s)", longS: 360, shortS: 30, factor: 6 },
] as const;

export function alarmsOf(scenario: Scenario, series: RunSeries): readonly Alarm[] {
  const budget = Math.max(1e-9, 1 - promisedAvailability(scenario));
  const bad = [0];
  const all = [0];
  for (let at = 0; at < series.seconds; at += 1) {
    const second = series.lanes.shoppers.at(at);
    bad.push((bad[at] ?? 0) + (second?.bad ?? 0));
    all.push((all[at] ?? 0) + (second?.bad ?? 0) + (second?.good ?? 0));
  }
  const burn = (end: number, length: number): number => {
    const from = Math.max(0, end - length);
    const attempts = (all[end] ?? 0) - (all[from] ?? 0);
    return attempts === 0 ? 0 : ((bad[end] ?? 0) - (bad[from] ?? 0)) / attempts / budget;
  };
  return ALERTS.flatMap(({ name, longS, shortS, factor }) => {
    const alarms: { name: string; fromMs: number; toMs: number }[] = [];
    for (let end = 1; end <= series.seconds; end += 1) {
      if (burn(end, longS) < factor || burn(end, shortS) < factor) continue;
      const open = alarms.at(-1);
      if (open !== undefined && open.toMs === (end - 1) * 1_000) open.toMs = end * 1_000;
      else alarms.push({ name, fromMs: end * 1_000, toMs: end * 1_000 });
    }
    return alarms;
  }).sort((a, b) => a.fromMs - b.fromMs);
}
