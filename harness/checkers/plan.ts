import { confidenceOf } from "#core/draw.ts";
import type { Page } from "#core/history.ts";
import {
  loadLengthMs,
  type Objective,
  phaseSpan,
  type Scenario,
  type Subject,
  usersAt,
  type Window,
} from "#core/scenario.ts";
import { calmAfter, PROOFS_MS } from "./calm.ts";
import { LEAST_ATTEMPTS } from "./faults.ts";
import { isOfLoad, LEAST_SECONDS } from "./reads-avoided.ts";
import { LEAST_STEADY_ATTEMPTS, STEADY_SECONDS } from "./recovery.ts";
import { LEAST_SECONDS_OF_QUANTILE, minimumSamples } from "./statistics.ts";
import { quantileWords, subjectWords, windowWords } from "./window.ts";
import { countWords, percent, seconds } from "./words.ts";

/** What one objective will have to go by. */
export interface PlannedObjective {
  readonly title: string;
  readonly window: string;
  /**
   * Attempts by the plan; for a recovery, whole seconds of calm after the fault that leaves the fewest, or where these are
   * enough, and the attempts in five of them are not, those.
   */
  readonly samples: number;
  readonly unit: "attempts" | "seconds";
  readonly minimum: number;
  readonly enough: boolean;
}

/** Mean time between two pages of a user (TPC-W); with a healthy shop the answer itself adds a thousandth to it. */
const THINK_SECONDS = 7;

/**
 * Shares of shoppers' views by page, about: a visit has some five views, of which 93 % browse (a fifth each home, lists
 * and search, two fifths products), 13 % of visits fill a cart and 4 % buy. Good enough to see that 99.9 % of checkouts
 * cannot be proven with forty of them.
 */
const PAGE_SHARES: Readonly<Record<Page, number>> = {
  home: 0.186,
  category: 0.186,
  search: 0.186,
  product: 0.372,
  add: 0.032,
  cart: 0.02,
  checkout: 0.008,
  order: 0.01,
};

const NOWHERE = { fromMs: 0, toMs: 0 } as const;

/** Every objective that is judged by counting, with what its window will hold by the plan. */
export function plannedSamples(scenario: Scenario, draws = 1): readonly PlannedObjective[] {
  return [
    ...gateRows(scenario).flat(),
    ...scenario.expect.flatMap((objective) => row(objective, scenario, confidenceOf({ of: draws }))),
  ];
}

/** The gate goes by what is observed: however often the run is tried, and with no interval that would take seconds. */
function gateRows(scenario: Scenario): readonly (readonly PlannedObjective[])[] {
  return scenario.steady.map((objective) =>
    row(objective, scenario, confidenceOf({ of: 1 }), 0).map((planned) => ({
      ...planned,
      title: `steady state: ${planned.title}`,
    })),
  );
}

/**
 * Objectives that the plan itself makes impossible, each with its number. A quick run is for trying things out: there
 * only a gate that could never open, or a run without anything to judge, is refused. More draws (`--repeat`) take more
 * samples, because each is asked for more confidence.
 */
export function refusals(scenario: Scenario, draws = 1): readonly string[] {
  const confidence = confidenceOf({ of: draws });
  const gate = gateRows(scenario).flatMap(decisive);
  const counted = scenario.expect
    .filter((objective) => objective.kind === "latency" || objective.kind === "availability")
    .flatMap((objective) => decisive(row(objective, scenario, confidence)));
  if (counted.length === 0)
    return ["the scenario judges neither latency nor availability: it would hold whatever happened"];
  const isQuick = scenario.load.pace === "quick" && counted.some((planned) => planned.enough);
  const others = scenario.expect
    .filter((objective) => objective.kind === "reads-avoided" || objective.kind === "recovery")
    .flatMap((objective) => row(objective, scenario, confidence));
  const objectives = [...gate, ...(isQuick ? [] : [...counted, ...others])]
    .filter((planned) => !planned.enough)
    .map(
      ({ title, window, samples, unit, minimum }) =>
        `${title} (${window}) can never be told: the plan gives it about ${countWords(samples)} ${unit}, and it takes ${countWords(minimum)}`,
    );
  return [...objectives, ...deserted(scenario)];
}

