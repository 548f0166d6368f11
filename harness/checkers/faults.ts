import { describeFault, type TimelineEntry } from "#core/fault.ts";
import { type FaultEvent, type HistoryRecord, loadZero } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { minimumSamples } from "./statistics.ts";
import { countWords, seconds } from "./words.ts";

type FaultRecord = HistoryRecord & FaultEvent;

/**
 * So many attempts while a fault is in force: of something that meets one in ten, 29 attempts miss it all but once in
 * twenty times. Where fewer come, a shop that would fail every tenth user looks as well as one that fails none.
 */
export const LEAST_ATTEMPTS = minimumSamples(0.9);

/** Each fault of the timeline: was it observed in force, until its window ended, and then observed gone? */
export const faultsChecker: Checker = {
  name: "faults",
  check: (input) => input.scenario.timeline.map((entry) => judgeFault(entry, input)),
};

function judgeFault(entry: TimelineEntry, input: CheckInput): ObjectiveResult {
  const { records } = input;
  const told = records.filter((record): record is FaultRecord => record.kind === "fault" && record.id === entry.id);
  const of = (state: FaultEvent["state"]): FaultRecord | undefined => told.find((record) => record.state === state);
  const inForce = of("in-force");
  const unproven = of("unproven");
  const healed = of("healed");
  const measured = (inForce ?? unproven)?.measured;
  const base = {
    id: `fault-${entry.id}`,
    group: "faults",
    title: `${describeFault(entry.fault)} was real`,
    target: (inForce ?? unproven)?.asked ?? "observed in the data path",
    observed: measured ?? "not observed",
    samples: told.reduce((sum, record) => sum + (record.readings?.length ?? 0), 0),
    window: `phase ${entry.phase}`,
    evidence: told.map((record) => record.seq).slice(0, 10),
  } as const;
  // A sick shop gets no faults: then the steady state itself is broken or unknown, and the fault need not weigh.
  const isSick = records.some((record) => record.kind === "run" && record.state === "not-steady");
  const without = of("not-applicable") ?? of("gap") ?? of("skipped");
  if (without !== undefined) {
    const skipped = isSick ? "not-judged" : "unknown";
    const state = without.state === "gap" ? "unknown" : without.state === "skipped" ? skipped : "not-applicable";
    return { ...base, state, observed: "not injected", reason: without.detail };
  }
  if (unproven !== undefined) {
    const detail = inForce === undefined ? unproven.detail : `${unproven.detail}: ${unproven.measured ?? "no reading"}`;
    return {
      ...base,
      state: "unknown",
      reason: `${detail}; without it nothing is proven about what the shop does with it`,
    };
  }
  if (inForce === undefined) {
    return isSick
      ? { ...base, state: "not-judged", reason: "not injected: the shop had not reached its steady state" }
      : { ...base, state: "unknown", reason: "the run ended before the fault was in force" };
  }
  if (healed === undefined) {
    const left = of("not-healed");
    const why =
      left === undefined ? "nobody saw it healed" : `it was still felt after healing: ${left.measured ?? left.detail}`;
    return { ...base, state: "unknown", reason: `${why}; what came after it is not to be trusted` };
  }
  const doubt =
    doubtOf(entry, of("injecting"), inForce, of("healing")) ??
    desertedOf(inForce.at, of("healing")?.at ?? healed.at, input);
  if (doubt !== undefined) return { ...base, state: "unknown", reason: doubt };
  return {
    ...base,
    state: "held",
    reason: `in force for ${seconds(healed.at - inForce.at)} until healed (${healed.measured ?? healed.detail})`,
    decidedAt: { fromMs: inForce.at, toMs: healed.at },
  };
}

/**
 * Why a fault in force has tried nothing: nobody was there to feel it. A second counts by as much of it as lies within;
 * what was planned and given up because its user still waited counts too, because that user did feel it.
 */
function desertedOf(fromMs: number, toMs: number, input: CheckInput): string | undefined {
  const zero = loadZero(input.records) ?? 0;
  let attempts = 0;
  for (const { lane, second, outcomes } of recordsOf(input, "load.batch")) {
    if (lane === "bots") continue;
    const beganMs = zero + second * 1_000;
    const share = (Math.min(toMs, beganMs + 1_000) - Math.max(fromMs, beganMs)) / 1_000;
    if (share <= 0) continue;
    const here = Object.values(outcomes).reduce((sum, count) => sum + count, 0) - (outcomes.unsent ?? 0);
    attempts += share * here;
  }
  if (attempts >= LEAST_ATTEMPTS) return undefined;
  const found = countWords(Math.floor(attempts));
  return `it was in force and nobody was there: ${found} attempts meanwhile, and fewer than ${LEAST_ATTEMPTS} may all have missed it`;
}

/** Two instants of one clock, each rounded to a microsecond; the harness sleeps until the window is over. */
const ROUNDING_MS = 1;

/** Why a fault that is said to have been in force and healed is not proven all the same. */
function doubtOf(
  { forMs }: TimelineEntry,
  injecting: FaultRecord | undefined,
  inForce: FaultRecord,
  healing: FaultRecord | undefined,
): string | undefined {
  if (injecting === undefined) return "nobody told when it began, so nobody knows what it touched";
  if ((inForce.readings ?? []).length === 0) return "it is said to have been in force, and there is no reading of it";
  if (healing === undefined) return "nobody looked whether it was still there when its window ended";
  const lastedMs = healing.at - inForce.at;
  if (lastedMs >= forMs - ROUNDING_MS) return undefined;
  return `it was in force for ${seconds(lastedMs)} of the ${seconds(forMs)} that were planned`;
}
