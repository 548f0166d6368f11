import type { TimelineEntry } from "#core/fault.ts";
import type { FaultEvent, HistoryRecord } from "#core/history.ts";
import type { RunRecord } from "#core/result.ts";
import type { RunSeries } from "../series.ts";

type FaultRecord = HistoryRecord & FaultEvent;

/** One fault from its plan to its healing. Times count from the first planned request. */
export interface FaultStory {
  /** A, B, C ... in the order of the scenario: the same letter on the time axis and in the text. */
  readonly letter: string;
  readonly id: string;
  readonly title: string;
  /** What was meant and why then. */
  readonly reason: string;
  readonly entry: TimelineEntry | undefined;
  /** The last word on it, and what was said with it. */
  readonly state: FaultEvent["state"] | "untold";
  readonly detail: string;
  readonly injectedMs: number | undefined;
  readonly inForceMs: number | undefined;
  readonly healingMs: number | undefined;
  readonly healedMs: number | undefined;
  /** From the injection to the healing (or to the end of the run), when it was injected. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | undefined;
  readonly asked: string | undefined;
  readonly measured: string | undefined;
  readonly targets: readonly string[];
  readonly readings: readonly NonNullable<FaultEvent["readings"]>[number][];
  readonly seqs: readonly number[];
}

export function faultStories({ result, records }: RunRecord, series: RunSeries): readonly FaultStory[] {
  const told = new Map<string, FaultRecord[]>();
  for (const record of records) {
    if (record.kind !== "fault") continue;
    const list = told.get(record.id) ?? [];
    list.push(record);
    told.set(record.id, list);
  }
  const planned = result.scenario.timeline.map((entry) => entry.id);
  const ids = [...planned, ...[...told.keys()].filter((id) => !planned.includes(id))];
  return ids.map((id, index) => {
    const entry = result.scenario.timeline.find((candidate) => candidate.id === id);
    return storyOf(id, String.fromCharCode(65 + (index % 26)), entry, told.get(id) ?? [], series);
  });
}

function storyOf(
  id: string,
  letter: string,
  entry: TimelineEntry | undefined,
  events: readonly FaultRecord[],
  { zeroMs, seconds }: RunSeries,
): FaultStory {
  const momentOf = (...states: readonly FaultEvent["state"][]): number | undefined => {
    const found = events.find((event) => states.includes(event.state));
    return found === undefined ? undefined : found.at - zeroMs;
  };
  const last = events.at(-1);
  const injectedMs = momentOf("injecting");
  const healedMs = momentOf("healed");
  // An unproven fault is undone by its injector before it says so.
  const endMs = healedMs ?? momentOf("not-healed") ?? momentOf("unproven") ?? seconds * 1_000;
  return {
    letter,
    id,
    title: last?.title ?? id,
    reason: entry?.reason ?? "",
    entry,
    state: worstState(events),
    detail: last?.detail ?? "the history does not mention it",
    injectedMs,
    inForceMs: momentOf("in-force"),
    healingMs: momentOf("healing"),
    healedMs,
    window: injectedMs === undefined ? undefined : { fromMs: injectedMs, toMs: Math.max(injectedMs, endMs) },
    asked: events.find((event) => event.asked !== undefined)?.asked,
    measured: events.find((event) => event.measured !== undefined && event.state !== "healed")?.measured,
    targets: events.find((event) => event.targets !== undefined)?.targets ?? [],
    readings: events.flatMap((event) => event.readings ?? []),
    seqs: events.map((event) => event.seq),
  };
}

/** An unproven fault stays unproven, whatever was said of its healing later. */
function worstState(events: readonly FaultRecord[]): FaultStory["state"] {
  const states = events.map((event) => event.state);
  return states.find((state) => state === "unproven" || state === "not-healed") ?? states.at(-1) ?? "untold";
}

/** Whether a second lies inside the window of any fault. */
export function insideFaults(faults: readonly FaultStory[]): (second: number) => boolean {
  return (second) =>
    faults.some(({ window }) => {
      if (window === undefined) return false;
      return (second + 1) * 1_000 > window.fromMs && second * 1_000 < window.toMs;
    });
}
