import { createHash } from "node:crypto";
import { purchaseOf } from "./purchase.ts";

/**
 * How long the provider takes to answer. This is the outside world, not the shop: a card payment crosses a bank's
 * systems, and the shop has to live with it in both arms of a comparison. Log-normal with the median and the 99th
 * percentile that the brief of this testbed states.
 */
const MEDIAN_MS = 300;
const P99_MS = 1_200;

/** The 99th percentile of the standard normal distribution. */
const Z_99 = 2.326347874;

/** ln(p99 / median) / z: 0.596. */
const SIGMA = Math.log(P99_MS / MEDIAN_MS) / Z_99;

/** Four sigma are 3.3 s. One answer in 30,000 would be later; the cut keeps every client's deadline (5 s) meaningful. */
const LARGEST_Z = 4;

/**
 * The answer time of one capture, milliseconds: a function of seed and purchase, whoever asks and however often, so that
 * the same purchase waits the same time in both arms.
 */
export function answerDelayMs(seed: string, orderKey: string): number {
  const digest = createHash("sha256")
    .update(`${seed}/payment/${purchaseOf(orderKey)}`)
    .digest();
  // Box-Muller: two independent uniform numbers, the first never 0, make one normal number.
  const first = (digest.readUInt32BE(0) + 1) / 0x1_0000_0000;
  const second = digest.readUInt32BE(4) / 0x1_0000_0000;
  const normal = Math.sqrt(-2 * Math.log(first)) * Math.cos(2 * Math.PI * second);
  return MEDIAN_MS * Math.exp(SIGMA * Math.max(-LARGEST_Z, Math.min(LARGEST_Z, normal)));
}
