import type { EvidenceRecord, HistoryRecord } from "#core/history.ts";
import type { Checker, CheckInput } from "#core/verdict.ts";
import { EXIT_CODES } from "#core/verdict.ts";
import { judge } from "#harness/checkers/index.ts";
import { readResult } from "#harness/report/index.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import type { Outcome } from "./judge.ts";
import type { HistoryChange } from "./trap.ts";

const STEP_MS = 5 * 60_000;

/** A history that is changed, with the checkers that judge it. */
interface Tampered extends CheckInput {
  readonly checkers: readonly Checker[];
}

const thrower: Checker = {
  name: "of-the-trap",
  check: () => {
    throw new Error("as the trap wants it");
  },
};

const CHANGES: Readonly<Record<HistoryChange, (input: CheckInput) => Partial<Tampered>>> = {
  "cut-short": ({ records }) => ({ records: records.slice(0, Math.floor((records.length * 2) / 3)) }),
  "record-missing": ({ records }) => ({ records: records.filter(({ seq }) => seq !== Math.floor(records.length / 2)) }),
  "clock-forward": ({ records }) => ({ records: stepped(records, STEP_MS) }),
  "clock-back": ({ records }) => ({ records: stepped(records, -STEP_MS) }),
  "final-reads-missing": ({ records }) => ({
    records: renumbered(records.filter(({ kind }) => kind !== "evidence")),
  }),
  "orders-missing": ({ records }) => ({ records: withoutOrders(records) }),
  "page-unvisited": ({ scenario, records }) => ({
    scenario: {
      ...scenario,
      expect: [
        ...scenario.expect,
        { kind: "latency", subject: "search", quantile: 0.99, belowMs: 200, window: "whole" },
      ],
    },
    records: renumbered(records.filter((record) => !("page" in record) || record.page !== "search")),
  }),
  "checker-throws": () => ({ checkers: [...invariantCheckers, thrower] }),
};

/** Judges the history of a run as if this had happened to it. */
export async function judgeTampered(folder: string, change: HistoryChange): Promise<Outcome> {
  const { result, records } = await readResult(folder);
  return judgeChanged({ scenario: result.scenario, topology: result.topology, records }, change);
}

/** The same of a history that is at hand. */
export function judgeChanged(input: CheckInput, change: HistoryChange): Outcome {
  const { checkers = invariantCheckers, ...changed } = CHANGES[change](input);
  const { verdict, sentence, results } = judge({ ...input, ...changed }, checkers);
  return { exitCode: EXIT_CODES[verdict], result: { verdict, sentence, objectives: results } };
}

/** From the middle on, everything that the generator dated is dated by a clock that was set. */
function stepped(records: readonly HistoryRecord[], byMs: number): readonly HistoryRecord[] {
  const half = (records.at(-1)?.at ?? 0) / 2;
  return records.map((record) =>
    record.sourceAt === undefined || record.at < half ? record : { ...record, sourceAt: record.sourceAt + byMs },
  );
}

/** Nobody meant to buy, every book of the shop is empty, and its shelves are as full as they were. */
function withoutOrders(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  const kept = records.filter(({ kind }) => kind !== "write.intent" && kind !== "write.result");
  return renumbered(kept.map((record) => (record.kind === "evidence" ? { ...record, data: emptied(record) } : record)));
}

function emptied({ name, data }: EvidenceRecord): unknown {
  if (name.endsWith("/warehouse")) return { orders: [], lines: 0, linesCents: 0 };
  if (name.endsWith("/pages")) return { replicas: [], moved: 0, rows: [] };
  if (!Array.isArray(data)) return data;
  return name.endsWith("/stock") ? data.map((row) => ({ ...row, onHand: row.initial })) : [];
}

/** What was never said leaves no gap. */
function renumbered(records: readonly HistoryRecord[]): readonly HistoryRecord[] {
  return records.map((record, seq) => ({ ...record, seq }));
}
