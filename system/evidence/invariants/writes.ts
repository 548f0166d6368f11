import { recordsOf } from "#core/records.ts";
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

interface Gathered extends Write {
  lines: Write["lines"];
  coupon: string | undefined;
  announcedSeq: number | undefined;
  outcome: Write["outcome"];
  acknowledged: readonly Acknowledgement[];
  soldOut: Write["soldOut"];
  seqs: readonly number[];
  /** What each attempt came to, by its number. */
  attempts: readonly ("ok" | "fail" | "info" | undefined)[];
}

/** Shared by all that have nothing of the kind: a long run has a hundred thousand purchases. */
const NONE: readonly never[] = [];

/** Groups what was sent and answered by key. An attempt without an answer is in doubt. */
export function gatherWrites(input: CheckInput): ReadonlyMap<string, Write> {
  const gathered = new Map<string, Gathered>();
  const of = (key: string): Gathered => {
    const known = gathered.get(key);
    if (known !== undefined) return known;
    const fresh: Gathered = {
      key,
      lines: NONE,
      coupon: undefined,
      announcedSeq: undefined,
      outcome: "info",
      attempts: NONE,
      acknowledged: NONE,
      soldOut: NONE,
      seqs: NONE,
    };
    gathered.set(key, fresh);
    return fresh;
  };
  for (const record of recordsOf(input, "write.intent")) {
    const write = of(record.key);
    write.lines = record.lines;
    write.coupon = record.coupon;
    write.announcedSeq ??= record.seq;
    write.attempts = put(write.attempts, record.attempt, "info");
    write.seqs = [...write.seqs, record.seq];
  }
  for (const record of recordsOf(input, "write.result")) {
    const write = of(record.key);
    write.attempts = put(write.attempts, record.attempt, record.result);
    write.seqs = [...write.seqs, record.seq];
    if (record.soldOutProductId !== undefined) {
      write.soldOut = [...write.soldOut, { productId: record.soldOutProductId, seq: record.seq }];
    } else if (record.result === "ok") {
      const { orderId, totalCents, discountCents, seq } = record;
      const lines =
        record.lines && wordsOf(record.lines.map((line) => [line.productId, line.quantity, line.priceCents]));
      write.acknowledged = [...write.acknowledged, { orderId, totalCents, lines, discountCents, seq }];
    }
  }
  for (const write of gathered.values()) {
    write.outcome = outcomeOf(write);
    if (write.seqs.length > 1) write.seqs = write.seqs.toSorted((a, b) => a - b);
  }
  return gathered;
}

function put(attempts: Gathered["attempts"], number: number, result: "ok" | "fail" | "info"): Gathered["attempts"] {
  const longer = [...attempts];
  longer[number] = result;
  return longer;
}

function outcomeOf({ acknowledged, attempts }: Gathered): Write["outcome"] {
  if (acknowledged.length > 0) return "ok";
  return attempts.every((result) => result !== "info") ? "fail" : "info";
}
