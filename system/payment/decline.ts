import { createHash } from "node:crypto";
import { purchaseOf } from "./purchase.ts";

/**
 * Share of cards that the bank does not accept. About a tenth of the money of online shops is refused at authorisation,
 * and a shop in good standing is expected to see 85 % or more of its payments approved: published figures lie between 5
 * and 25 %.
 */
export const DECLINED_SHARE = 0.1;

/**
 * Whether the card of this purchase is declined: a function of seed and purchase, whoever asks and however often, so that
 * the same buyer is declined in both arms of a pair.
 */
export function isDeclined(seed: string, orderKey: string, share: number): boolean {
  const digest = createHash("sha256")
    .update(`${seed}/decline/${purchaseOf(orderKey)}`)
    .digest();
  return digest.readUInt32BE(0) / 0x1_0000_0000 < share;
}
