import { type HistoryRecord, loadZero } from "#core/history.ts";
import { type Objective, phaseSpan, type Subject, type Window } from "#core/scenario.ts";
import type { CheckInput } from "#core/verdict.ts";

/** A fault's time on the run clock, from the moment the harness began to act until it was observed gone. */
export interface FaultSpan {
  readonly id: string;
  readonly title: string;
  readonly fromMs: number;
  /** `Infinity` while nobody has observed it gone. */
  readonly toMs: number;
  readonly inForceAt?: number;
  readonly healedAt?: number;
  readonly evidence: readonly number[];
}

/**
 * What the history says of faults that were begun. A span opens with the act and not with its proof: a latency of two
 * seconds is felt for two seconds before a probe has measured it.
 */
export function faultSpans(records: readonly HistoryRecord[]): readonly FaultSpan[] {
  const spans = new Map<string, FaultSpan>();
  for (const record of records) {
    if (record.kind !== "fault") continue;
    const open = spans.get(record.id);
    if (record.state === "injecting") {
      const { id, title, at } = record;
      spans.set(id, { id, title, fromMs: at, toMs: Number.POSITIVE_INFINITY, evidence: [record.seq] });
    } else if (open !== undefined) {
      const evidence = [...open.evidence, record.seq];
      if (record.state === "in-force") spans.set(record.id, { ...open, evidence, inForceAt: record.at });
      else if (record.state === "healed") {
        spans.set(record.id, { ...open, evidence, toMs: record.at, healedAt: record.at });
      } else if (record.state === "unproven" && open.inForceAt === undefined) {
        // Never in force: the injector had taken it back when it said so.
        spans.set(record.id, { ...open, evidence, toMs: record.at });
      } else spans.set(record.id, { ...open, evidence });
    }
  }
  return [...spans.values()];
}

/** Spans of faults that were proven to be in force. */
export function provenSpans(records: readonly HistoryRecord[]): readonly FaultSpan[] {
  return faultSpans(records).filter((span) => span.inForceAt !== undefined);
}

/** Whether a second of the load belongs to a window. Seconds that a fault only touches are the fault's. */
export function windowTest(window: Window, { scenario, records }: CheckInput): (second: number) => boolean {
  if (window === "whole") return (second) => second >= 0;
  if (typeof window === "object") {
    const span = phaseSpan(scenario.load, window.phase);
    return (second) => span !== undefined && second * 1_000 >= span.fromMs && second * 1_000 < span.toMs;
  }
  const touching = faultSpans(records).map((span) => spanTest(span, records));
  const isFaulty = (second: number): boolean => touching.some((isTouched) => isTouched(second));
  return window === "during-faults" ? isFaulty : (second) => second >= 0 && !isFaulty(second);
}

/** Whether a fault touches a second of the load. */
export function spanTest(span: FaultSpan, records: readonly HistoryRecord[]): (second: number) => boolean {
  const zero = loadZero(records) ?? 0;
  return (second) => span.fromMs < zero + (second + 1) * 1_000 && span.toMs > zero + second * 1_000;
}

export function windowWords(window: Window): string {
  if (typeof window === "object") return `phase ${window.phase}`;
  return { whole: "whole run", "outside-faults": "outside faults", "during-faults": "during faults" }[window];
}

function windowId(window: Window): string {
  return typeof window === "object" ? `phase-${window.phase}` : window;
}

export function subjectWords(subject: Subject): string {
  if (subject === "all") return "all pages";
  return subject === "buyers" ? "the buyers' lane" : `page ${subject}`;
}

/** Name of an objective: the same for the same objective, whatever the run. */
export function objectiveId(objective: Objective): string {
  switch (objective.kind) {
    case "latency":
      return `latency-${objective.subject}-${quantileWords(objective.quantile).replace(".", "-")}-${windowId(objective.window)}`;
    case "availability":
      return `availability-${objective.subject}-${windowId(objective.window)}`;
    case "recovery":
      return `recovery-${objective.subject}`;
    case "reads-avoided":
      return `reads-avoided-${windowId(objective.window)}`;
    case "invariant":
      return `invariant-${objective.name}`;
    case "sometimes":
      return `sometimes-${objective.property.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  }
}

/** Name of what an objective asks of one fault alone: `availability-all-during-app-killed`. */
export function faultObjectiveId(objective: Objective, fault: string): string {
  return `${objectiveId(objective).replace(/-during-faults$/, "")}-during-${fault}`;
}

/** `p99`, `p99.9`. */
export function quantileWords(quantile: number): string {
  return `p${Number((quantile * 100).toFixed(4))}`;
}
