import { cleanLine } from "#core/foreign-text.ts";
import type { HistoryRecord, SystemEvent } from "#core/history.ts";
import type { RunRecord } from "#core/result.ts";
import { formatLatency } from "../format.ts";
import type { RunSeries } from "../series.ts";
import type { FaultStory } from "./faults.ts";
import type { Alarm, Pain } from "./pain.ts";

export type TimelineKind = "run" | "phase" | "fault" | "node" | "shop" | "users";

/** One line of the merged timeline. */
export interface TimelineLine {
  /** From the first planned request; negative before it. */
  readonly atMs: number;
  readonly kind: TimelineKind;
  readonly text: string;
  readonly source: string;
  /** Number of the record in history.jsonl.gz; undefined for what the report computed. */
  readonly seq: number | undefined;
}

export interface Told {
  readonly faults: readonly FaultStory[];
  readonly pains: readonly Pain[];
  readonly alarms: readonly Alarm[];
}

/** Everything that happened, from all sources, by time. Samples and load are in the charts. */
export function timelineOf({ records }: RunRecord, series: RunSeries, told: Told): readonly TimelineLine[] {
  const lines = [...recorded(records, series.zeroMs, told.faults), ...computed(told)];
  return lines.sort(
    (a, b) => a.atMs - b.atMs || (a.seq ?? Number.MAX_SAFE_INTEGER) - (b.seq ?? Number.MAX_SAFE_INTEGER),
  );
}

function recorded(
  records: readonly HistoryRecord[],
  zeroMs: number,
  faults: readonly FaultStory[],
): readonly TimelineLine[] {
  const letters = new Map(faults.map((fault) => [fault.id, fault.letter] as const));
  const lines: TimelineLine[] = [];
  for (const record of records) {
    if (record.kind === "system") continue;
    const said = sentenceOf(record, letters);
    if (said === undefined) continue;
    lines.push({
      atMs: record.at - zeroMs,
      kind: said.kind,
      text: cleanLine(said.text, 600),
      source: record.source,
      seq: record.seq,
    });
  }
  return [...lines, ...systemLines(records, zeroMs)];
}

function sentenceOf(
  record: HistoryRecord,
  letters: ReadonlyMap<string, string>,
): { readonly kind: TimelineKind; readonly text: string } | undefined {
  switch (record.kind) {
    case "run":
      return { kind: "run", text: `${record.state}: ${record.detail}` };
    case "phase":
      return record.state === "begin" ? { kind: "phase", text: `phase ${record.name} begins` } : undefined;
    case "load.ended":
      return {
        kind: "run",
        text: `load ended with code ${record.exitCode}, ${record.accounted} of ${record.planned} accounted for: ${record.detail}`,
      };
    case "fault": {
      const dose = [
        record.asked === undefined ? "" : `asked ${record.asked}`,
        record.measured === undefined ? "" : `measured ${record.measured}`,
      ].filter((part) => part !== "");
      const letter = letters.get(record.id);
      const name = letter === undefined ? record.title : `${letter}  ${record.title}`;
      return { kind: "fault", text: `${name}: ${[record.state, ...dose, record.detail].join("; ")}` };
    }
    case "node":
      // Each start and stop of setup and removal would bury the story; what a fault does to a node is kept.
      return record.state === "starting" || record.state === "stopped"
        ? undefined
        : { kind: "node", text: `${record.node} ${record.state}${record.detail === "" ? "" : `: ${record.detail}`}` };
    default:
      return undefined;
  }
}

/** What replicas say within this time of each other with the same words is one event of several nodes. */
const TOGETHER_MS = 2_000;

function systemLines(records: readonly HistoryRecord[], zeroMs: number): readonly TimelineLine[] {
  interface Group {
    readonly first: HistoryRecord & SystemEvent;
    readonly nodes: Map<string, number>;
  }
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  for (const record of records) {
    if (record.kind !== "system") continue;
    const key = `${record.event}\n${record.detail}`;
    const group = open.get(key);
    if (group !== undefined && record.at - group.first.at <= TOGETHER_MS) {
      group.nodes.set(record.node, (group.nodes.get(record.node) ?? 0) + 1);
      continue;
    }
    const fresh: Group = { first: record, nodes: new Map([[record.node, 1]]) };
    open.set(key, fresh);
    groups.push(fresh);
  }
  return groups.map(({ first, nodes }) => {
    const times = [...nodes.values()].reduce((sum, count) => sum + count, 0);
    const others = nodes.size > 1 ? ` on ${nodes.size} nodes` : times > 1 ? ` (${times} times)` : "";
    return {
      atMs: first.at - zeroMs,
      kind: "shop" as const,
      text: cleanLine(`${first.event}: ${first.detail}${others}`, 600),
      source: cleanLine([...nodes.keys()].slice(0, 6).join(", ") + (nodes.size > 6 ? ", …" : ""), 200),
      seq: first.seq,
    };
  });
}

function computed({ faults, pains, alarms }: Told): readonly TimelineLine[] {
  const lines: TimelineLine[] = [];
  const add = (atMs: number, text: string): void => {
    lines.push({ atMs, kind: "users", text, source: "computed from the load", seq: undefined });
  };
  for (const { letter, firstMs, lastMs } of pains) {
    const fault = faults.find((candidate) => candidate.letter === letter);
    if (fault?.window === undefined) continue;
    if (firstMs === undefined) continue;
    add(firstMs, `${letter}  users feel ${fault.title}, ${soonAfter(firstMs - fault.window.fromMs)} its injection`);
    if (lastMs !== undefined && fault.healedMs !== undefined) {
      const after = lastMs - fault.healedMs;
      add(
        lastMs,
        `${letter}  last second in which it hurt, ${after > 0 ? `${formatLatency(after)} after healing` : "before it was healed"}`,
      );
    }
  }
  for (const { name, fromMs, toMs } of alarms) {
    add(fromMs, `alarm rings: ${name}`);
    if (toMs > fromMs) add(toMs, `alarm ends: ${name}`);
  }
  return lines;
}

/** The load is counted by the second: less than one is no number. */
function soonAfter(ms: number): string {
  return ms < 1_000 ? "within a second of" : `${formatLatency(ms)} after`;
}
