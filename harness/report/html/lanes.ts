import { formatMoment } from "#core/duration.ts";
import { loadLengthMs, phaseSpan } from "#core/scenario.ts";
import { latencyLimit } from "../series.ts";
import { hurts, promisedAvailability } from "../story/pain.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import type { PlotFrame } from "./plot.ts";

/** A bar on a lane, in seconds of the time axis. */
interface Bar {
  readonly from: number;
  readonly to: number;
  readonly tone: string;
  /** Written inside the bar where it fits. */
  readonly label?: string;
  readonly hint: string;
  readonly zoom?: boolean;
}

interface Lane {
  readonly name: Markup | string;
  readonly bars: readonly Bar[];
}

/** What all plots of a run share: its length, the windows of its faults, the edges of its phases. */
export function frameOf({ series, faults, record }: Story): PlotFrame {
  const { load } = record.result.scenario;
  return {
    seconds: Math.max(1, series.seconds),
    bands: faults.flatMap(({ window }) =>
      window === undefined ? [] : [{ from: window.fromMs / 1_000, to: window.toMs / 1_000 }],
    ),
    edges: load.phases.flatMap(({ name }) => {
      const span = phaseSpan(load, name);
      return span === undefined || span.fromMs === 0 ? [] : [span.fromMs / 1_000];
    }),
  };
}

/** Phases, faults, what users felt and what an alarm would have said: the head of the time axis. */
export function lanes(story: Story, seconds = frameOf(story).seconds): Markup {
  const all = [phaseLane(story), ...faultLanes(story), hurtLane(story), alarmLane(story)].filter(
    (lane) => lane !== undefined,
  );
  return markup`<div class="lanes">${all.map(
    (lane) =>
      markup`<div class="row"><div class="label">${lane.name}</div><svg class="lane" role="presentation">${lane.bars.map((bar) => drawBar(bar, seconds))}</svg></div>`,
  )}${axis(seconds)}</div>`;
}

function percent(second: number, seconds: number): string {
  return `${Number(((100 * second) / seconds).toFixed(3))}%`;
}

function drawBar(bar: Bar, seconds: number): Markup {
  const wide = (bar.to - bar.from) / seconds;
  // Nine pixels a letter on a plot of 800 pixels: a longer label would leave its bar.
  const fits = bar.label !== undefined && wide * 800 > bar.label.length * 7;
  const zoom = bar.zoom === true ? markup` data-zoom` : markup``;
  return markup`<g class="bar tone-${bar.tone}" data-from="${bar.from}" data-to="${bar.to}"${zoom}><title>${bar.hint}</title><rect x="${percent(bar.from, seconds)}" y="1" width="${percent(Math.max(bar.to - bar.from, seconds / 500), seconds)}" height="16"/>${
    fits ? markup`<text x="${percent(bar.from, seconds)}" dx="5" y="13">${bar.label}</text>` : undefined
  }</g>`;
}

/** Ticks at round distances: about seven of them. */
function axis(seconds: number): Markup {
  const step = [10, 15, 30, 60, 120, 300, 600, 1_200].find((candidate) => seconds / candidate <= 8) ?? 1_800;
  const ticks = Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step);
  return markup`<div class="row"><div class="label"></div><svg class="axis" data-axis>${ticks.map(
    (tick) =>
      markup`<text x="${percent(tick, seconds)}" y="11" class="${tick === 0 ? "first" : tick > seconds * 0.96 ? "last" : ""}">${formatMoment(tick * 1_000)}</text>`,
  )}</svg></div>`;
}

function phaseLane({ record }: Story): Lane {
  const { load } = record.result.scenario;
  const end = loadLengthMs(load);
  return {
    name: "Phases",
    bars: load.phases.flatMap((phase) => {
      const span = phaseSpan(load, phase.name);
      if (span === undefined || end === 0) return [];
      const users = Math.round(phase.users / load.scale);
      const hint = `${phase.name}: ${formatMoment(span.fromMs)} to ${formatMoment(span.toMs)}, to ${users} users`;
      return [{ from: span.fromMs / 1_000, to: span.toMs / 1_000, tone: "phase", label: phase.name, hint, zoom: true }];
    }),
  };
}

function faultLanes({ faults }: Story): readonly Lane[] {
  return faults.flatMap((fault) => {
    if (fault.window === undefined) return [];
    const { fromMs, toMs } = fault.window;
    const dose = [
      fault.asked === undefined ? "" : `asked ${fault.asked}`,
      fault.measured === undefined ? "" : `measured ${fault.measured}`,
    ];
    const hint = `${fault.title}; ${dose.filter((part) => part !== "").join(", ")}; ${formatMoment(fromMs)} to ${formatMoment(toMs)}`;
    const bar: Bar = {
      from: fromMs / 1_000,
      to: toMs / 1_000,
      tone: fault.state === "unproven" || fault.state === "not-healed" ? "unproven" : "fault",
      label: fault.measured ?? fault.letter,
      hint,
      zoom: true,
    };
    return [{ name: markup`<a href="#fault-${fault.letter}"><b>${fault.letter}</b> ${fault.title}</a>`, bars: [bar] }];
  });
}

function hurtLane({ series, record }: Story): Lane {
  const { scenario } = record.result;
  const promised = promisedAvailability(scenario);
  const limitMs = latencyLimit(scenario, "all") ?? Number.POSITIVE_INFINITY;
  const bars: { from: number; to: number; tone: string; hint: string }[] = [];
  for (let second = 0; second < series.seconds; second += 1) {
    if (!hurts(series.lanes.shoppers.at(second), promised, limitMs)) continue;
    const open = bars.at(-1);
    if (open !== undefined && open.to === second) open.to = second + 1;
    else bars.push({ from: second, to: second + 1, tone: "hurt", hint: "" });
  }
  for (const bar of bars)
    bar.hint = `users outside the objective: ${formatMoment(bar.from * 1_000)} to ${formatMoment(bar.to * 1_000)}`;
  return { name: "Outside the objective", bars };
}

function alarmLane({ alarms }: Story): Lane | undefined {
  if (alarms.length === 0) return undefined;
  return {
    name: "Alarm (burn rate)",
    bars: alarms.map((alarm) => ({
      from: alarm.fromMs / 1_000,
      to: alarm.toMs / 1_000,
      tone: "alarm",
      hint: `${alarm.name}: ${formatMoment(alarm.fromMs)} to ${formatMoment(alarm.toMs)}`,
    })),
  };
}