/** Faults that hardly anybody can feel, because the load is elsewhere or over while they are in force. */
function deserted(scenario: Scenario): readonly string[] {
  return scenario.timeline.flatMap((entry) => {
    const of = (subject: "all" | "buyers"): number =>
      plannedIn({ kind: "availability", subject, atLeast: LEAST_SHARE, window: "during-faults" }, scenario, [entry])
        .attempts;
    const attempts = Math.floor(of("all") + of("buyers"));
    if (attempts >= LEAST_ATTEMPTS) return [];
    return [
      `the fault "${entry.id}" would try nothing: the plan has about ${countWords(attempts)} attempts while it is in force, and it takes ${LEAST_ATTEMPTS}; move it to where users are`,
    ];
  });
}

/** Any will do: only the attempts are asked for. */
const LEAST_SHARE = 0.5;

/** An objective that is judged fault by fault can be told as long as one of them leaves enough. */
function decisive(rows: readonly PlannedObjective[]): readonly PlannedObjective[] {
  return rows.some(({ enough }) => enough) ? rows.filter(({ enough }) => enough) : rows;
}

function row(
  objective: Objective,
  scenario: Scenario,
  confidence: number,
  secondsOfQuantile = LEAST_SECONDS_OF_QUANTILE,
): readonly PlannedObjective[] {
  switch (objective.kind) {
    case "latency":
    case "availability":
      return countedRows(objective, scenario, confidence, objective.kind === "latency" ? secondsOfQuantile : 0);
    case "recovery":
      return [recoveryRow(objective, scenario)];
    case "reads-avoided": {
      const { window } = objective;
      if (!isOfLoad(window)) return [];
      const { fromMs, toMs } =
        window === "whole" ? whole(scenario) : (phaseSpan(scenario.load, window.phase) ?? NOWHERE);
      const samples = Math.floor((toMs - fromMs) / 1_000);
      const title = `database reads avoided >= ${percent(objective.atLeast)}`;
      const enough = samples >= LEAST_SECONDS;
      return [{ title, window: windowWords(window), samples, unit: "seconds", minimum: LEAST_SECONDS, enough }];
    }
    default:
      return [];
  }
}

type Recovery = Extract<Objective, { readonly kind: "recovery" }>;

function recoveryRow(objective: Recovery, scenario: Scenario): PlannedObjective {
  const { timeline } = scenario;
  const title = `recovery of ${subjectWords(objective.subject)} within ${seconds(objective.withinMs)}`;
  const window = "after each fault";
  const calm = timeline.map((entry) => calmAfter(scenario, entry.id));
  const samples = calm.length === 0 ? 0 : Math.floor(Math.min(...calm) / 1_000);
  const minimum = Math.ceil(objective.withinMs / 1_000) + STEADY_SECONDS;
  const attempts = Math.floor(Math.min(...timeline.map((entry) => attemptsAfter(entry, objective, scenario))));
  if (samples >= minimum && attempts < LEAST_STEADY_ATTEMPTS) {
    return {
      title: `${title} (attempts in ${STEADY_SECONDS} seconds)`,
      window,
      samples: attempts,
      unit: "attempts",
      minimum: LEAST_STEADY_ATTEMPTS,
      enough: false,
    };
  }
  const enough = calm.length === 0 || samples >= minimum;
  return { title: `${title} (seconds of calm)`, window, samples, unit: "seconds", minimum, enough };
}

