import type { HistoryRecord } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import { phaseSpan, usersAt } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult, ObjectiveState } from "#core/verdict.ts";
import { signsOf } from "./felt.ts";
import { parseSeries } from "./metrics.ts";
import { objectiveId, provenSpans } from "./window.ts";
import { countWords, percent } from "./words.ts";

interface Seen {
  readonly state: ObjectiveState;
  readonly observed: string;
  readonly reason: string;
  readonly samples: number;
  readonly evidence: readonly number[];
}

interface Property {
  readonly group: ObjectiveResult["group"];
  look(input: CheckInput): Seen;
}

/** The surge counts as arrived when this share of the planned users is present at once; the last few always come late. */
const PEAK_SHARE = 0.95;

/** Series of the samples that properties are read from. */
const PAYMENTS = "shop_payments_total";
const BREAKERS = ["shop_breaker_open", "shop_breaker_opened_total"] as const;

/** What a run must have met at least once, or it has not tried what it says. Not met is unknown, never broken. */
export const SOMETIMES: Readonly<Record<string, Property>> = {
  "the surge reached its peak": { group: "trust", look: reachedPeak },
  "each fault was felt": { group: "faults", look: faultsFelt },
  "the sold-out path was taken": { group: "trust", look: soldOut },
  "the coupon ran out": { group: "trust", look: couponRanOut },
  "a card was declined": { group: "trust", look: cardDeclined },
  "the cache breaker opened": { group: "protections", look: (input) => breakerOpened(input, "cache") },
};

/** As scenarios name them. */
export const SOMETIMES_NAMES: readonly string[] = Object.keys(SOMETIMES);

export const sometimesChecker: Checker = {
  name: "sometimes",
  check: (input) =>
    input.scenario.expect.flatMap((objective): readonly ObjectiveResult[] => {
      if (objective.kind !== "sometimes") return [];
      const property = SOMETIMES[objective.property];
      const base = {
        id: objectiveId(objective),
        title: objective.property,
        target: "at least once",
        window: "whole run",
      };
      if (property !== undefined) return [{ ...base, group: property.group, ...property.look(input) }];
      const known = Object.keys(SOMETIMES)
        .map((name) => `"${name}"`)
        .join(", ");
      const reason = `nobody knows how to look for this; known are ${known}`;
      return [
        { ...base, group: "trust", state: "unknown", observed: "not looked for", samples: 0, evidence: [], reason },
      ];
    }),
};

function reachedPeak(input: CheckInput): Seen {
  const { load } = input.scenario;
  const span = phaseSpan(load, load.peakPhase);
  const planned = Math.max(...load.phases.map((phase) => phase.users)) / load.scale;
  const atPeak =
    span === undefined ? planned : Math.max(usersAt(load, span.fromMs), usersAt(load, span.toMs)) / load.scale;
  let most = 0;
  let samples = 0;
  let evidence: readonly number[] = [];
  for (const record of recordsOf(input, "load.health")) {
    samples += 1;
    if (record.usersPresent > most) {
      most = record.usersPresent;
      evidence = [record.seq];
    }
  }
  const isThere = most >= atPeak * PEAK_SHARE;
  return {
    state: samples > 0 && isThere ? "held" : "unknown",
    observed: samples === 0 ? "not measured" : `${countWords(most)} users at once`,
    reason: `${countWords(atPeak)} were planned for ${load.peakPhase}${isThere ? "" : `: fewer than ${percent(PEAK_SHARE)} of them came`}`,
    samples,
    evidence,
  };
}

function soldOut(input: CheckInput): Seen {
  let count = 0;
  const evidence: number[] = [];
  for (const { outcomes, seq } of recordsOf(input, "load.batch")) {
    const here = outcomes["sold-out"] ?? 0;
    count += here;
    if (here > 0 && evidence.length < 5) evidence.push(seq);
  }
  for (const { soldOutProductId, seq } of recordsOf(input, "write.result")) {
    if (soldOutProductId !== undefined && evidence.length < 10) evidence.push(seq);
  }
  const isTaken = evidence.length > 0;
  return {
    state: isTaken ? "held" : "unknown",
    observed: isTaken ? `${countWords(Math.max(count, evidence.length))} answers` : "never",
    reason: isTaken
      ? "buyers met an empty shelf"
      : "stock outlasted demand, so nothing was tried that happens when it does not",
    samples: Math.max(count, evidence.length),
    evidence,
  };
}

