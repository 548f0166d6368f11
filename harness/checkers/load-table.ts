import { Column } from "#core/column.ts";
import type { HistoryRecord, LoadBatch, Outcome } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import type { CheckInput } from "#core/verdict.ts";
import type { Block } from "./statistics.ts";

/** Outcomes without an answer: slower than any limit, whatever the histogram had to say of them. */
const UNANSWERED: readonly Outcome[] = ["timeout", "lost", "unsent", "refused", "broken-off"];

/**
 * The batches of the load as columns of numbers: a row is a batch, in the order of the history. Every objective on the
 * load looks at all of them, and a long run has a hundred thousand: as objects they would be made anew for each.
 */
export class LoadTable {
  /** Lanes and pages; `#page` has the number of one for each row. */
  readonly #pages: Pick<LoadBatch, "lane" | "page">[] = [];
  readonly #outcomeNames: Outcome[] = [];
  readonly #second = new Column();
  readonly #seq = new Column();
  readonly #page = new Column();
  readonly #unanswered = new Column();
  readonly #buckets = new Cells();
  readonly #outcomes = new Cells();

  add(batch: LoadBatch & Pick<HistoryRecord, "seq">): void {
    const { counts, unanswered } = answersOf(batch);
    this.#second.push(batch.second);
    this.#seq.push(batch.seq);
    this.#page.push(
      numberOf(this.#pages, { lane: batch.lane, page: batch.page }, (a, b) => a.lane === b.lane && a.page === b.page),
    );
    this.#unanswered.push(unanswered);
    this.#buckets.push(counts);
    this.#outcomes.push(
      outcomesOf(batch).map(([name, count]) => [numberOf(this.#outcomeNames, name, (a, b) => a === b), count]),
    );
  }

  /** Gives back the room that was kept for more batches. */
  close(): void {
    for (const column of [this.#second, this.#seq, this.#page, this.#unanswered]) column.close();
    this.#buckets.close();
    this.#outcomes.close();
  }

  get length(): number {
    return this.#second.length;
  }

  second(row: number): number {
    return this.#second.at(row);
  }

  seq(row: number): number {
    return this.#seq.at(row);
  }

  page(row: number): Pick<LoadBatch, "lane" | "page"> {
    const found = this.#pages[this.#page.at(row)];
    if (found === undefined) throw new RangeError(`the load has ${this.length} batches, none with the number ${row}`);
    return found;
  }

  unanswered(row: number): number {
    return this.#unanswered.at(row);
  }

  /** Latencies of a batch, by bucket, without those of attempts that got no answer; the slowest first. */
  eachBucket(row: number, see: (bucket: number, count: number) => void): void {
    this.#buckets.each(row, see);
  }

  eachOutcome(row: number, see: (outcome: Outcome, count: number) => void): void {
    this.#outcomes.each(row, (number, count) => {
      const name = this.#outcomeNames[number];
      if (name !== undefined) see(name, count);
    });
  }
}

interface Known {
  readonly stored: CheckInput["stored"];
  /** Of the records in memory: those of a run that is still going on become more. */
  readonly length: number;
  readonly table: LoadTable;
}

/** A history's table is made once, by whoever asks first. */
const known = new WeakMap<readonly HistoryRecord[], Known>();

export function loadTable(input: CheckInput): LoadTable {
  const { records, stored } = input;
  const before = known.get(records);
  if (before !== undefined && before.stored === stored && before.length === records.length) return before.table;
  const table = new LoadTable();
  for (const batch of recordsOf(input, "load.batch")) table.add(batch);
  table.close();
  known.set(records, { stored, length: records.length, table });
  return table;
}

/**
 * Latencies of a batch without those of attempts that got no answer. The histogram does not say whose each value is, but
 * a failed attempt stands in it with a user's whole patience, so these lie at its slow end and are taken from there.
 */
function answersOf(batch: LoadBatch): Pick<Block, "unanswered"> & { readonly counts: readonly [number, number][] } {
  const sorted = Object.entries(batch.latency)
    .map(([bucket, count]): [number, number] => [Number(bucket), count])
    .sort(([a], [b]) => b - a);
  const measured = sorted.reduce((sum, [, count]) => sum + count, 0);
  const total = outcomesOf(batch).reduce((sum, [, count]) => sum + count, 0);
  const without = UNANSWERED.reduce((sum, name) => sum + (batch.outcomes[name] ?? 0), 0);
  // An attempt that has no value at all needs none to be taken away.
  const absent = Math.max(0, total - measured);
  takeAway(sorted, Math.max(0, without - absent));
  return { counts: sorted.filter(([, count]) => count > 0), unanswered: Math.max(without, absent) };
}

function takeAway(counts: [number, number][], howMany: number): void {
  let left = howMany;
  for (const cell of counts) {
    const taken = Math.min(left, cell[1]);
    cell[1] -= taken;
    left -= taken;
    if (left === 0) return;
  }
}

function outcomesOf(batch: LoadBatch): readonly [Outcome, number][] {
  // JSON keys of a batch are outcomes by its type; Object.entries only forgets that.
  return Object.entries(batch.outcomes) as [Outcome, number][];
}

/** The number of an item in a list of different ones, of which there are a dozen; a new one is put behind them. */
function numberOf<Item>(items: Item[], item: Item, isSame: (a: Item, b: Item) => boolean): number {
  const index = items.findIndex((each) => isSame(each, item));
  return index === -1 ? items.push(item) - 1 : index;
}

/** For each row some cells: a number of what it counts, and how many. */
class Cells {
  /** Cells of row `i` lie from `ends[i - 1]` to `ends[i]`. */
  readonly #ends = new Column();
  readonly #names = new Column();
  readonly #counts = new Column();

  push(cells: readonly (readonly [number, number])[]): void {
    for (const [name, count] of cells) {
      this.#names.push(name);
      this.#counts.push(count);
    }
    this.#ends.push(this.#names.length);
  }

  close(): void {
    for (const column of [this.#ends, this.#names, this.#counts]) column.close();
  }

  each(row: number, see: (name: number, count: number) => void): void {
    const end = this.#ends.at(row);
    for (let cell = row === 0 ? 0 : this.#ends.at(row - 1); cell < end; cell += 1) {
      see(this.#names.at(cell), this.#counts.at(cell));
    }
  }
}
