import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { HistoryRecord } from "#core/history.ts";
import type { Dates, Kind, RecordOf, StoredRecords } from "#core/records.ts";

/** Text that is packed together: large enough to pack well, small enough to be nothing in memory when unpacked. */
const CHUNK_BYTES = 250_000;
/** Places in a column that are made at once. */
const COLUMN = 65_536;

/** One kind, or one source of a kind, in the order of the history. */
interface Shelf {
  readonly kind: Kind;
  readonly tag: string;
  readonly packed: Buffer[];
  /** What is not packed yet, up to `length`: lines with a newline behind each. */
  readonly open: Buffer;
  length: number;
}

/**
 * Records that are packed in memory, some fifty bytes each, and unpacked some hundred at a time when somebody reads them. What
 * is read apart lies apart: each kind, of samples each node, of evidence each name.
 */
export class HistoryStore implements StoredRecords {
  readonly #shelves: ReadonlyMap<string, Shelf>;
  readonly #before: number;
  readonly dates: Dates;

  constructor(shelves: ReadonlyMap<string, Shelf>, dates: Dates, before = Number.POSITIVE_INFINITY) {
    this.#shelves = shelves;
    this.dates = dates;
    this.#before = before;
  }

  *of<K extends Kind>(kind: K, isMeant: (tag: string) => boolean = () => true): Generator<RecordOf<K>> {
    const shelves = [...this.#shelves.values()].filter((shelf) => shelf.kind === kind && isMeant(shelf.tag));
    for (const record of merged(shelves.map(unpacked))) {
      if (record.seq >= this.#before) return;
      // A shelf holds records of its kind alone; JSON forgets that.
      yield record as RecordOf<K>;
    }
  }

  before(seq: number): StoredRecords {
    return new HistoryStore(this.#shelves, this.dates, seq);
  }
}

function* unpacked({ packed, open, length }: Shelf): Generator<HistoryRecord> {
  for (const chunk of packed) yield* parsed(zstdDecompressSync(chunk, { chunkSize: 2 * CHUNK_BYTES }));
  yield* parsed(open.subarray(0, length));
}

function* parsed(text: Buffer): Generator<HistoryRecord> {
  for (const line of text.toString("utf8").split("\n")) if (line !== "") yield JSON.parse(line) as HistoryRecord;
}

/** Several that are each in the order of the history, as one that is. */
function* merged(sources: readonly Iterator<HistoryRecord>[]): Generator<HistoryRecord> {
  const heads = sources.map((source) => ({ source, next: source.next() })).filter(({ next }) => next.done !== true);
  while (heads.length > 0) {
    let first = heads[0];
    for (const head of heads) {
      if (first === undefined || (head.next.value?.seq ?? 0) < (first.next.value?.seq ?? 0)) first = head;
    }
    if (first === undefined || first.next.done === true) return;
    yield first.next.value;
    first.next = first.source.next();
    if (first.next.done === true) heads.splice(heads.indexOf(first), 1);
  }
}

const NEWLINE = 10;

/** A copy, because what is packed is handed out as the beginning of a much larger piece of memory. */
function packed(text: Buffer): Buffer {
  return Buffer.from(zstdCompressSync(text));
}

/** Takes records and gives them back as a store, with the dates of all records of the history. */
export class StoreBuilder {
  readonly #shelves = new Map<string, Shelf>();
  readonly #columns = { seq: new Column(), at: new Column(), sourceAt: new Column() };

  /** A record of the history, wherever it is kept. */
  date({ seq, at, sourceAt }: HistoryRecord): void {
    this.#columns.seq.push(seq);
    this.#columns.at.push(at);
    this.#columns.sourceAt.push(sourceAt ?? Number.NaN);
  }

  keep(kind: Kind, tag: string, line: Buffer): void {
    const name = `${kind} ${tag}`;
    const shelf = this.#shelves.get(name) ?? { kind, tag, packed: [], open: Buffer.alloc(CHUNK_BYTES), length: 0 };
    this.#shelves.set(name, shelf);
    if (shelf.length + line.length + 1 > CHUNK_BYTES) {
      if (shelf.length > 0) shelf.packed.push(packed(shelf.open.subarray(0, shelf.length)));
      shelf.length = 0;
    }
    // A final read is larger than a chunk.
    if (line.length + 1 > CHUNK_BYTES) {
      shelf.packed.push(packed(line));
      return;
    }
    shelf.length += line.copy(shelf.open, shelf.length);
    shelf.open[shelf.length] = NEWLINE;
    shelf.length += 1;
  }

  build(): HistoryStore {
    const { seq, at, sourceAt } = this.#columns;
    return new HistoryStore(this.#shelves, {
      length: seq.length,
      seq: (index) => seq.get(index),
      at: (index) => at.get(index),
      sourceAt: (index) => {
        const value = sourceAt.get(index);
        return Number.isNaN(value) ? undefined : value;
      },
    });
  }
}

/** Numbers one behind the other, eight bytes each. */
class Column {
  readonly #parts: Float64Array[] = [];
  length = 0;

  push(value: number): void {
    const place = this.length % COLUMN;
    if (place === 0) this.#parts.push(new Float64Array(COLUMN));
    const part = this.#parts.at(-1);
    if (part !== undefined) part[place] = value;
    this.length += 1;
  }

  get(index: number): number {
    return this.#parts[Math.floor(index / COLUMN)]?.[index % COLUMN] ?? Number.NaN;
  }
}
