import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { HistoryRecord } from "#core/history.ts";
import type { Dates, Kind, RecordOf, StoredRecords } from "#core/records.ts";

/** Text that is packed together: large enough to pack well, small enough to be nothing in memory when unpacked. */
const CHUNK_BYTES = 250_000;
/** The least room that zlib unpacks into. */
const LEAST_ROOM = 64;
/** Places in a column that are made at once. */
const COLUMN = 65_536;

/** Packed bytes that lie together. What lives as long as the history must not lie between what lives for a moment. */
const SEGMENT_BYTES = 4_194_304;

interface Chunk {
  readonly packed: Buffer;
  /** Bytes of its text. */
  readonly length: number;
  /** Number of the first record in it. */
  readonly firstSeq: number;
}

/** One kind, or one source of a kind, in the order of the history. */
interface Shelf {
  readonly kind: Kind;
  readonly tag: string;
  readonly chunks: readonly Chunk[];
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

  *of<K extends Kind>(
    kind: K,
    isMeant: (tag: string) => boolean = () => true,
    words?: readonly string[],
  ): Generator<RecordOf<K>> {
    const shelves = [...this.#shelves.values()].filter((shelf) => shelf.kind === kind && isMeant(shelf.tag));
    for (const record of merged(shelves.map((shelf) => recordsOn(shelf, words)))) {
      if (record.seq >= this.#before) return;
      // A shelf holds records of its kind alone; JSON forgets that.
      yield record as RecordOf<K>;
    }
  }

  lastEvidence(name: string): { readonly seq: number; readonly line: Buffer } | undefined {
    const shelf = this.#shelves.get(shelfName("evidence", name));
    const chunk = shelf?.chunks.findLast(({ firstSeq }) => firstSeq < this.#before);
    return chunk && { seq: chunk.firstSeq, line: unpacked(chunk) };
  }

  before(seq: number): StoredRecords {
    return new HistoryStore(this.#shelves, this.dates, Math.min(seq, this.#before));
  }
}

function shelfName(kind: Kind, tag: string): string {
  return `${kind} ${tag}`;
}

function unpacked({ packed, length }: Chunk): Buffer {
  // Room for all of it at once: what comes in pieces lies in memory twice, in pieces and joined.
  return zstdDecompressSync(packed, { chunkSize: Math.max(length + 1, LEAST_ROOM) });
}

function* recordsOn({ chunks }: Shelf, words?: readonly string[]): Generator<HistoryRecord> {
  for (const chunk of chunks) {
    for (const line of unpacked(chunk).toString("utf8").split("\n")) {
      if (line === "" || words?.some((word) => line.includes(word)) === false) continue;
      yield JSON.parse(line) as HistoryRecord;
    }
  }
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

/** Packed pieces one behind the other, in a few large pieces of memory. */
class Segments {
  #open = Buffer.alloc(0);
  #used = 0;

  /** A copy of these bytes. */
  put(bytes: Buffer): Buffer {
    if (bytes.length > this.#open.length - this.#used) {
      this.#open = Buffer.alloc(Math.max(SEGMENT_BYTES, bytes.length));
      this.#used = 0;
    }
    const kept = this.#open.subarray(this.#used, this.#used + bytes.length);
    bytes.copy(kept);
    this.#used += bytes.length;
    return kept;
  }
}

/** A shelf that is being filled: `open` holds what is not packed yet, up to `length`, lines with a newline behind each. */
interface OpenShelf extends Shelf {
  readonly chunks: Chunk[];
  readonly open: Buffer;
  length: number;
  firstSeq: number;
}

/** Takes records and gives them back as a store, with the dates of all records of the history. */
export class StoreBuilder {
  readonly #shelves = new Map<string, OpenShelf>();
  readonly #segments = new Segments();
  readonly #columns = { seq: new Column(), at: new Column(), sourceAt: new Column() };

  /** A record of the history, wherever it is kept. */
  date({ seq, at, sourceAt }: HistoryRecord): void {
    this.#columns.seq.push(seq);
    this.#columns.at.push(at);
    this.#columns.sourceAt.push(sourceAt ?? Number.NaN);
  }

  /** Keeps the line of the record that has this number. Evidence lies alone, each record in a chunk of its own. */
  keep(kind: Kind, tag: string, seq: number, line: Buffer): void {
    const name = shelfName(kind, tag);
    const isAlone = kind === "evidence";
    const fresh = (): OpenShelf => {
      return { kind, tag, chunks: [], open: Buffer.alloc(isAlone ? 0 : CHUNK_BYTES), length: 0, firstSeq: seq };
    };
    const shelf = this.#shelves.get(name) ?? fresh();
    this.#shelves.set(name, shelf);
    if (shelf.length + line.length + 1 > CHUNK_BYTES) this.#close(shelf);
    if (isAlone || line.length + 1 > CHUNK_BYTES) {
      shelf.chunks.push(this.#packed(line, seq));
      return;
    }
    if (shelf.length === 0) shelf.firstSeq = seq;
    shelf.length += line.copy(shelf.open, shelf.length);
    shelf.open[shelf.length] = NEWLINE;
    shelf.length += 1;
  }

  #close(shelf: OpenShelf): void {
    if (shelf.length > 0) shelf.chunks.push(this.#packed(shelf.open.subarray(0, shelf.length), shelf.firstSeq));
    shelf.length = 0;
  }

  #packed(text: Buffer, firstSeq: number): Chunk {
    // Told how much comes, the packer takes memory for no more than that.
    const packed = this.#segments.put(zstdCompressSync(text, { pledgedSrcSize: text.length }));
    return { packed, length: text.length, firstSeq };
  }

  build(): HistoryStore {
    const shelves = new Map<string, Shelf>();
    for (const [name, shelf] of this.#shelves) {
      this.#close(shelf);
      shelves.set(name, { kind: shelf.kind, tag: shelf.tag, chunks: shelf.chunks });
    }
    const { seq, at, sourceAt } = this.#columns;
    return new HistoryStore(shelves, {
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
