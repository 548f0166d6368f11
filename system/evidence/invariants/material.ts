import { z } from "zod";
import type { HistoryRecord } from "#core/history.ts";
import { lastEvidence, type RecordOf, recordsOf } from "#core/records.ts";
import type { Topology } from "#core/topology.ts";
import type { CheckInput } from "#core/verdict.ts";
import { type Part, type PartName, READ_ONCE, truthParts } from "../truth.ts";
import { memberText, type Rows, rowStarts, TextRows } from "./rows.ts";
import { gatherWrites, type Writes } from "./writes.ts";

/** Books with a row for each order, of which an invariant looks at a row at a time; the orders themselves everybody looks at. */
type Large = "replies" | "ledger" | "outbox" | "effects" | "payments";

const LARGE: readonly PartName[] = ["replies", "ledger", "outbox", "effects", "payments"] satisfies readonly Large[];

/** A part as invariants are given it. */
export type Book<Name extends PartName> = Name extends Large ? Rows<Part<Name>[number]> : Part<Name>;

type PartRead<Name extends PartName> =
  | { readonly kind: "read"; readonly value: Book<Name>; readonly seqs: readonly number[] }
  /** Missing, malformed, or different in the two reads. */
  | { readonly kind: "unusable"; readonly reason: string; readonly offenders: readonly string[] };

/** A buyer's look at an order, in the order of the history. */
export type Look = RecordOf<"order.look">;

/** Keys that came back with another body, once their purchase was acknowledged. */
export interface Clashes {
  /** How many of them the load was to send; 0 of a load that knows of none. */
  readonly planned: number;
  readonly sent: readonly RecordOf<"write.clash">[];
}

/** Everything that invariants are judged by, read from the history once. */
export interface Material {
  readonly topology: Topology;
  readonly writes: Writes;
  readonly looks: Iterable<Look>;
  readonly clashes: Clashes;
  part<Name extends PartName>(name: Name): PartRead<Name>;
}

/** No invariant looks at more than five; all parts of a long run together are more than a hundred megabytes. */
const PARTS_KEPT = 5;

/** Nor at more than two of the large ones, each of which is ten megabytes of text and more. */
const LARGE_KEPT = 2;

interface Known {
  readonly stored: CheckInput["stored"];
  /** Of the records in memory: those of a run that is still going on become more. */
  readonly length: number;
  readonly material: Material;
}

/** The invariants of one run share it: at 100,000 orders reading the parts takes a second. */
const known = new WeakMap<readonly HistoryRecord[], Known>();

export function materialOf(input: CheckInput): Material {
  const { records, stored, topology } = input;
  const before = known.get(records);
  const isSame = before?.stored === stored && before?.length === records.length;
  if (before !== undefined && isSame && before.material.topology === topology) return before.material;
  const cache = new Map<PartName, PartRead<PartName>>();
  const material: Material = {
    topology,
    writes: gatherWrites(input),
    looks: { [Symbol.iterator]: () => recordsOf(input, "order.look") },
    clashes: clashesOf(input),
    part<Name extends PartName>(name: Name): PartRead<Name> {
      const read = cache.get(name) ?? readPart(input, name);
      // The one that was asked for last stands at the end, the one that nobody has asked for the longest goes.
      cache.delete(name);
      cache.set(name, read);
      const large = [...cache.keys()].filter((each) => LARGE.includes(each));
      const oldest = large.length > LARGE_KEPT ? large[0] : cache.size > PARTS_KEPT ? [...cache.keys()][0] : undefined;
      if (oldest !== undefined) cache.delete(oldest);
      // The map forgets which name belongs to which value; `readPart` parsed it by that very name.
      return read as PartRead<Name>;
    },
  };
  known.set(records, { stored, length: records.length, material });
  return material;
}

function clashesOf(input: CheckInput): Clashes {
  let planned = 0;
  for (const ended of recordsOf(input, "load.ended")) planned = ended.clashes ?? 0;
  return { planned, sent: [...recordsOf(input, "write.clash")] };
}

