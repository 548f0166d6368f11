import type { LoadShape } from "#core/scenario.ts";
import { blackFriday } from "#scenarios/shared/load.ts";

/**
 * The quick surge with a quarter of the users and all of the buyers: mistakes are made by those who buy, and a machine
 * that is busy with others' work has to keep up all the same. `scale` also divides the stock of the door-busters.
 */
export function fewUsers({ scale = 2_000 }: { readonly scale?: number } = {}): LoadShape {
  return blackFriday({ scale, pace: "quick" });
}
