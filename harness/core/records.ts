import type { HistoryRecord } from "./history.ts";

export type Kind = HistoryRecord["kind"];
export type RecordOf<K extends Kind> = Extract<HistoryRecord, { readonly kind: K }>;

/** Number, receipt and source's time of every record, in the order of the file. */
export interface Dates {
  readonly length: number;
  seq(index: number): number;
  at(index: number): number;
  /** Undefined where the source did not date it. */
  sourceAt(index: number): number | undefined;
}

/**
 * Records of a long history that are not in memory, and are unpacked each time when somebody asks for them. They are of
 * the kinds of which there are many; the others stand in `CheckInput.records`.
 */
export interface StoredRecords {
  /** In the order of the history; of samples only those of these nodes, of evidence only that with these names. */
  of<K extends Kind>(kind: K, isMeant?: (tag: string) => boolean, words?: readonly string[]): Iterable<RecordOf<K>>;
  /** The last record of evidence with this name, not parsed: its number, and its line of JSON. */
  lastEvidence(name: string): { readonly seq: number; readonly line: Uint8Array } | undefined;
  /** Of all records of the history, those in memory included. */
  readonly dates: Dates;
  /** Those that came before the record with this number. */
  before(seq: number): StoredRecords;
}

/** Where records are looked for: what a checker is given has both. */
interface Source {
  readonly records: readonly HistoryRecord[];
  readonly stored?: StoredRecords;
}

/** By what records of a kind are told apart where only some are wanted. */
export function tagOf(record: HistoryRecord): string {
  return record.kind === "sample" ? record.node : record.kind === "evidence" ? record.name : "";
}

/**
 * All records of a kind, in the order of the history; of samples and evidence only the meant ones, where that is said.
 * Whoever needs only records that have one of some `words` in their JSON text (ASCII, without quotes) gets those at least:
 * a record that lies packed is not parsed when it has none of them.
 */
export function* recordsOf<K extends Kind>(
  { records, stored }: Source,
  kind: K,
  isMeant: (tag: string) => boolean = () => true,
  words?: readonly string[],
): Generator<RecordOf<K>> {
  if (stored !== undefined) yield* stored.of(kind, isMeant, words);
  for (const record of records) if (isOfKind(record, kind) && isMeant(tagOf(record))) yield record;
}

function isOfKind<K extends Kind>(record: HistoryRecord, kind: K): record is RecordOf<K> {
  return record.kind === kind;
}

/** The last record of evidence with this name. */
export function lastEvidence(source: Source, name: string): RecordOf<"evidence"> | undefined {
  let last: RecordOf<"evidence"> | undefined;
  for (const record of recordsOf(source, "evidence", (tag) => tag === name)) last = record;
  return last;
}

export function datesOf({ records, stored }: Source): Dates {
  if (stored !== undefined) return stored.dates;
  return {
    length: records.length,
    seq: (index) => records[index]?.seq ?? Number.NaN,
    at: (index) => records[index]?.at ?? Number.NaN,
    sourceAt: (index) => records[index]?.sourceAt,
  };
}
