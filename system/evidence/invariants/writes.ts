import type { HistoryRecord, WriteResult } from "#core/history.ts";

interface Acknowledgement {
  readonly orderId: string | undefined;
  readonly totalCents: number | undefined;
  /** As the shop told them; undefined where it told none. */
  readonly lines: WriteResult["lines"];
  /** Undefined where no coupon was sent. */
  readonly discountCents: number | undefined;
  readonly seq: number;
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

interface Gathered {
  lines: Write["lines"];
  coupon: string | undefined;
  announcedSeq: number | undefined;
  readonly attempts: Map<number, "ok" | "fail" | "info">;
  readonly acknowledged: Acknowledgement[];
  readonly soldOut: { readonly productId: number; readonly seq: number }[];
  readonly seqs: number[];
}

/** Groups what was sent and answered by key. An attempt without an answer is in doubt. */
export function gatherWrites(records: readonly HistoryRecord[]): ReadonlyMap<string, Write> {
  const gathered = new Map<string, Gathered>();
  const of = (key: string): Gathered => {
    const known = gathered.get(key);
    if (known !== undefined) return known;
    const fresh: Gathered = {
      lines: [],
      coupon: undefined,
      announcedSeq: undefined,
      attempts: new Map(),
      acknowledged: [],
      soldOut: [],
      seqs: [],
    };
    gathered.set(key, fresh);
    return fresh;
  };
  for (const record of records) {
    if (record.kind === "write.intent") {
      const write = of(record.key);
      write.lines = record.lines;
      write.coupon = record.coupon;
      write.announcedSeq ??= record.seq;
      // An answer can come into the history before its question, since both are read from one stream of lines.
      if (!write.attempts.has(record.attempt)) write.attempts.set(record.attempt, "info");
      write.seqs.push(record.seq);
    } else if (record.kind === "write.result") {
      const write = of(record.key);
      write.attempts.set(record.attempt, record.result);
      write.seqs.push(record.seq);
      if (record.soldOutProductId !== undefined) {
        write.soldOut.push({ productId: record.soldOutProductId, seq: record.seq });
      } else if (record.result === "ok") {
        const { orderId, totalCents, lines, discountCents, seq } = record;
        write.acknowledged.push({ orderId, totalCents, lines, discountCents, seq });
      }
    }
  }
  return new Map([...gathered].map(([key, write]) => [key, { key, ...write, outcome: outcomeOf(write) }]));
}

function outcomeOf(write: Gathered): Write["outcome"] {
  if (write.acknowledged.length > 0) return "ok";
  return [...write.attempts.values()].every((result) => result !== "info") ? "fail" : "info";
}