/** The most attempts that the plan has in any five seconds in which a shop could be steady in time after a fault. */
function attemptsAfter(
  entry: Scenario["timeline"][number],
  { subject, withinMs }: Recovery,
  scenario: Scenario,
): number {
  const endMs = (phaseSpan(scenario.load, entry.phase)?.fromMs ?? 0) + entry.afterMs + entry.forMs;
  const first = Math.floor(endMs / 1_000);
  const last = Math.floor((endMs + PROOFS_MS + withinMs) / 1_000) + STEADY_SECONDS;
  let most = 0;
  const recent: number[] = [];
  for (let second = first; second < last; second += 1) {
    recent.push(attemptsIn(subject, scenario, second));
    if (recent.length > STEADY_SECONDS) recent.shift();
    most = Math.max(
      most,
      recent.reduce((sum, each) => sum + each, 0),
    );
  }
  return most;
}

type Counted = Extract<Objective, { readonly kind: "latency" | "availability" }>;

/** One for the window, or where it is the faults' one for each that leaves enough, and one for all that do not. */
function countedRows(
  objective: Counted,
  scenario: Scenario,
  confidence: number,
  leastSeconds: number,
): readonly PlannedObjective[] {
  const { timeline } = scenario;
  const share = objective.kind === "latency" ? objective.quantile : objective.atLeast;
  const minimum = minimumSamples(share, confidence);
  const title =
    objective.kind === "latency"
      ? `${quantileWords(objective.quantile)} of ${subjectWords(objective.subject)} < ${objective.belowMs}ms`
      : `availability of ${subjectWords(objective.subject)} >= ${percent(objective.atLeast)}`;
  const planned = (window: string, faults: Scenario["timeline"]): PlannedObjective => {
    const { attempts, length } = plannedIn(objective, scenario, faults);
    const samples = Math.floor(attempts);
    // Attempts in plenty, and all of them in a few seconds, say little of a percentile.
    if (samples >= minimum && length < leastSeconds)
      return { title, window, samples: length, unit: "seconds", minimum: leastSeconds, enough: false };
    return { title, window, samples, unit: "attempts", minimum, enough: samples >= minimum };
  };
  const all = planned(windowWords(objective.window), timeline);
  if (objective.window !== "during-faults") return [all];
  if (timeline.length === 0) return [{ ...all, enough: true }];
  const each = timeline.map((entry) => planned(`during ${entry.id}`, [entry]));
  // Faults that leave too little are judged together, and with the others where that is still too little.
  return each.every(({ enough }) => enough) ? each : [...each.filter(({ enough }) => enough), all];
}

function whole(scenario: Scenario) {
  return { fromMs: 0, toMs: loadLengthMs(scenario.load) };
}

/** Attempts that the plan puts into an objective's window, as these faults make it, and the seconds that it has. */
function plannedIn(
  objective: Counted,
  scenario: Scenario,
  faults: Scenario["timeline"],
): { readonly attempts: number; readonly length: number } {
  const { load } = scenario;
  let attempts = 0;
  let length = 0;
  for (let second = 0; second * 1_000 < loadLengthMs(load); second += 1) {
    if (!isPlannedInside(objective.window, scenario, faults, second)) continue;
    length += 1;
    attempts += attemptsIn(objective.subject, scenario, second);
  }
  return { attempts, length };
}

function attemptsIn(subject: Subject, { load }: Scenario, second: number): number {
  if (second * 1_000 >= loadLengthMs(load)) return 0;
  if (subject === "buyers") return load.buyersPerSecond;
  const views = usersAt(load, (second + 0.5) * 1_000) / load.scale / THINK_SECONDS;
  return subject === "all" ? views : views * PAGE_SHARES[subject];
}

function isPlannedInside(window: Window, scenario: Scenario, faults: Scenario["timeline"], second: number): boolean {
  if (window === "whole") return true;
  const [fromMs, toMs] = [second * 1_000, (second + 1) * 1_000];
  if (typeof window === "object") {
    const span = phaseSpan(scenario.load, window.phase);
    return span !== undefined && fromMs >= span.fromMs && fromMs < span.toMs;
  }
  const isFaulty = faults.some((entry) => {
    const begin = (phaseSpan(scenario.load, entry.phase)?.fromMs ?? 0) + entry.afterMs;
    return begin < toMs && begin + entry.forMs > fromMs;
  });
  return window === "during-faults" ? isFaulty : !isFaulty;
}
