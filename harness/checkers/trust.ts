import { Histogram } from "#core/histogram.ts";
import { GOOD_OUTCOMES, type HistoryRecord, loadZero, type Outcome } from "#core/history.ts";
import { datesOf, type Kind, type RecordOf, recordsOf } from "#core/records.ts";
import { loadLengthMs } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { countWords, latencyWords, percent } from "./words.ts";

/** Lateness of the generator's own timers at p99: beyond it its figures measure itself and not the shop. */
const MOST_LATENESS_MS = 20;
/** A record cannot be received before it happened; two clocks of one machine never differ by this much. */
const CLOCK_TOLERANCE_MS = 50;
/** Two attempts of full patience and the pause between them are told 19 s after their second; three times that is a clock that was put back. */
const MOST_DELAY_MS = 60_000;
/** What the testbed may cost of the machine it measures: a shop at 95 % of a machine queues little more than at all of it. */
const MOST_HARNESS_SHARE = 0.05;
/** What the proxies that stand for the network were measured to cost at 1:500 at most; told, because it is no secret load. */
const MOST_NETWORK_SHARE = 0.12;

/** Findings that say whether the generator was well; without them no figure of the load means anything. */
export const GENERATOR_PREFIX = "trust-generator-";

/** Whether the run can be believed. What cannot be is unknown, never broken: it says nothing of the shop. */
export const trustChecker: Checker = {
  name: "trust",
  check: (input) => [
    complete(input),
    reached(input),
    lateness(input),
    exceptions(input),
    everySecond(input),
    history(input),
    clocks(input),
    rest(input),
    uninterrupted(input),
    ...costs(input),
  ],
};

type Finding = Pick<ObjectiveResult, "id" | "title" | "target" | "observed" | "samples" | "reason" | "evidence"> & {
  readonly isFine: boolean;
};

function result({ isFine, ...finding }: Finding): ObjectiveResult {
  return { ...finding, group: "trust", state: isFine ? "held" : "unknown", window: "whole run" };
}

/** All of a kind of which there are few. */
function of<K extends Kind>(input: CheckInput, kind: K): readonly RecordOf<K>[] {
  return [...recordsOf(input, kind)];
}

/** A single request that was never sent fails it; what the shop's slowness took is accounted for as lost. */
function complete(input: CheckInput): ObjectiveResult {
  const ended = of(input, "load.ended").at(-1);
  const isWhole = ended?.complete === true && ended.planned === ended.accounted && ended.exitCode === 0;
  return result({
    id: `${GENERATOR_PREFIX}complete`,
    title: "the generator sent all that was planned and said its last word",
    target: "everything planned is accounted for",
    observed: ended === undefined ? "no last word" : `${countWords(ended.accounted)} of ${countWords(ended.planned)}`,
    samples: ended?.planned ?? 0,
    reason: ended?.detail ?? "the load never ended as far as the history knows: see logs of the generator",
    evidence: ended === undefined ? [] : [ended.seq],
    // Nothing planned and nothing sent also adds up, and says nothing.
    isFine: isWhole && ended.planned > 0,
  });
}

/** What came back from the shop itself, whatever it said. */
const ANSWERS: readonly Outcome[] = [...GOOD_OUTCOMES, "unavailable", "error"];

/**
 * The shop answered every page before the load. If not one answer came since, a way that leads nowhere looks the same as
 * a shop that is gone, and nothing was measured of either.
 */
function reached(input: CheckInput): ObjectiveResult {
  let ended = 0;
  let answered = 0;
  let first = -1;
  for (const { outcomes, seq } of recordsOf(input, "load.batch")) {
    ended += Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    answered += ANSWERS.reduce((sum, name) => sum + (outcomes[name] ?? 0), 0);
    if (first < 0 && answered > 0) first = seq;
  }
  return result({
    id: `${GENERATOR_PREFIX}reached`,
    title: "the generator reached the shop",
    target: "at least one answer",
    observed: `${countWords(answered)} of ${countWords(ended)} attempts were answered`,
    samples: ended,
    reason:
      answered > 0
        ? "an answer that is an error counts too"
        : "not one: look whether the edge's log has any of them; if not, the way to it was shut, and this says nothing of the shop",
    evidence: first < 0 ? [] : [first],
    isFine: answered > 0,
  });
}

function lateness(input: CheckInput): ObjectiveResult {
  const merged = new Histogram();
  let worst = { seq: -1, ms: 0 };
  for (const health of recordsOf(input, "load.health")) {
    merged.merge(health.lateness);
    const ms = Histogram.from(health.lateness).quantile(0.99) ?? 0;
    if (ms > worst.ms) worst = { seq: health.seq, ms };
  }
  const p99 = merged.quantile(0.99);
  return result({
    id: `${GENERATOR_PREFIX}lateness`,
    title: "the generator kept its own time",
    target: `p99 <= ${MOST_LATENESS_MS}ms late`,
    observed: p99 === undefined ? "not measured" : latencyWords(p99),
    samples: merged.total,
    reason:
      p99 === undefined
        ? "the generator told nothing of its timers"
        : `worst second ${latencyWords(worst.ms)}; where it is late it measures itself: give it more of the machine, or lower the scale`,
    evidence: worst.seq < 0 ? [] : [worst.seq],
    isFine: p99 !== undefined && p99 <= MOST_LATENESS_MS,
  });
}