/** A row that shows up between the two reads was committed by somebody whom nobody waits for any more. */
const OFFENDERS = 10;

function readPart<Name extends PartName>(input: CheckInput, name: Name): PartRead<Name> {
  return readText(input, name) ?? readData(input, name);
}

/**
 * A list of a stored history, from its text: both reads are compared byte by byte, and rows are parsed one at a time.
 * Undefined where that does not suffice: what is missing, malformed or different is looked at, and told, by `readData`.
 */
function readText<Name extends PartName>(input: CheckInput, name: Name): PartRead<Name> | undefined {
  const schema: z.ZodType = truthParts[name];
  if (READ_ONCE.includes(name) || !(schema instanceof z.ZodArray)) return undefined;
  const first = evidenceText(input, `final/1/${name}`);
  const second = evidenceText(input, `final/2/${name}`);
  if (first === undefined || second === undefined || !first.text.equals(second.text)) return undefined;
  const starts = rowStarts(second.text);
  if (starts === undefined) return undefined;
  const rows = new TextRows(second.text, starts, (text): unknown => JSON.parse(text));
  for (const row of rows) if (!z.safeParse(schema.element, row).success) return undefined;
  // The rows were looked at by the schema of this very part.
  const value = (LARGE.includes(name) ? rows : [...rows]) as Rows<unknown> as Book<Name>;
  return { kind: "read", value, seqs: [first.seq, second.seq] };
}

function evidenceText(input: CheckInput, name: string): { readonly text: Buffer; readonly seq: number } | undefined {
  const found = input.stored?.lastEvidence(name);
  // Whatever stands among the records in memory is later.
  if (found === undefined || input.records.some((record) => record.kind === "evidence")) return undefined;
  const text = memberText(Buffer.from(found.line.buffer, found.line.byteOffset, found.line.byteLength), "data");
  return text && { text, seq: found.seq };
}

function readData<Name extends PartName>(input: CheckInput, name: Name): PartRead<Name> {
  const isOnce = READ_ONCE.includes(name);
  // Of the first read only its text stays: both of a long run, parsed, would be a quarter of what it may take in memory.
  const first = isOnce ? undefined : textOfEvidence(input, `final/1/${name}`);
  const second = lastEvidence(input, `final/2/${name}`);
  if (second === undefined || (!isOnce && first === undefined)) {
    const which = !isOnce && first === undefined ? "first" : "second";
    return { kind: "unusable", reason: `the ${which} final read of "${name}" is missing`, offenders: [] };
  }
  if (first !== undefined && first.text !== JSON.stringify(second.data)) {
    return {
      kind: "unusable",
      reason: `the two final reads of "${name}" differ: something was still going on`,
      offenders: differences(JSON.parse(first.text), second.data),
    };
  }
  const problem = problemOf(truthParts[name], second.data);
  if (problem !== undefined) {
    const where = problem.path.join(".");
    return {
      kind: "unusable",
      reason: `the final read of "${name}" has another form than expected: ${where} ${problem.message}`,
      offenders: [],
    };
  }
  const seqs = first === undefined ? [second.seq] : [first.seq, second.seq];
  // Indexing the schemas by a generic name gives the union of all parts; this one was looked at by `name`.
  return { kind: "read", value: second.data as Book<Name>, seqs };
}

function textOfEvidence(input: CheckInput, name: string): { readonly text: string; readonly seq: number } | undefined {
  const record = lastEvidence(input, name);
  return record && { text: JSON.stringify(record.data), seq: record.seq };
}

type Problem = Pick<z.core.$ZodIssue, "path" | "message">;

/** What is wrong with the form of a part. Row by row, because a schema gives back a copy of all that it has looked at. */
function problemOf(schema: z.ZodType, data: unknown): Problem | undefined {
  if (!(schema instanceof z.ZodArray) || !Array.isArray(data)) return schema.safeParse(data).error?.issues[0];
  for (const [index, row] of data.entries()) {
    const issue = z.safeParse(schema.element, row).error?.issues[0];
    if (issue !== undefined) return { path: [index, ...issue.path], message: issue.message };
  }
  return undefined;
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
