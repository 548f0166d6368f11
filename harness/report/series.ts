import { loadZero } from "#core/history.ts";
import type { RunRecord } from "#core/result.ts";
import { loadLengthMs } from "#core/scenario.ts";
import { loadPanels } from "./series/load-panels.ts";
import { type LoadByLane, newLoadByLane } from "./series/load-seconds.ts";
import type { Panel } from "./series/panel.ts";
import { shopPanels } from "./series/shop-panels.ts";
import { type ShopTracks, shopTracks } from "./series/shop-tracks.ts";

export { CAUSES, latencyLimit } from "./series/load-panels.ts";
export type { LoadSecond } from "./series/load-seconds.ts";
export type { Panel, Track } from "./series/panel.ts";
export type { Values } from "./series/sample-track.ts";
export { TIERS } from "./series/shop-tracks.ts";

/** All per-second series of a run, derived once. Second 0 begins with the first planned request. */
export interface RunSeries {
  /** Run clock at the first planned request; 0 when no load ever began. */
  readonly zeroMs: number;
  readonly seconds: number;
  readonly lanes: LoadByLane;
  readonly shop: ShopTracks;
  readonly panels: readonly Panel[];
}

/** Three hours: the longest scenario takes 20 minutes, and a single wrong second must not fill the memory. */
const LONGEST_SECONDS = 3 * 3_600;

export function deriveSeries({ result, records }: RunRecord): RunSeries {
  const zeroMs = loadZero(records) ?? 0;
  const lanes = newLoadByLane();
  for (const record of records) if (record.kind === "load.batch") lanes[record.lane].add(record);
  const planned = loadZero(records) === undefined ? 0 : Math.ceil(loadLengthMs(result.scenario.load) / 1_000);
  const last = Math.max(lanes.shoppers.last, lanes.buyers.last, lanes.bots.last) + 1;
  const seconds = Math.min(LONGEST_SECONDS, Math.max(planned, last));
  const shop = shopTracks(records, result.topology, zeroMs, seconds);
  const panels = [
    ...loadPanels(records, result.scenario, lanes, seconds),
    ...shopPanels(result.scenario, shop, seconds),
  ];
  return { zeroMs, seconds, lanes, shop, panels };
}
