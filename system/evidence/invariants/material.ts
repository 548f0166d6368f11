import type { HistoryRecord } from "#core/history.ts";
import type { Topology } from "#core/topology.ts";
import type { CheckInput } from "#core/verdict.ts";
import { type Part, type PartName, READ_ONCE, truthParts } from "../truth.ts";
import { gatherWrites, type Write } from "./writes.ts";

type PartRead<Name extends PartName> =
  | { readonly kind: "read"; readonly value: Part<Name>; readonly seqs: readonly number[] }
  /** Missing, malformed, or different in the two reads. */
  | { readonly kind: "unusable"; readonly reason: string; readonly offenders: readonly string[] };

/** A buyer's look at an order, in the order of the history. */
export type Look = Extract<HistoryRecord, { readonly kind: "order.look" }>;

/** Everything that invariants are judged by, read from the history once. */
export interface Material {
  readonly topology: Topology;
  readonly writes: ReadonlyMap<string, Write>;
  readonly looks: readonly Look[];
  part<Name extends PartName>(name: Name): PartRead<Name>;
}

/** The invariants of one run share it: at 100,000 orders reading the parts takes a second. */
const known = new WeakMap<readonly HistoryRecord[], Material>();

export function materialOf(input: CheckInput): Material {
  const before = known.get(input.records);
  if (before !== undefined && before.topology === input.topology) return before;
  const cache = new Map<PartName, PartRead<PartName>>();
  const material: Material = {
    topology: input.topology,
    writes: gatherWrites(input.records),
    looks: input.records.filter((record) => record.kind === "order.look"),
    part<Name extends PartName>(name: Name): PartRead<Name> {
      const read = cache.get(name) ?? readPart(input.records, name);
      cache.set(name, read);
      // The map forgets which name belongs to which value; `readPart` parsed it by that very name.
      return read as PartRead<Name>;
    },
  };
  known.set(input.records, material);
  return material;
}

/** A row that shows up between the two reads was committed by somebody whom nobody waits for any more. */
const OFFENDERS = 10;

function readPart<Name extends PartName>(records: readonly HistoryRecord[], name: Name): PartRead<Name> {
  const second = lastEvidence(records, `final/2/${name}`);
  const first = READ_ONCE.includes(name) ? second : lastEvidence(records, `final/1/${name}`);
  if (first === undefined || second === undefined) {
    const which = first === undefined ? "first" : "second";
    return { kind: "unusable", reason: `the ${which} final read of "${name}" is missing`, offenders: [] };
  }
  if (JSON.stringify(first.data) !== JSON.stringify(second.data)) {
    return {
      kind: "unusable",
      reason: `the two final reads of "${name}" differ: something was still going on`,
      offenders: differences(first.data, second.data),
    };
  }
  const parsed = truthParts[name].safeParse(second.data);
  if (!parsed.success) {
    const problem = parsed.error.issues[0];
    return {
      kind: "unusable",
      reason: `the final read of "${name}" has another form than expected: ${problem?.path.join(".")} ${problem?.message}`,
      offenders: [],
    };
  }
  // Indexing the schemas by a generic name gives the union of all parts; this one was parsed by `name`.
  return { kind: "read", value: parsed.data as Part<Name>, seqs: [...new Set([first.seq, second.seq])] };
}

function lastEvidence(
  records: readonly HistoryRecord[],
  name: string,
): { readonly data: unknown; readonly seq: number } | undefined {
  const record = records.findLast((each) => each.kind === "evidence" && each.name === name);
  return record?.kind === "evidence" ? { data: record.data, seq: record.seq } : undefined;
}

function differences(first: unknown, second: unknown): readonly string[] {
  if (!Array.isArray(first) || !Array.isArray(second)) {
    return [`first ${clip(JSON.stringify(first))}`, `second ${clip(JSON.stringify(second))}`];
  }
  const texts = (rows: readonly unknown[]): Set<string> => new Set(rows.map((row) => JSON.stringify(row)));
  const [before, after] = [texts(first), texts(second)];
  return [
    ...[...before].filter((row) => !after.has(row)).map((row) => `only in the first: ${clip(row)}`),
    ...[...after].filter((row) => !before.has(row)).map((row) => `only in the second: ${clip(row)}`),
  ].slice(0, OFFENDERS);
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
