import type { HistoryRecord } from "#core/history.ts";
import type { Scenario } from "#core/scenario.ts";
import { latencyLimit, type RunSeries } from "../series.ts";
import { hurts, promisedAvailability } from "./pain.ts";

/** What the run cost its users, in numbers. */
export interface Impact {
  readonly attempts: number;
  readonly failed: number;
  readonly promised: number;
  /** Failed attempts over those that the promise allows for this many. */
  readonly budgetBurned: number | undefined;
  readonly badSeconds: number;
  /** The same bad seconds as a share of 30 days of the promise: minutes are weighed by the share that failed. */
  readonly monthShare: number | undefined;
  readonly usersAtPeak: number | undefined;
  readonly orders: OrderImpact;
}

interface OrderImpact {
  readonly wanted: number;
  readonly accepted: number;
  readonly soldOut: number;
  readonly failed: number;
  readonly unknown: number;
  readonly acceptedCents: number;
  /** Failed and unknown ones at the mean value of an accepted order. */
  readonly notAcceptedCents: number | undefined;
}

const MONTH_SECONDS = 30 * 24 * 3_600;

export function impactOf(records: readonly HistoryRecord[], scenario: Scenario, series: RunSeries): Impact {
  const promised = promisedAvailability(scenario);
  const limitMs = latencyLimit(scenario, "all") ?? Number.POSITIVE_INFINITY;
  let attempts = 0;
  let failed = 0;
  let badSeconds = 0;
  let outageSeconds = 0;
  let usersAtPeak: number | undefined;
  for (let at = 0; at < series.seconds; at += 1) {
    const second = series.lanes.shoppers.at(at);
    if (second === undefined) continue;
    const all = second.good + second.bad;
    attempts += all;
    failed += second.bad;
    if (all > 0) outageSeconds += second.bad / all;
    if (hurts(second, promised, limitMs)) badSeconds += 1;
  }
  for (const record of records) {
    if (record.kind === "load.health") usersAtPeak = Math.max(usersAtPeak ?? 0, record.usersPresent);
  }
  const allowed = (1 - promised) * attempts;
  return {
    attempts,
    failed,
    promised,
    budgetBurned: allowed > 0 ? failed / allowed : undefined,
    badSeconds,
    monthShare: promised < 1 ? outageSeconds / ((1 - promised) * MONTH_SECONDS) : undefined,
    usersAtPeak,
    orders: orderImpact(records),
  };
}

/** Attempts of one key are one order: accepted when any attempt was, failed only when every one surely had no effect. */
function orderImpact(records: readonly HistoryRecord[]): OrderImpact {
  const keys = new Map<string, { ok: boolean; fail: boolean; info: boolean; soldOut: boolean; cents: number }>();
  const open = (key: string) => {
    const known = keys.get(key);
    if (known !== undefined) return known;
    const fresh = { ok: false, fail: false, info: false, soldOut: false, cents: 0 };
    keys.set(key, fresh);
    return fresh;
  };
  for (const record of records) {
    if (record.kind === "write.intent") open(record.key);
    if (record.kind !== "write.result") continue;
    const order = open(record.key);
    order[record.result] = true;
    if (record.soldOutProductId !== undefined) order.soldOut = true;
    if (record.result === "ok") order.cents = record.totalCents ?? order.cents;
  }
  const all = [...keys.values()];
  const accepted = all.filter((order) => order.ok && !order.soldOut);
  const soldOut = all.filter((order) => order.soldOut).length;
  const failed = all.filter((order) => !order.ok && !order.soldOut && order.fail && !order.info).length;
  const acceptedCents = accepted.reduce((sum, order) => sum + order.cents, 0);
  const unknown = all.length - accepted.length - soldOut - failed;
  return {
    wanted: all.length,
    accepted: accepted.length,
    soldOut,
    failed,
    unknown,
    acceptedCents,
    notAcceptedCents:
      accepted.length === 0 ? undefined : Math.round((acceptedCents / accepted.length) * (failed + unknown)),
  };
}
