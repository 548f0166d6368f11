import type { Part } from "../truth.ts";
import { counted, type Offence } from "./finding.ts";
import type { Clashes } from "./material.ts";

/**
 * Of keys that came back with another body so many must have been refused before anything is said of the rest. A shop
 * that lets every second one pass is not noticed by five of them in one run of 32.
 */
const LEAST_REFUSED = 5;

/** What is to be said of keys that came back with another body. */
export interface ClashFinding {
  readonly offences: readonly Offence[];
  /** For people; empty where the load sent none, as those before there were any. */
  readonly note: string;
  /** Why nothing can be said; undefined where enough was seen. */
  readonly missing?: string;
}

/**
 * The other half of a key's contract: with the body of before it gets the answer of before, with another body a 422 that
 * says why. A shop that looks at the key alone tells a buyer "your order is placed" of goods that nobody will send.
 * Whoever got no answer, or "not now", learnt nothing.
 */
export function judgeClashes({ planned, sent }: Clashes, orders: readonly Part<"orders">[number][]): ClashFinding {
  const offences: Offence[] = [];
  const keys = new Set(sent.map(({ key }) => key));
  const ordersPerKey = new Map<string, number>();
  for (const { key } of orders) if (keys.has(key)) ordersPerKey.set(key, (ordersPerKey.get(key) ?? 0) + 1);
  for (const { key, status, orderId, seq } of sent) {
    // Of an answer that broke off on its way the status alone says that the shop took the key for the other purchase's.
    const isReply = (status >= 200 && status < 400) || status === 410;
    const stored = ordersPerKey.get(key) ?? 0;
    if (isReply) {
      const what = orderId === undefined ? "" : ` and order ${orderId}`;
      offences.push({
        text: `key ${key} came back with another body and was told ${status}${what}, no 422`,
        seqs: [seq],
      });
    } else if (stored > 1) {
      offences.push({ text: `key ${key} came back with another body and has ${stored} orders`, seqs: [seq] });
    }
  }
  const refused = sent.filter(({ isRefused }) => isRefused).length;
  const note = `${refused} of ${counted(sent.length, "key")} that came back with another body were refused as they should`;
  const least = Math.min(LEAST_REFUSED, planned);
  if (planned === 0 && sent.length === 0) return { offences, note: "" };
  if (refused >= least) return { offences, note };
  const why = `${note}, ${planned} were planned: it takes ${least} to say that a key is good for one body only`;
  return { offences, note, missing: why };
}
