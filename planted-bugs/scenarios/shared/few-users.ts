import type { LoadShape } from "#core/scenario.ts";
import { blackFriday } from "#scenarios/shared/load.ts";

/**
 * The quick surge with an eighth of the users and all of the buyers: mistakes show where people buy, and a machine that
 * is busy with others' work has to keep up all the same. The stock of the door-busters is divided by the scale as well:
 * ten of each, so that they are sold out early.
 */
export function fewUsers(): LoadShape {
  return blackFriday({ scale: 4_000, pace: "quick" });
}