function exceptions(input: CheckInput): ObjectiveResult {
  const health = of(input, "load.health");
  const failed = health.filter((record) => record.exceptions > 0);
  const count = failed.reduce((sum, record) => sum + record.exceptions, 0);
  return result({
    id: `${GENERATOR_PREFIX}exceptions`,
    title: "the generator's script never failed",
    target: "0 exceptions",
    observed: health.length === 0 ? "not measured" : countWords(count),
    samples: health.length,
    reason:
      count === 0
        ? "an exception would be a user who silently stopped"
        : "users silently stopped: see the generator's log",
    evidence: failed.slice(0, 10).map((record) => record.seq),
    isFine: health.length > 0 && count === 0,
  });
}

function everySecond(input: CheckInput): ObjectiveResult {
  const planned = Math.floor(loadLengthMs(input.scenario.load) / 1_000);
  const told = new Set(of(input, "load.health").map((record) => record.second));
  const missing = Array.from({ length: planned }, (_, second) => second).filter((second) => !told.has(second));
  return result({
    id: `${GENERATOR_PREFIX}seconds`,
    title: "every second of the load was told",
    target: `${planned} seconds`,
    observed: `${planned - missing.length}`,
    samples: told.size,
    reason:
      missing.length === 0
        ? "no gap"
        : `nothing was told of second ${missing.slice(0, 5).join(", ")}${missing.length > 5 ? ` and ${missing.length - 5} more` : ""}`,
    evidence: [],
    isFine: missing.length === 0,
  });
}

function history(input: CheckInput): ObjectiveResult {
  const dates = datesOf(input);
  const gap = firstIndex(dates.length, (index) => dates.seq(index) !== index);
  return result({
    id: "trust-history",
    title: "the history has no gaps",
    target: "numbered without a gap",
    observed: `${countWords(dates.length)} records`,
    samples: dates.length,
    reason: gap === -1 ? "every record is there" : `record ${gap} is missing or out of place`,
    evidence: gap === -1 ? [] : [dates.seq(gap)],
    isFine: dates.length > 0 && gap === -1,
  });
}

function firstIndex(length: number, test: (index: number) => boolean): number {
  for (let index = 0; index < length; index += 1) if (test(index)) return index;
  return -1;
}

function clocks(input: CheckInput): ObjectiveResult {
  const dates = datesOf(input);
  let [dated, early, stale] = [0, 0, 0];
  const evidence: number[] = [];
  for (let index = 0; index < dates.length; index += 1) {
    const sourceAt = dates.sourceAt(index);
    if (sourceAt === undefined) continue;
    dated += 1;
    const delayMs = dates.at(index) - sourceAt;
    if (delayMs < -CLOCK_TOLERANCE_MS) early += 1;
    else if (delayMs > MOST_DELAY_MS) stale += 1;
    else continue;
    if (evidence.length < 10) evidence.push(dates.seq(index));
  }
  const back = firstIndex(dates.length, (index) => index > 0 && dates.at(index) < dates.at(index - 1));
  return result({
    id: "trust-clocks",
    title: "all clocks agree",
    target: `no record received more than ${CLOCK_TOLERANCE_MS}ms before it happened, or ${MOST_DELAY_MS / 1_000}s after`,
    observed: `${countWords(early + stale)} of ${countWords(dated)}`,
    samples: dated,
    reason: clockWords(back, dated, early, stale),
    evidence,
    isFine: dated > 0 && early === 0 && stale === 0 && back === -1,
  });
}

function clockWords(back: number, dated: number, early: number, stale: number): string {
  if (back !== -1) return `the run's clock went back before record ${back}`;
  if (dated === 0) return "nobody but the harness dated what it said, so no two clocks were compared";
  if (early > 0)
    return `${countWords(early)} were told before they happened: a clock was put forward, or the run's back`;
  if (stale > 0) return `${countWords(stale)} came long after they happened: a clock was put back, or nobody listened`;
  return "one monotonic clock orders everything";
}

/** Final reads of a shop that still works on something are reads of the middle of it. */
function rest(input: CheckInput): ObjectiveResult {
  const { records } = input;
  const runs = of(input, "run");
  const hasBegun = runs.some((record) => record.state === "load-begun");
  const ended = records.find(
    (record) => record.kind === "load.ended" || (record.kind === "run" && record.state === "drained"),
  );
  const after = runs.filter((record) => ended !== undefined && record.seq > ended.seq);
  const restless = runs.find((record) => record.state === "not-quiesced");
  const quiet = after.find((record) => record.state === "quiesced");
  const told = restless ?? quiet;
  const missing = hasBegun
    ? "nobody saw the shop at rest after the load: its final reads may be of work in hand"
    : "no load ever began";
  return result({
    id: "trust-rest",
    title: "the shop came to rest",
    target: "nothing in hand after the load",
    observed: restless !== undefined ? "still at work" : quiet !== undefined ? "at rest" : "not observed",
    samples: told === undefined ? 0 : 1,
    reason: hasBegun && told !== undefined ? told.detail : missing,
    evidence: told === undefined ? [] : [told.seq],
    isFine: hasBegun && restless === undefined && quiet !== undefined,
  });
}

