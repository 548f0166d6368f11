import { type HistoryRecord, loadZero } from "#core/history.ts";
import { type Objective, phaseSpan, type Window } from "#core/scenario.ts";
import type { Role } from "#core/topology.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { type Increase, increases, sumBy } from "./metrics.ts";
import { countsInWords, doubtOf, witnessOf } from "./reads-avoided-witness.ts";
import { lacking } from "./samples.ts";
import { merged, type Stretch } from "./stretches.ts";
import { faultSpans, objectiveId, windowWords } from "./window.ts";
import { countWords, percent, seconds } from "./words.ts";

type ReadsAvoided = Extract<Objective, { readonly kind: "reads-avoided" }>;

/** Who answers a read without a query on any PostgreSQL server; what is none of these is the database. */
const TIERS = ["hot", "warm", "carts", "stale"] as const;
const SERIES = ["shop_reads_total", "shop_database_queries_total", "shop_database_seconds_total"] as const;

/**
 * Values live a minute in the process, and a fault of a quick run fills a third of its peak: over less than this, chance
 * decides (86 or 88 % of an undisturbed shop, seen). A phase that is shorter is lacking.
 */
export const LEAST_SECONDS = 60;
/**
 * Chance decides by a few in a hundred: of a shop that avoids not even half of what is asked, half of that time says
 * enough. Caches are filled within it.
 */
const CERTAINLY_LESS = 0.5;
/** Samples come each second, and later from a part under load: in ten seconds two of them can be asked for. */
const LONG_STRETCH_MS = 10_000;

/**
 * Reads, and database time, that the cache tiers took off the database: counted where they happen, in every process of
 * the application. A census and not a sample, so it has no interval.
 */
export const readsAvoidedChecker: Checker = {
  name: "reads-avoided",
  check: (input) =>
    input.scenario.expect.flatMap((objective) =>
      objective.kind === "reads-avoided" ? judgeReadsAvoided(objective, input) : [],
    ),
};

interface Counted {
  readonly wanted: number;
  readonly fromDatabase: number;
  readonly tiers: ReadonlyMap<string, number>;
  readonly avoidedSeconds: number;
  readonly spentSeconds: number;
  /** Queries of the kinds that are read, on any server. */
  readonly queries: number;
  readonly evidence: readonly number[];
}

function judgeReadsAvoided(objective: ReadsAvoided, input: CheckInput): readonly ObjectiveResult[] {
  const base = {
    group: "protections",
    target: `>= ${percent(objective.atLeast)}`,
    window: windowWords(objective.window),
  } as const;
  const reads = { ...base, id: objectiveId(objective), title: "database reads avoided" };
  const time = { ...base, id: `${objectiveId(objective)}-time`, title: "database time avoided" };
  const nothing = { samples: 0, observed: "not measured", evidence: [] } as const;
  const { nodes, protections } = input.topology;
  // Without the warm tier there is no such machine; the tier in the processes is left.
  if (!nodes.some((node) => node.role === "cache") && !protections.includes("hot-tier")) {
    const reason = "this system has no cache tiers";
    return [reads, time].map((each) => ({ ...each, ...nothing, state: "not-applicable" as const, reason }));
  }
  const stretches = stretchesOf(objective, input);
  if (stretches.length === 0) {
    const isOfFaults = objective.window === "during-faults";
    const state = isOfFaults ? "not-judged" : "unknown";
    const reason = isOfFaults ? "no fault was in force" : "no second of the load lies in this window";
    return [reads, time].map((each) => ({ ...each, ...nothing, state, reason }));
  }
  const lengthMs = stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  const found = measured(reads, time, objective, stretches, input);
  if (!isOfLoad(objective.window) || lengthMs >= LEAST_SECONDS * 1_000) return found;
  const reason = `${seconds(lengthMs)} are too short: values live a minute in the process, so ${LEAST_SECONDS}s are needed`;
  const isLongEnough = lengthMs >= LEAST_SECONDS * 1_000 * CERTAINLY_LESS;
  const isCertain = ({ state, scale }: ObjectiveResult): boolean =>
    state === "broken" && scale !== undefined && scale.value < objective.atLeast * CERTAINLY_LESS;
  return found.map((each, index) =>
    isLongEnough && isCertain(each) ? each : { ...(index === 0 ? reads : time), ...nothing, ...lacking(input), reason },
  );
}

