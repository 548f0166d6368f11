import { bucketUpperMs, Histogram, type HistogramData } from "#core/histogram.ts";
import { GOOD_OUTCOMES, loadZero } from "#core/history.ts";
import { datesOf, recordsOf } from "#core/records.ts";
import { selectLinks, selectNodes } from "#core/topology.ts";
import type { CheckInput } from "#core/verdict.ts";
import { increases } from "./metrics.ts";
import { shareBounds } from "./statistics.ts";
import { type FaultSpan, provenSpans } from "./window.ts";

export interface Sign {
  readonly seq: number;
  readonly words: string;
}

/** Longest time after healing in which a reaction still belongs to the fault: the users' patience. */
const REACTION_AFTER_MS = 8_000;
/** A user notices this; slower than any page of a healthy shop. */
const SLOW_MS = 1_000;
/** What a part says when it has noticed that another is not well; words of getting well belong to an earlier fault. */
const TROUBLE = /opened|fallback|failing|shed/;
/** Counters that only grow then. Waiting for a pool is none: it grows with the load alone. */
const REACTIONS = [
  "shop_breaker_opened_total",
  "shop_fallback_total",
  "shop_pool_timeouts_total",
  "shop_shed_total",
  "shop_jobs_stalled_total",
] as const;

/**
 * Signs from where the fault could reach. Who dials the link or the machine, or names what it leads to; users of the
 * dialling region who fared worse than in an equal span before; of a machine also the balancer that took it out, and of
 * one that nobody dials the peers that took over.
 */
export function signsOf(span: FaultSpan, input: CheckInput): readonly Sign[] {
  const entry = input.scenario.timeline.find(({ id }) => id === span.id);
  if (entry === undefined) return [];
  // What begins with another fault is that one's.
  const next = provenSpans(input.records).filter((other) => other.id !== span.id && other.fromMs > span.toMs);
  const untilMs = Math.min(span.toMs + REACTION_AFTER_MS, ...next.map((other) => other.fromMs));
  const { fault } = entry;
  const nodes = "node" in fault ? new Set(selectNodes(input.topology, fault.node).map(({ id }) => id)) : undefined;
  const links =
    "node" in fault ? input.topology.links.filter(({ to }) => nodes?.has(to)) : selectLinks(input.topology, fault.link);
  const targetRole = "node" in fault ? fault.node.role : fault.link.to;
  const dials = (node: { readonly role: string; readonly region: string }): boolean =>
    links.some(({ from }) => from.role === node.role && from.region === node.region);
  // Nobody dials a worker: its peers notice that what it held comes to nothing.
  const isPeer = (node: { readonly id: string; readonly role: string }): boolean =>
    links.length === 0 && node.role === targetRole && nodes?.has(node.id) !== true;
  const diallers = new Set(input.topology.nodes.filter((node) => dials(node) || isPeer(node)).map(({ id }) => id));
  const targets = new Set(links.map(({ to }) => to));
  const regions = new Set(links.map(({ from }) => from.region));
  return [
    ...(nodes === undefined ? [] : takenOut(nodes, span.fromMs, untilMs, input)),
    ...linkSigns(diallers, targets, targetRole, span.fromMs, untilMs, input),
    ...userSigns(regions, span.fromMs, untilMs, input),
  ];
}

/** What balancers saw of machines. That a machine was killed is no sign: the testbed did it, and nobody may have noticed. */
function takenOut(targets: ReadonlySet<string>, fromMs: number, untilMs: number, input: CheckInput): Sign[] {
  const before = new Map<string, number>();
  const signs: Sign[] = [];
  for (const record of recordsOf(input, "sample", undefined, ["status"])) {
    if (record.at > untilMs) continue;
    for (const [key, value] of Object.entries(record.values)) {
      const [, server, field] = key.split("/");
      if (field !== "status" || !targets.has(server ?? "")) continue;
      const id = `${record.node} ${key}`;
      if (record.at >= fromMs && value < (before.get(id) ?? value)) {
        signs.push({ seq: record.seq, words: `${record.node} took out ${server}` });
      }
      before.set(id, value);
    }
  }
  return signs;
}

function linkSigns(
  diallers: ReadonlySet<string>,
  targets: ReadonlySet<string>,
  targetRole: string,
  fromMs: number,
  untilMs: number,
  input: CheckInput,
): Sign[] {
  const { topology, records } = input;
  const signs: Sign[] = [];
  for (const record of records) {
    if (record.kind !== "system" || record.at < fromMs || record.at > untilMs || !TROUBLE.test(record.event)) continue;
    const named = topology.nodes.filter(({ id }) => record.detail.includes(id)).map(({ id }) => id);
    const isOurs = named.length === 0 ? diallers.has(record.node) : named.some((id) => targets.has(id));
    if (isOurs) signs.push({ seq: record.seq, words: `${record.node} said ${record.event}` });
  }
  for (const { node, series, value, seq } of increases(input, REACTIONS, () => true, fromMs, untilMs).found) {
    const named = series.labels.target ?? series.labels.from;
    const isOurs =
      (named !== undefined && targets.has(named)) || (diallers.has(node) && (named ?? targetRole) === targetRole);
    if (value > 0 && isOurs && seq !== undefined) signs.push({ seq, words: `${series.name} grew on ${node}` });
  }
  return signs;
}

/** Failed or slow attempts: worse when the bounds of both shares (95 % each) do not touch. */
function userSigns(regions: ReadonlySet<string>, fromMs: number, untilMs: number, input: CheckInput): Sign[] {
  const zero = loadZero(input.records) ?? 0;
  const dates = datesOf(input);
  const lastMs = dates.length === 0 ? fromMs : Math.min(untilMs, dates.at(dates.length - 1));
  const [before, during] = [
    { total: 0, bad: 0 },
    { total: 0, bad: 0, seq: -1 },
  ];
  for (const record of recordsOf(input, "load.batch")) {
    if (record.lane === "bots" || !regions.has(record.region)) continue;
    const at = zero + record.second * 1_000;
    const part = at >= fromMs && at <= lastMs ? during : at < fromMs && at >= 2 * fromMs - lastMs ? before : undefined;
    if (part === undefined) continue;
    const total = Object.values(record.outcomes).reduce((sum, count) => sum + count, 0);
    const good = GOOD_OUTCOMES.reduce((sum, name) => sum + (record.outcomes[name] ?? 0), 0);
    // A failed attempt counts as slow too (`LoadBatch.latency`): the larger of both, so that none counts twice.
    const bad = Math.min(total, Math.max(total - good, slowIn(record.latency)));
    part.total += total;
    part.bad += bad;
    if (part === during && bad > 0 && during.seq < 0) during.seq = record.seq;
  }
  if (before.total === 0 || during.bad === 0) return [];
  const isWorse = shareBounds(during.bad, during.total).low > shareBounds(before.bad, before.total).high;
  return isWorse
    ? [{ seq: during.seq, words: `${during.bad} attempts failed or were slow, ${before.bad} before` }]
    : [];
}

function slowIn(latency: HistogramData): number {
  let slow = 0;
  for (const [bucket, count] of Histogram.from(latency).sorted()) if (bucketUpperMs(bucket) > SLOW_MS) slow += count;
  return slow;
}
