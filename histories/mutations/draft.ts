import type { HistoryEvent, HistoryRecord } from "#core/history.ts";
import type { Random } from "#core/random.ts";
import type { CheckInput } from "#core/verdict.ts";
import { type Part, type PartName, truthParts } from "#system/evidence/truth.ts";

type Kind = HistoryRecord["kind"];
type RecordOf<K extends Kind> = Extract<HistoryRecord, { readonly kind: K }>;

/** A clean history that is being spoiled. The records themselves are shared with the clean one and never changed. */
export class Draft {
  readonly input: CheckInput;
  readonly random: Random;
  records: HistoryRecord[];
  readonly #books = new Map<PartName, unknown>();

  constructor(input: CheckInput, random: Random) {
    this.input = input;
    this.random = random;
    this.records = [...input.records];
  }

  /** A part of the final reads to change: both reads will show the same. Undefined where the shop has no such part. */
  book<Name extends PartName>(name: Name): Part<Name> | undefined {
    const known = this.#books.get(name);
    // The map forgets which name belongs to which value; what is put in below was parsed by that very name.
    if (known !== undefined) return known as Part<Name>;
    const read = this.all("evidence").findLast((record) => record.name === `final/2/${name}`);
    if (read === undefined) return undefined;
    const part = truthParts[name].parse(structuredClone(read.data)) as Part<Name>;
    this.#books.set(name, part);
    this.change("evidence", (record) =>
      record.name === `final/1/${name}` || record.name === `final/2/${name}` ? { ...record, data: part } : record,
    );
    return part;
  }

  all<K extends Kind>(kind: K): readonly RecordOf<K>[] {
    return this.records.filter((record): record is RecordOf<K> => record.kind === kind);
  }

  /** One of these by chance; undefined of none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items[this.random.integer(Math.max(1, items.length))];
  }

  /** Puts another record in the place of each of a kind; undefined takes it out. */
  change<K extends Kind>(kind: K, to: (record: RecordOf<K>) => HistoryRecord | undefined): void {
    this.records = this.records.flatMap((record) => {
      if (record.kind !== kind) return [record];
      const changed = to(record as RecordOf<K>);
      return changed === undefined ? [] : [changed];
    });
  }

  replace(record: HistoryRecord, by: HistoryRecord | undefined): void {
    const index = this.records.indexOf(record);
    this.records.splice(index, 1, ...(by === undefined ? [] : [by]));
  }

  /** Says something more, right before the record at this place, at its time. */
  tell(before: number, source: string, event: HistoryEvent): void {
    const at = this.records[before]?.at ?? 0;
    this.records.splice(before, 0, { source, ...event, seq: before, at, sourceAt: at });
    this.renumber();
  }

  /** Numbers them anew: what never reached the history leaves no gap in it. */
  renumber(): void {
    this.records = this.records.map((record, seq) => (record.seq === seq ? record : { ...record, seq }));
  }

  spoiled(): CheckInput {
    return { ...this.input, records: this.records };
  }
}
