import { loadZero } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import { loadLengthMs } from "#core/scenario.ts";
import type { Role } from "#core/topology.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { lacking } from "./samples.ts";
import { type FaultSpan, faultSpans } from "./window.ts";
import { seconds } from "./words.ts";

/** A copy of the orders, how old its readings say it is, and how old it may be outside faults. */
interface Copies {
  readonly id: string;
  readonly title: string;
  readonly roles: readonly Role[];
  /** Series of the samples, in seconds. Each is a bound of its own; a part tells all of them or is not looked at. */
  readonly series: readonly string[];
  readonly mostSeconds: number;
}

const COPIES: readonly Copies[] = [
  {
    id: "replicas-behind",
    title: "replicas keep up with the primary",
    roles: ["replica", "reports"],
    series: ["replay_seconds"],
    // Stock on a page may be five seconds old, and pages read here; a replica further behind belongs out of use.
    mostSeconds: 5,
  },
  {
    id: "warehouse-behind",
    title: "the warehouse keeps up with the shop",
    roles: ["warehouse"],
    // How long ago it had everything that its replica showed, and how late the oldest order of its last load came.
    series: ["shop_warehouse_lag_seconds", "shop_warehouse_lateness_seconds"],
    // A report may be half a minute old: the same that its replica's queries are given before they are disturbed.
    mostSeconds: 30,
  },
];

/** As users are given after each heal (`recovers`): what has to be caught up with is what came in during the fault. */
const CATCH_UP_MS = 10_000;

/**
 * So many readings in a row, two seconds apart, are behind. One may be of the instant in which the first record after a
 * pause arrived: a replica tells its age by the last one that it has replayed.
 */
const IN_A_ROW = 2;

/** With readings every two seconds half of them are enough to see anything that lasts; fewer see too little. */
const READING_MS = 2_000;
const LEAST_SHARE = 0.5;

/** Findings of so many parts are named one by one. */
const NAMED = 3;

/** Whether the copies of the orders followed while nothing was done to the shop. That they end up equal is an invariant's. */
export const copiesBehindChecker: Checker = {
  name: "copies-behind",
  check: (input) => COPIES.map((copies) => judge(copies, input)),
};

interface Looked {
  readonly node: string;
  readonly readings: number;
  readonly worst: number;
  /** The first readings in a row that were too old. */
  readonly behind?: { readonly fromMs: number; readonly toMs: number; readonly age: number; readonly seqs: number[] };
}

function judge(copies: Copies, input: CheckInput): ObjectiveResult {
  const { id, title, roles, mostSeconds } = copies;
  const nodes = input.topology.nodes.filter(({ role, spare }) => spare === undefined && roles.includes(role));
  const base = { id, title, group: "protections", window: "outside faults" } as const;
  const target = `at most ${mostSeconds}s behind`;
  if (nodes.length === 0) {
    const reason = `this system has no ${roles.join(" or ")}`;
    return { ...base, target, state: "not-applicable", observed: "not there", samples: 0, evidence: [], reason };
  }
  const zero = loadZero(input.records);
  const looked = nodes.map((node) => look(node.id, copies, input, zero));
  const behind = looked.filter(({ behind }) => behind !== undefined);
  const calmMs = zero === undefined ? 0 : calmTime(input, zero);
  const least = Math.floor((calmMs / READING_MS) * LEAST_SHARE);
  if (zero !== undefined && least < IN_A_ROW) {
    const reason = `the load leaves ${seconds(calmMs)} outside faults and what is caught up with after them`;
    return { ...base, ...lacking(input), target, observed: "not judged", samples: 0, evidence: [], reason };
  }
  const unseen = looked.filter(({ readings }) => readings < Math.max(IN_A_ROW, least)).map(({ node }) => node);
  const worst = Math.max(...looked.map((each) => each.worst));
  const samples = looked.reduce((sum, { readings }) => sum + readings, 0);
  const words = behind
    .slice(0, NAMED)
    .flatMap(({ node, behind: at }) =>
      at === undefined ? [] : [`${node} was ${at.age.toFixed(1)}s behind at ${seconds(at.fromMs - (zero ?? 0))}`],
    );
  const [first] = behind.flatMap(({ behind: at }) => at ?? []);
  return {
    ...base,
    target,
    state: first !== undefined ? "broken" : unseen.length > 0 ? "unknown" : "held",
    observed: samples === 0 ? "not measured" : `${worst.toFixed(2)}s at most`,
    samples,
    reason:
      first !== undefined
        ? words.join("; ")
        : unseen.length > 0
          ? `too few readings outside faults (fewer than ${least}) of ${unseen.slice(0, NAMED).join(", ")}`
          : `${samples} readings of ${nodes.length} ${nodes.length === 1 ? "part" : "parts"}, and never two in a row above it`,
    evidence: (first?.seqs ?? []).slice(0, 10),
    ...(first === undefined ? {} : { decidedAt: { fromMs: first.fromMs, toMs: first.toMs }, offenders: words }),
  };
}

/** Readings of one part while the load ran and no fault, nor what had to be caught up with after one, was in the way. */
function look(node: string, { series, mostSeconds }: Copies, input: CheckInput, zero: number | undefined): Looked {
  if (zero === undefined) return { node, readings: 0, worst: 0 };
  const endMs = zero + loadLengthMs(input.scenario.load);
  const spans = faultSpans(input.records);
  let [readings, worst] = [0, 0];
  let row: { readonly at: number; readonly age: number; readonly seq: number }[] = [];
  let behind: Looked["behind"];
  for (const record of recordsOf(input, "sample", (id) => id === node, series)) {
    const { at, seq, values } = record;
    if (at < zero || at > endMs) continue;
    const ages = series.flatMap((name) => values[name] ?? []).filter(Number.isFinite);
    if (ages.length < series.length) continue;
    if (isExcused(at, spans)) {
      row = [];
      continue;
    }
    readings += 1;
    const age = Math.max(...ages);
    worst = Math.max(worst, age);
    row = age > mostSeconds ? [...row, { at, age, seq }] : [];
    const [from] = row;
    if (behind === undefined && row.length === IN_A_ROW && from !== undefined) {
      behind = {
        fromMs: from.at,
        toMs: at,
        age: Math.max(...row.map((each) => each.age)),
        seqs: row.map((each) => each.seq),
      };
    }
  }
  return { node, readings, worst, ...(behind === undefined ? {} : { behind }) };
}

function isExcused(at: number, spans: readonly FaultSpan[]): boolean {
  return spans.some(({ fromMs, toMs }) => at >= fromMs && at <= toMs + CATCH_UP_MS);
}

/** Milliseconds of the load that are judged, to the second. */
function calmTime(input: CheckInput, zero: number): number {
  const spans = faultSpans(input.records);
  let calm = 0;
  for (let ms = 0; ms < loadLengthMs(input.scenario.load); ms += 1_000) if (!isExcused(zero + ms, spans)) calm += 1_000;
  return calm;
}