/** What was cut off says nothing of what would have come, whatever is left of it looks like. */
function uninterrupted(input: CheckInput): ObjectiveResult {
  const cut = of(input, "run").find((record) => record.state === "interrupted");
  return result({
    id: "trust-uninterrupted",
    title: "the run came to its planned end",
    target: "not interrupted",
    observed: cut === undefined ? "not interrupted" : "interrupted",
    samples: 1,
    reason: cut === undefined ? "nothing cut it short" : cut.detail,
    evidence: cut === undefined ? [] : [cut.seq],
    isFine: cut === undefined,
  });
}

/** A cost that is told: whose CPU time counts together, and the share of the machine that it may take. */
interface Cost {
  readonly id: string;
  readonly title: string;
  readonly nodes: readonly string[];
  readonly most?: number;
  readonly isJudged: boolean;
  readonly reason: string;
}

const COSTS: readonly Cost[] = [
  {
    id: "trust-generator-cpu",
    title: "what the generator took",
    nodes: ["generator"],
    isJudged: false,
    reason: "whether it had enough is told by its lateness",
  },
  {
    id: "trust-harness-cpu",
    title: "the testbed is light: harness, guardian and probes",
    // Probes and samplers live in the harness.
    nodes: ["harness", "guardian"],
    most: MOST_HARNESS_SHARE,
    isJudged: true,
    reason: "everything beyond it is taken from the shop, the same in both arms of a pair",
  },
  {
    id: "trust-network-cpu",
    title: "what the network's stand-in took",
    nodes: ["network"],
    most: MOST_NETWORK_SHARE,
    isJudged: false,
    reason: "the price of links that can be broken; a real network takes it from nobody",
  },
];

/** What the testbed took of the machine under load is judged; what stands for the users and the network is told. */
function costs(input: CheckInput): readonly ObjectiveResult[] {
  const { records } = input;
  const fromMs = loadZero(records) ?? 0;
  const ended = records.find(({ kind }) => kind === "load.ended");
  const isMeant = (node: string): boolean => node === "machine" || COSTS.some(({ nodes }) => nodes.includes(node));
  const samples = [...recordsOf(input, "sample", isMeant)].filter(
    ({ at }) => at >= fromMs && (ended === undefined || at <= ended.at),
  );
  const machine = samples.find(({ node, values }) => node === "machine" && (values.cores ?? 0) > 0)?.values.cores;
  return COSTS.map(({ nodes, most, isJudged, ...cost }): ObjectiveResult => {
    const parts = nodes.map((node) => coresOf(node, samples));
    const missing = [
      ...parts.flatMap((part) => (part.cores === undefined ? [`the CPU time of ${part.node}`] : [])),
      ...(machine === undefined ? ["the machine's cores"] : []),
    ];
    const cores = parts.reduce((sum, part) => sum + (part.cores ?? 0), 0);
    const share = missing.length > 0 || machine === undefined ? undefined : cores / machine;
    const target = most === undefined ? "told" : `<= ${percent(most)} of the machine`;
    const told = parts.map(({ node, cores: own }) => `${node} ${own?.toFixed(3) ?? "not measured"}`).join(", ");
    return {
      ...cost,
      group: "trust",
      state: !isJudged ? "not-judged" : share !== undefined && share <= (most ?? 1) ? "held" : "unknown",
      target: isJudged ? target : `${target}, not judged`,
      observed: share === undefined ? "not measured" : `${percent(share)} (${cores.toFixed(2)} of ${machine} cores)`,
      samples: parts.reduce((sum, part) => sum + part.samples, 0),
      window: "under load",
      reason: `${missing.length === 0 ? cost.reason : `nobody measured ${missing.join(" and ")}`}; in cores: ${told}`,
      evidence: parts.flatMap(({ evidence }) => evidence),
    };
  });
}

/** Cores that a node kept busy between its first sample under load and its last. */
function coresOf(node: string, samples: readonly Extract<HistoryRecord, { readonly kind: "sample" }>[]) {
  const read = samples.filter((sample) => sample.node === node && sample.values.cpu_seconds !== undefined);
  const [first, last] = [read[0], read.at(-1)];
  const spanMs = (last?.at ?? 0) - (first?.at ?? 0);
  const used = (last?.values.cpu_seconds ?? 0) - (first?.values.cpu_seconds ?? 0);
  return {
    node,
    samples: read.length,
    ...(spanMs > 0 ? { cores: (used * 1_000) / spanMs } : {}),
    evidence: [first, last].flatMap((record) => (record === undefined ? [] : [record.seq])),
  };
}
