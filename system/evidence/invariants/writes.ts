import { Column, Lists } from "#core/column.ts";
import type { WriteResult } from "#core/history.ts";
import { type RecordOf, recordsOf } from "#core/records.ts";
import type { CheckInput } from "#core/verdict.ts";

interface Acknowledgement {
  readonly orderId: string | undefined;
  readonly totalCents: number | undefined;
  /** As the shop told them, in words (`wordsOf`); undefined where it told none. */
  readonly lines: string | undefined;
  /** Undefined where no coupon was sent. */
  readonly discountCents: number | undefined;
  readonly seq: number;
}

/** Product, quantity and price of each line as one text; in which order they come means nothing. */
export function wordsOf(lines: readonly (readonly [number, number, number])[]): string {
  const texts = lines.map(([product, quantity, price]) => `${quantity} of product ${product} at ${price} cents`);
  return texts.sort().join(", ");
}

/** All attempts under one key: one purchase, as its buyer means it. */
export interface Write {
  readonly key: string;
  /** Empty when the session's cart was bought, whose content only the shop knows. */
  readonly lines: readonly { readonly productId: number; readonly quantity: number }[];
  readonly coupon: string | undefined;
  /**
   * `ok`: an attempt was acknowledged. `fail`: each attempt provably had no effect. `info`: nobody can know from
   * outside; both an order and none are right.
   */
  readonly outcome: "ok" | "fail" | "info";
  readonly acknowledged: readonly Acknowledgement[];
  readonly soldOut: readonly { readonly productId: number; readonly seq: number }[];
  /** Where the first attempt was announced: nothing of it can have happened before that. Undefined when none was. */
  readonly announcedSeq: number | undefined;
  /** Records of the purchase, in the order of the history. */
  readonly seqs: readonly number[];
}

/** All purchases of a run by their keys, in the order in which each was first told of. */
export interface Writes {
  readonly size: number;
  has(key: string): boolean;
  get(key: string): Write | undefined;
  values(): Iterable<Write>;
}

const RESULTS = ["ok", "fail", "info"] as const;

/** What was told of purchases, intents and answers alike, as columns: a row for each record. */
class Told {
  /** The row of the same purchase that came before; -1 for its first. */
  readonly previous = new Column();
  readonly seq = new Column();
  readonly attempt = new Column();
  /** Place in `RESULTS`; that of an intent is that it is in doubt. */
  readonly result = new Column();
  readonly isIntent = new Column();
  readonly totalCents = new Column();
  readonly discountCents = new Column();
  readonly soldOutProductId = new Column();
  /** Product, quantity and, where it was told by the shop, price of each line. */
  readonly lines = new Lists();
  readonly hasLines = new Column();
  /** The coupon of an intent, the order of an answer. */
  readonly names: (string | undefined)[] = [];

  intent({ seq, attempt, lines, coupon }: RecordOf<"write.intent">, previous: number): number {
    this.#row(previous, seq, attempt, "info", coupon);
    this.isIntent.push(1);
    for (const column of [this.totalCents, this.discountCents, this.soldOutProductId]) column.push(ABSENT);
    this.lines.push(lines.flatMap(({ productId, quantity }) => [productId, quantity]));
    this.hasLines.push(1);
    return this.seq.length - 1;
  }

  answer(record: RecordOf<"write.result">, previous: number): number {
    const { seq, attempt, result, orderId, totalCents, discountCents, soldOutProductId, lines } = record;
    this.#row(previous, seq, attempt, result, orderId);
    this.isIntent.push(0);
    this.totalCents.push(totalCents ?? ABSENT);
    this.discountCents.push(discountCents ?? ABSENT);
    this.soldOutProductId.push(soldOutProductId ?? ABSENT);
    this.lines.push((lines ?? []).flatMap(({ productId, quantity, priceCents }) => [productId, quantity, priceCents]));
    this.hasLines.push(lines === undefined ? 0 : 1);
    return this.seq.length - 1;
  }

  #row(previous: number, seq: number, attempt: number, result: WriteResult["result"], name: string | undefined): void {
    this.previous.push(previous);
    this.seq.push(seq);
    this.attempt.push(attempt);
    this.result.push(RESULTS.indexOf(result));
    this.names.push(name);
  }
}

/** A number that no record has: JSON knows no such. */
const ABSENT = Number.NaN;

function present(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number;
}

/**
 * Groups what was sent and answered by key. An attempt without an answer is in doubt. A long run has more than a hundred
 * thousand purchases, so they lie as columns of numbers, and each is put together when it is asked for.
 */
export function gatherWrites(input: CheckInput): Writes {
  const told = new Told();
  const last = new Map<string, number>();
  for (const record of recordsOf(input, "write.intent")) {
    last.set(record.key, told.intent(record, last.get(record.key) ?? -1));
  }
  for (const record of recordsOf(input, "write.result")) {
    last.set(record.key, told.answer(record, last.get(record.key) ?? -1));
  }
  const get = (key: string): Write | undefined => {
    const row = last.get(key);
    return row === undefined ? undefined : writeOf(key, row, told);
  };
  return {
    size: last.size,
    has: (key) => last.has(key),
    get,
    *values() {
      for (const [key, row] of last) yield writeOf(key, row, told);
    },
  };
}

function writeOf(key: string, last: number, told: Told): Write {
  const rows: number[] = [];
  for (let row = last; row >= 0; row = told.previous.at(row)) rows.unshift(row);
  const intents = rows.filter((row) => told.isIntent.at(row) === 1);
  const answers = rows.filter((row) => told.isIntent.at(row) === 0);
  const latest = intents.at(-1);
  const acknowledged = answers.filter(
    (row) => present(told.soldOutProductId.at(row)) === undefined && RESULTS[told.result.at(row)] === "ok",
  );
  return {
    key,
    lines:
      latest === undefined
        ? []
        : inGroups(told.lines.at(latest), 2).map(([productId = 0, quantity = 0]) => ({ productId, quantity })),
    coupon: latest === undefined ? undefined : told.names[latest],
    outcome: outcomeOf(rows, acknowledged.length, told),
    acknowledged: acknowledged.map((row) => acknowledgementOf(row, told)),
    soldOut: answers.flatMap((row) => {
      const productId = present(told.soldOutProductId.at(row));
      return productId === undefined ? [] : [{ productId, seq: told.seq.at(row) }];
    }),
    announcedSeq: intents[0] === undefined ? undefined : told.seq.at(intents[0]),
    seqs: rows.map((row) => told.seq.at(row)).sort((a, b) => a - b),
  };
}

function acknowledgementOf(row: number, told: Told): Acknowledgement {
  const lines = inGroups(told.lines.at(row), 3).map(([product = 0, quantity = 0, price = 0]) => {
    return [product, quantity, price] as const;
  });
  return {
    orderId: told.names[row],
    totalCents: present(told.totalCents.at(row)),
    lines: told.hasLines.at(row) === 1 ? wordsOf(lines) : undefined,
    discountCents: present(told.discountCents.at(row)),
    seq: told.seq.at(row),
  };
}

function inGroups(numbers: readonly number[], size: number): readonly (readonly number[])[] {
  return Array.from({ length: numbers.length / size }, (_, index) => numbers.slice(index * size, (index + 1) * size));
}

/** The last that was told of each attempt counts. */
function outcomeOf(rows: readonly number[], acknowledged: number, told: Told): Write["outcome"] {
  if (acknowledged > 0) return "ok";
  const attempts = new Map(rows.map((row) => [told.attempt.at(row), RESULTS[told.result.at(row)]]));
  return [...attempts.values()].includes("info") ? "info" : "fail";
}
