import type { Renderer } from "#core/result.ts";
import { phaseSpan } from "#core/scenario.ts";
import { storyOf } from "./story.ts";
import { csvLine } from "./text/csv.ts";

/** `timeseries.csv`: a row a second, a column a track of the charts; an empty cell was not sampled. */
export const timeseries: Renderer = {
  file: "timeseries.csv",
  render(record) {
    const { series, faults } = storyOf(record);
    const tracks = series.panels.flatMap((panel) => panel.tracks);
    const { load } = record.result.scenario;
    const spans = load.phases.flatMap(({ name }) => {
      const span = phaseSpan(load, name);
      return span === undefined ? [] : [{ name, ...span }];
    });
    const lines = [csvLine(["second", "phase", "faults", ...tracks.map((track) => `${track.id} (${track.unit})`)])];
    for (let second = 0; second < series.seconds; second += 1) {
      const atMs = second * 1_000;
      const phase = spans.find((span) => span.fromMs <= atMs && atMs < span.toMs)?.name ?? "";
      const inForce = faults
        .filter(({ window }) => window !== undefined && atMs + 1_000 > window.fromMs && atMs < window.toMs)
        .map((fault) => fault.id);
      lines.push(csvLine([second, phase, inForce.join(" "), ...tracks.map((track) => rounded(track.values[second]))]));
    }
    return `${lines.join("\n")}\n`;
  },
};

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(6));
}
