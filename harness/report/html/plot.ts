import { formatIn } from "../format.ts";
import type { Panel, Values } from "../series.ts";
import { type Markup, markup } from "../text/markup.ts";

/** Height of a plot in its own units: fine enough for whole numbers, which keep paths short. */
export const PLOT_HEIGHT = 1_000;

/** A stretch of the time axis that is shown behind every plot, in seconds. */
interface Band {
  readonly from: number;
  readonly to: number;
}

export interface PlotFrame {
  readonly seconds: number;
  readonly bands: readonly Band[];
  /** Seconds at which a phase begins. */
  readonly edges: readonly number[];
}

interface Scale {
  readonly y: (value: number) => number;
  /** Values that get a grid line and a label. */
  readonly ticks: readonly number[];
}

const STEPS = [1, 2, 2.5, 5, 10] as const;

/** Room above and below, so that a line at the very top or at zero is drawn whole. */
const MARGIN = 25;

function heightOf(share: number): number {
  return Math.round(PLOT_HEIGHT - MARGIN - (PLOT_HEIGHT - 2 * MARGIN) * share);
}

/** The next round number: what an axis ends at. */
function roundUp(value: number): number {
  if (value <= 0) return 1;
  const decade = 10 ** Math.floor(Math.log10(value));
  return (STEPS.find((step) => step * decade >= value * 0.999_999) ?? 10) * decade;
}

/** The largest value that a panel must show; stacks add up. */
export function largestOf(panel: Panel): number {
  let largest = panel.target?.value ?? 0;
  const length = Math.max(0, ...panel.tracks.map((track) => track.values.length));
  for (let at = 0; at < length; at += 1) {
    let sum = 0;
    for (const track of panel.tracks) {
      const value = track.values[at] ?? 0;
      sum = panel.kind === "stack" ? sum + value : Math.max(sum, value);
    }
    largest = Math.max(largest, sum);
  }
  return largest;
}

function scaleOf(panel: Panel, largest = largestOf(panel)): Scale {
  if (panel.scale === "log") {
    // From 1 ms: below it a network's noise is no latency of a shop. To 1 s at least, so that runs look alike.
    const decades = Math.max(3, Math.log10(roundUp(Math.max(1, largest))));
    return {
      y: (value) => heightOf(Math.log10(Math.max(1, value)) / decades),
      ticks: Array.from({ length: Math.floor(decades) + 1 }, (_, decade) => 10 ** decade),
    };
  }
  const top = panel.unit === "%" ? 100 : roundUp(largest);
  return { y: (value) => heightOf(Math.min(value, top) / top), ticks: [0, top / 2, top] };
}

/** A path through whole-second points; a gap in the values is a gap in the line. */
function linePath(values: Values, y: Scale["y"]): string {
  let path = "";
  let last: number | undefined;
  for (const [at, value] of values.entries()) {
    if (value === undefined) {
      last = undefined;
      continue;
    }
    const now = y(value);
    // A lone second would be a point without length, which no renderer draws.
    if (last === undefined) path += `M${at} ${now}${values[at + 1] === undefined ? "h1" : ""}`;
    else path += `l1 ${now - last}`;
    last = now;
  }
  return path;
}

/** The area between two lines, a closed shape for each stretch without gaps. */
function areaPath(lower: Values, upper: Values, y: Scale["y"]): string {
  let path = "";
  for (let at = 0; at < upper.length; at += 1) {
    if (upper[at] === undefined) continue;
    let end = at;
    while (end + 1 < upper.length && upper[end + 1] !== undefined) end += 1;
    let last = y(upper[at] ?? 0);
    path += `M${at} ${last}`;
    for (let next = at + 1; next <= end; next += 1) {
      const now = y(upper[next] ?? 0);
      path += `l1 ${now - last}`;
      last = now;
    }
    if (end === at) path += "h1";
    for (let back = end; back >= at; back -= 1) {
      const now = y(lower[back] ?? 0);
      path += back === end ? `V${now}` : `l-1 ${now - last}`;
      last = now;
    }
    path += "Z";
    at = end;
  }
  return path;
}

/** Bands of faults, edges of phases: what all plots share. */
export function backdrop(frame: PlotFrame): Markup {
  return markup`${frame.bands.map(
    (band) =>
      markup`<rect class="band" x="${band.from}" y="0" width="${Math.max(0, band.to - band.from)}" height="${PLOT_HEIGHT}"/>`,
  )}<path class="edge" d="${frame.edges.map((edge) => `M${edge} 0V${PLOT_HEIGHT}`).join("")}"/>`;
}

/** The marks of one panel inside its stretched drawing. */
function marks(panel: Panel, scale: Scale): readonly Markup[] {
  if (panel.kind === "lines") {
    // The most important track is first, and drawn last, on top.
    return [...panel.tracks]
      .reverse()
      .map((track) => markup`<path class="line tone-${track.tone}" d="${linePath(track.values, scale.y)}"/>`);
  }
  let lower: Values = [];
  return panel.tracks.map((track) => {
    const below = lower;
    const upper = track.values.map((value, at) => {
      const base = below[at];
      return value === undefined ? base : value + (base ?? 0);
    });
    const any = track.values.some((value) => value !== undefined && value > 0);
    lower = upper;
    return any ? markup`<path class="area tone-${track.tone}" d="${areaPath(below, upper, scale.y)}"/>` : markup``;
  });
}

/** One plot as SVG that stretches with the page: shapes are scaled, lines and words are not. */
export function plot(panel: Panel, frame: PlotFrame, largest?: number): Markup {
  const scale = scaleOf(panel, largest);
  const at = (value: number): string => `${scale.y(value) / (PLOT_HEIGHT / 100)}%`;
  const title = `${panel.title} over time`;
  return markup`<svg class="plot${panel.scale === "log" ? " tall" : ""}" role="img" aria-label="${title}" data-panel="${panel.id}"><svg class="stretch" width="100%" height="100%" viewBox="0 0 ${frame.seconds} ${PLOT_HEIGHT}" preserveAspectRatio="none">${panel.kind === "lines" ? backdrop(frame) : undefined}<path class="grid" d="${scale.ticks.map((tick) => `M0 ${scale.y(tick)}H${frame.seconds}`).join("")}"/>${marks(panel, scale)}${panel.kind === "stack" ? backdrop(frame) : undefined}${
    panel.target === undefined
      ? undefined
      : markup`<path class="target" d="M0 ${scale.y(panel.target.value)}H${frame.seconds}"/>`
  }</svg>${scale.ticks
    .filter((tick) => panel.scale === "log" || tick === 0 || tick === scale.ticks.at(-1))
    .map(
      (tick) =>
        markup`<text class="tick${tick === scale.ticks[0] ? " foot" : ""}" x="0" y="${at(tick)}" dy="4">${formatIn(panel.unit, tick)}</text>`,
    )}${
    panel.target === undefined
      ? undefined
      : markup`<text class="tick target-word" x="100%" dx="-4" y="${at(panel.target.value)}" dy="-4">${panel.target.label}</text>`
  }</svg>`;
}