type Base = Pick<ObjectiveResult, "id" | "group" | "title" | "target" | "window">;

function measured(
  reads: Base,
  time: Base,
  objective: ReadsAvoided,
  stretches: readonly Stretch[],
  input: CheckInput,
): readonly ObjectiveResult[] {
  const nothing = { samples: 0, observed: "not measured", evidence: [] } as const;
  const counted = countReads(stretches, input);
  if (counted.wanted === 0) {
    const reason = "no application told of its reads: the sampler, or /metrics, gave nothing";
    return [reads, time].map((each) => ({ ...each, ...nothing, state: "unknown" as const, reason }));
  }
  const decided = { samples: counted.wanted, evidence: counted.evidence.slice(0, 10) };
  const silent = silentNodes("app", SERIES, stretches, input);
  if (silent.length > 0) {
    const reason = `nothing, or less than two samples, was heard of ${silent.join(", ")}: what it read is missing on both sides of the share`;
    return [reads, time].map((each) => ({ ...each, ...decided, observed: "not measured", state: "unknown", reason }));
  }
  return [
    {
      ...reads,
      ...decided,
      ...verdictOn(1 - counted.fromDatabase / counted.wanted, objective, readsWords(counted)),
    },
    judgeTime({ ...time, ...decided }, objective, counted, input, stretches),
  ];
}

/** Whether the window is a stretch of the load, not what faults make of it. */
export function isOfLoad(window: Window): window is "whole" | { readonly phase: string } {
  return window === "whole" || typeof window === "object";
}

function verdictOn(
  share: number,
  objective: ReadsAvoided,
  reason: string,
): Pick<ObjectiveResult, "state" | "observed" | "scale" | "reason"> {
  return {
    state: share >= objective.atLeast ? "held" : "broken",
    observed: percent(share),
    scale: { value: share, target: objective.atLeast, unit: "share", better: "higher" },
    reason,
  };
}

function judgeTime(
  base: Omit<ObjectiveResult, "state" | "observed" | "reason">,
  objective: ReadsAvoided,
  counted: Counted,
  input: CheckInput,
  stretches: readonly Stretch[],
): ObjectiveResult {
  const total = counted.avoidedSeconds + counted.spentSeconds;
  if (total === 0) {
    return {
      ...base,
      state: "unknown",
      observed: "not measured",
      reason: "no query was timed, so nothing is known of its cost",
    };
  }
  const witness = witnessOf(stretches, input);
  const mute = silentNodes(witness.kind === "primary" ? "primary" : "replica", ["statement_calls"], stretches, input);
  if (mute.length > 0) {
    const reason = `${mute.join(", ")} did not tell how many statements it had: nobody bears out what the applications counted`;
    return { ...base, state: "unknown", observed: "not borne out", reason };
  }
  const doubt = doubtOf(witness);
  if (doubt !== undefined) return { ...base, state: "unknown", observed: "not borne out", reason: doubt };
  const share = counted.avoidedSeconds / total;
  const both = countsInWords(witness);
  if (witness.kind === "primary" && share >= objective.atLeast) {
    // Workers write there too, and nobody counts theirs: were all the rest reads that the applications kept to themselves?
    const rest = Math.max(0, witness.database - witness.applications);
    const least = counted.avoidedSeconds / (total + (rest * counted.spentSeconds) / counted.queries);
    if (least < objective.atLeast) {
      const reason = `reads went to the primary, where nobody can tell them from the workers' statements (${both}): were all the rest reads, it would be ${percent(least)}, so nobody bears out ${percent(share)}`;
      return { ...base, state: "unknown", observed: "not borne out", reason };
    }
  }
  const words = `${counted.spentSeconds.toFixed(1)}s spent on reads, ${counted.avoidedSeconds.toFixed(1)}s avoided (reads avoided times the mean time of a query of their kind)`;
  return { ...base, ...verdictOn(share, objective, `${words}; ${both}`) };
}

