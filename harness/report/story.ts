import type { RunRecord } from "#core/result.ts";
import { deriveSeries, type RunSeries } from "./series.ts";
import { type FaultStory, faultStories } from "./story/faults.ts";
import { type Impact, impactOf } from "./story/impact.ts";
import { type Alarm, alarmsOf, type Pain, painOf } from "./story/pain.ts";
import { type TimelineLine, timelineOf } from "./story/timeline.ts";

/** Everything that the files of a result show, derived from the record of a run once. */
export interface Story {
  readonly record: RunRecord;
  readonly series: RunSeries;
  readonly faults: readonly FaultStory[];
  readonly pains: readonly Pain[];
  readonly alarms: readonly Alarm[];
  readonly impact: Impact;
  readonly timeline: readonly TimelineLine[];
}

const told = new WeakMap<RunRecord, Story>();

/** The same record gives the same story: eight files of a folder share one derivation. */
export function storyOf(record: RunRecord): Story {
  const known = told.get(record);
  if (known !== undefined) return known;
  const series = deriveSeries(record);
  const faults = faultStories(record, series);
  const pains = painOf(faults, record.result.scenario, series);
  const alarms = alarmsOf(record.result.scenario, series);
  const story: Story = {
    record,
    series,
    faults,
    pains,
    alarms,
    impact: impactOf(record.records, record.result.scenario, series),
    timeline: timelineOf(record, series, { faults, pains, alarms }),
  };
  told.set(record, story);
  return story;
}