/** A buyer with a coupon was told that it takes nothing off any more. */
function couponRanOut(input: CheckInput): Seen {
  let asked = 0;
  const refused: number[] = [];
  for (const record of recordsOf(input, "write.result")) {
    if (record.discountCents === undefined) continue;
    asked += 1;
    if (record.discountCents === 0) refused.push(record.seq);
  }
  const isUsedUp = refused.length > 0;
  const carried = `${countWords(asked)} orders came with a coupon`;
  return {
    state: isUsedUp ? "held" : "unknown",
    observed: isUsedUp ? `${countWords(refused.length)} answers without the discount` : "never",
    reason: isUsedUp ? carried : `${carried}, and none was refused its discount: the limit was not tried`,
    samples: asked,
    evidence: refused.slice(0, 10),
  };
}

/** The payment provider counts whom it declined: without one, no order was cancelled and no goods came back. */
function cardDeclined(input: CheckInput): Seen {
  let most = 0;
  let samples = 0;
  let evidence: readonly number[] = [];
  for (const record of recordsOf(input, "sample", undefined, [PAYMENTS])) {
    for (const [key, value] of Object.entries(record.values)) {
      if (!key.startsWith(PAYMENTS)) continue;
      samples += 1;
      if (parseSeries(key).labels.result !== "declined" || value <= most) continue;
      most = value;
      evidence = [record.seq];
    }
  }
  const measured = samples === 0 ? "nobody asked the payment provider" : "every card was good: no order was cancelled";
  return {
    state: most > 0 ? "held" : "unknown",
    observed: most > 0 ? `${countWords(most)} times` : "never",
    reason: most > 0 ? "orders were cancelled and their goods went back to the shelf" : measured,
    samples,
    evidence,
  };
}

function breakerOpened(input: CheckInput, target: string): Seen {
  const { records, topology } = input;
  const base = { samples: 0, evidence: [] } as const;
  if (!topology.nodes.some((node) => node.role === target)) {
    return { ...base, state: "not-applicable", observed: "not there", reason: `this system has no ${target}` };
  }
  const found: { readonly seq: number; readonly source: string }[] = records.filter(
    (record) => record.kind === "system" && record.event === "breaker-opened" && record.detail.includes(target),
  );
  for (const record of recordsOf(input, "sample", undefined, BREAKERS)) {
    if (risen(record, BREAKERS, target)) found.push(record);
  }
  found.sort((a, b) => a.seq - b.seq);
  return {
    state: found.length > 0 ? "held" : "unknown",
    observed: found.length > 0 ? `seen ${found.length} times` : "never",
    reason: found.length > 0 ? `first seen at ${found[0]?.source}` : "no part said that it had stopped asking",
    samples: found.length,
    evidence: found.slice(0, 10).map((record) => record.seq),
  };
}

function risen(record: HistoryRecord, names: readonly string[], target?: string): boolean {
  if (record.kind !== "sample") return false;
  return Object.entries(record.values).some(([key, value]) => {
    if (value <= 0 || !names.some((name) => key.startsWith(name))) return false;
    return target === undefined || (parseSeries(key).labels.target ?? "").includes(target);
  });
}

/** A fault that nobody in the shop and no user noticed has tried nothing. */
function faultsFelt(input: CheckInput): Seen {
  const spans = provenSpans(input.records);
  if (spans.length === 0) {
    return {
      state: "not-judged",
      observed: "none in force",
      reason: "no fault was in force",
      samples: 0,
      evidence: [],
    };
  }
  const felt = spans.map((span) => ({ span, signs: signsOf(span, input) }));
  const unfelt = felt.filter(({ signs }) => signs.length === 0).map(({ span }) => span.id);
  return {
    state: unfelt.length === 0 ? "held" : "unknown",
    observed: `${spans.length - unfelt.length} of ${spans.length}`,
    reason:
      unfelt.length === 0
        ? felt.map(({ span, signs }) => `${span.id}: ${signs[0]?.words}`).join("; ")
        : `nothing reacted to ${unfelt.join(", ")}: it lay where no traffic goes, or nobody measures there`,
    samples: spans.length,
    evidence: felt.flatMap(({ signs }) => signs[0]?.seq ?? []).slice(0, 10),
  };
}
