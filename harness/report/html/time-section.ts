import { formatIn } from "../format.ts";
import type { Panel, RunSeries, Track } from "../series.ts";
import { type HeatMap, heatMap } from "../story/pages.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { frameOf, lanes } from "./lanes.ts";
import { backdrop, PLOT_HEIGHT, type PlotFrame, plot } from "./plot.ts";

/** Section 3: one time axis under a stack of charts, in the order in which load travels. */
export function timeSection(story: Story): Markup {
  const frame = frameOf(story);
  const { panels } = story.series;
  return markup`<section id="time"><h2><span>3</span> What happened, when?</h2>
<p class="note">All charts share one axis; 00:00 is the first planned request. Shaded: a fault in force. Latency counts from the planned start of each attempt, failures included.<span class="scripted" hidden> Point at a chart to read all of them at once; click a phase or fault to zoom to it, drag to zoom anywhere, Escape for the whole run.</span></p>
<div class="charts" tabindex="0" aria-label="Charts of the run; arrow keys move the cursor">${lanes(story)}${panels.map((panel) => panelRow(panel, frame))}</div>
<p class="tools scripted" hidden><button type="button" data-reset>whole run</button> <output data-cursor></output></p></section>`;
}

/** One chart with its legend. The numbers beside the names are the largest values; the cursor replaces them. */
export function panelRow(panel: Panel, frame: PlotFrame, largest?: number): Markup {
  const sampled = panel.tracks.filter((track) => track.values.some((value) => value !== undefined));
  if (sampled.length === 0) {
    return markup`<div class="row"><div class="label"><h3>${panel.title}</h3></div><p class="absent">not sampled: ${panel.missing}</p></div>`;
  }
  const told = panel.kind === "stack" ? sampled.filter((track) => (largestValue(track) ?? 0) > 0) : sampled;
  return markup`<div class="row"><div class="label"><h3>${panel.title}</h3><ul class="legend">${[...told].map((track) => legend(track))}${
    told.length === 0 ? markup`<li class="none">none</li>` : undefined
  }</ul></div>${plot({ ...panel, tracks: sampled }, frame, largest)}</div>`;
}

function largestValue(track: Track): number | undefined {
  let largest: number | undefined;
  for (const value of track.values)
    if (value !== undefined && (largest === undefined || value > largest)) largest = value;
  return largest;
}

function legend(track: Track): Markup {
  const largest = largestValue(track);
  return markup`<li><i class="key tone-${track.tone}"></i><span>${track.label}</span><output data-track="${track.id}">${
    largest === undefined ? "" : formatIn(track.unit, largest)
  }</output></li>`;
}

/** What the cursor reads: rounded to four digits, null where nothing was sampled. */
export function cursorData(series: RunSeries): unknown {
  return {
    seconds: series.seconds,
    tracks: series.panels.flatMap((panel) =>
      panel.tracks
        .filter((track) => track.values.some((value) => value !== undefined))
        .map((track) => ({
          id: track.id,
          unit: track.unit,
          values: track.values.map((value) => (value === undefined ? null : Number(value.toPrecision(4)))),
        })),
    ),
  };
}

/** Four shades are as many as an eye tells apart without a key. */
const SHADES = 4;

/** The heat map on the same axis: how many attempts took how long, when. */
export function heatRow(story: Story): Markup {
  const frame = frameOf(story);
  const map = heatMap(story.series);
  if (map.largest === 0) return markup`<p class="absent">no attempt reached the history</p>`;
  const height = PLOT_HEIGHT / map.rowsMs.length;
  const paths = Array.from({ length: SHADES }, (_, shade) => shadePath(map, shade, height));
  return markup`<div class="row"><div class="label"><h3>Attempts by latency</h3><p class="note">1 ms at the foot, 10 s at the top; the darker, the more attempts.</p></div><svg class="plot tall" role="img" aria-label="Heat map of latency over time"><svg class="stretch" width="100%" height="100%" viewBox="0 0 ${frame.seconds} ${PLOT_HEIGHT}" preserveAspectRatio="none">${backdrop(frame)}${paths.map(
    (path, shade) => markup`<path class="heat heat-${shade + 1}" d="${path}"/>`,
  )}</svg>${["10 s", "1 s", "100 ms", "10 ms"].map((word, index) => markup`<text class="tick" x="0" y="${(index * 400) / 17 + 4}%" dy="4">${word}</text>`)}</svg></div>`;
}

function shadePath(map: HeatMap, shade: number, height: number): string {
  let path = "";
  for (const [row, counts] of map.cells.entries()) {
    const y = Math.round(PLOT_HEIGHT - (row + 1) * height);
    for (const [column, count] of counts.entries()) {
      if (count === 0) continue;
      // The square root keeps the few slow attempts visible beside the many fast ones.
      const level = Math.min(SHADES - 1, Math.floor(Math.sqrt(count / map.largest) * SHADES));
      if (level === shade)
        path += `M${column * map.columnSeconds} ${y}h${map.columnSeconds}v${Math.round(height)}h-${map.columnSeconds}z`;
    }
  }
  return path;
}
