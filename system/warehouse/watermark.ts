import { z } from "zod";

/**
 * How far the outbox was read. Its ids are given out in another order than they are committed: below the highest id
 * that was seen there may be some that nobody can see yet (`gaps`). Each is asked for again until it is either there
 * or certainly never will be.
 *
 * When is that? A transaction writes its order before it takes an id of the outbox, so it is known to every snapshot
 * that sees a later id. `horizon` is the first transaction that had not begun in the snapshot that showed the gap; once
 * all before it have ended (`xmin` of a newer snapshot has reached it), a gap that is still empty stays empty.
 */
const watermarkSchema = z.strictObject({
  upTo: z.string().regex(/^\d+$/),
  gaps: z.array(z.strictObject({ id: z.string().regex(/^\d+$/), horizon: z.string().regex(/^\d+$/) })),
});

export type Watermark = z.infer<typeof watermarkSchema>;

export const BEGINNING: Watermark = { upTo: "0", gaps: [] };

export function parseWatermark(text: string): Watermark {
  return watermarkSchema.parse(JSON.parse(text));
}

/** What one snapshot of the source showed. Ids and transaction numbers are 64 bits wide: decimal text. */
export interface Look {
  /** All transactions before this one have ended. */
  readonly xmin: string;
  /** No transaction from this one on had begun. */
  readonly xmax: string;
  /** Ids that were visible among the gaps and above the mark, ascending. */
  readonly ids: readonly string[];
}

/**
 * A crash of the server skips 32 ids, and a hundred connections can hold a hundred open. It has to stay below the size
 * of a look: gaps that are filled come first in it, and none may be cut off.
 */
const MOST_GAPS = 500n;

/**
 * The mark after a look, and how many of its ids may be taken: all, or as many as leave the gaps within their limit;
 * the rest is seen again by the next look, when older gaps have been settled.
 */
export function advance(mark: Watermark, look: Look): { readonly mark: Watermark; readonly upTo: string } {
  const seen = new Set(look.ids);
  const gaps = mark.gaps.filter((gap) => !seen.has(gap.id) && BigInt(look.xmin) < BigInt(gap.horizon));
  let upTo = BigInt(mark.upTo);
  for (const text of look.ids) {
    const id = BigInt(text);
    if (id <= upTo) continue;
    if (BigInt(gaps.length) + (id - upTo - 1n) > MOST_GAPS) break;
    for (let missing = upTo + 1n; missing < id; missing += 1n) gaps.push({ id: String(missing), horizon: look.xmax });
    upTo = id;
  }
  return { mark: { upTo: String(upTo), gaps }, upTo: String(upTo) };
}