/** The window as stretches of the run clock. */
function stretchesOf({ window }: ReadsAvoided, { scenario, records }: CheckInput): readonly Stretch[] {
  const zero = loadZero(records) ?? 0;
  const whole = { fromMs: zero, toMs: zero + scenario.load.phases.reduce((sum, phase) => sum + phase.forMs, 0) };
  if (window === "whole") return [whole];
  if (typeof window === "object") {
    const span = phaseSpan(scenario.load, window.phase);
    return span === undefined ? [] : [{ fromMs: zero + span.fromMs, toMs: zero + span.toMs }];
  }
  const faulty = merged(
    faultSpans(records).map((span) => ({ fromMs: span.fromMs, toMs: Math.min(span.toMs, whole.toMs) })),
  );
  if (window === "during-faults") return faulty;
  const between: Stretch[] = [];
  let fromMs = whole.fromMs;
  for (const stretch of [...faulty, { fromMs: whole.toMs, toMs: whole.toMs }]) {
    if (stretch.fromMs > fromMs) between.push({ fromMs, toMs: stretch.fromMs });
    fromMs = Math.max(fromMs, stretch.toMs);
  }
  return between;
}

function countReads(stretches: readonly Stretch[], input: CheckInput): Counted {
  const { topology } = input;
  const apps = new Set(topology.nodes.filter((node) => node.role === "app").map((node) => node.id));
  const parts = stretches.map(({ fromMs, toMs }) => increases(input, SERIES, (node) => apps.has(node), fromMs, toMs));
  const found = parts.flatMap((part) => part.found);
  const of = (name: (typeof SERIES)[number]): readonly Increase[] => found.filter(({ series }) => series.name === name);
  const reads = of("shop_reads_total");
  const avoided = sumBy(
    reads.filter(({ series }) => isAvoided(series.labels.tier)),
    "kind",
  );
  const isRead = ({ series }: Increase): boolean => series.labels.class === "read";
  const queries = sumBy(of("shop_database_queries_total").filter(isRead), "kind");
  const spent = sumBy(of("shop_database_seconds_total").filter(isRead), "kind");
  const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
  let avoidedSeconds = 0;
  for (const [kind, count] of avoided) {
    const asked = queries.get(kind) ?? 0;
    // A kind that never reached the database has no price here: it is left out, which makes the share smaller, not larger.
    if (asked > 0) avoidedSeconds += (count * (spent.get(kind) ?? 0)) / asked;
  }
  const kinds = new Set(sumBy(reads, "kind").keys());
  const wanted = sum(reads.map(({ value }) => value));
  return {
    wanted,
    fromDatabase: wanted - sum(avoided.values()),
    tiers: sumBy(reads, "tier"),
    avoidedSeconds,
    spentSeconds: sum([...spent].filter(([kind]) => kinds.has(kind)).map(([, value]) => value)),
    queries: sum([...queries].filter(([kind]) => kinds.has(kind)).map(([, value]) => value)),
    evidence: parts.flatMap((part) => part.evidence),
  };
}

function isAvoided(tier: string | undefined): boolean {
  return TIERS.some((name) => name === tier);
}

/**
 * Nodes of a role that should have been running and told nothing of these series in a stretch. One that was killed or
 * paused in it is excused: it did nothing while it was away.
 */
function silentNodes(
  role: Role,
  series: readonly string[],
  stretches: readonly Stretch[],
  input: CheckInput,
): readonly string[] {
  const { topology, records } = input;
  const asked = topology.nodes.filter((node) => node.role === role && node.spare === undefined).map(({ id }) => id);
  // Between two faults there may be a second or two, in which two samples cannot be had.
  const longest = Math.max(...stretches.map(({ fromMs, toMs }) => toMs - fromMs));
  const long = stretches.filter(({ fromMs, toMs }) => toMs - fromMs >= Math.min(longest, LONG_STRETCH_MS));
  const silent = long.flatMap((stretch) => {
    const { nodes } = increases(input, series, (node) => asked.includes(node), stretch.fromMs, stretch.toMs);
    return asked.filter((node) => !nodes.includes(node) && !wasAway(node, stretch, records));
  });
  return [...new Set(silent)];
}

function wasAway(node: string, { fromMs, toMs }: Stretch, records: readonly HistoryRecord[]): boolean {
  let isAway = false;
  for (const record of records) {
    if (record.kind !== "node" || record.node !== node || record.at > toMs) continue;
    // Back before the stretch began: then it should have spoken in it.
    if (record.state === "killed" || record.state === "paused") isAway = true;
    else if (record.at <= fromMs && (record.state === "ready" || record.state === "continued")) isAway = false;
  }
  return isAway;
}

function readsWords({ wanted, tiers }: Counted): string {
  const shares = [...tiers]
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([tier, count]) => `${tier} ${percent(count / wanted)}`);
  return `answered by ${shares.join(", ")} of ${countWords(wanted)} reads wanted`;
}
