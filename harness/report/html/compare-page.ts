import type { RunRecord } from "#core/result.ts";
import { cautions, comparedRows, namesOf } from "../compare.ts";
import type { Panel, RunSeries } from "../series.ts";
import { type Story, storyOf } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { STATE_WORDS } from "../verdict-words.ts";
import { frameOf, lanes } from "./lanes.ts";
import { documentOf } from "./page.ts";
import { largestOf, type PlotFrame } from "./plot.ts";
import { cursorData, panelRow } from "./time-section.ts";

/** `compare.html`: two runs side by side, the same charts on the same axes. */
export function renderComparePage(a: RunRecord, b: RunRecord): string {
  const stories = [storyOf(a), storyOf(b)] as const;
  const names = namesOf(a, b);
  const body = markup`<header class="top"><p class="kicker">doorbuster <span>compare</span></p><h1>${a.result.scenario.title}</h1><p class="question">${a.result.scenario.question}</p></header>
<div class="pair">${stories.map((story, index) => answer(story, names[index] ?? ""))}</div>
<section><h2>Figures</h2><div class="scroll"><table><thead><tr><th></th><th class="n">${names[0]}</th><th class="n">${names[1]}</th></tr></thead><tbody>${comparedRows(
    a,
    b,
  ).map(
    (row) => markup`<tr><td>${row.name}</td><td class="n strong">${row.a}</td><td class="n strong">${row.b}</td></tr>`,
  )}</tbody></table></div><ul class="note">${cautions(a, b).map((note) => markup`<li>${note}</li>`)}</ul></section>
<section id="time"><h2>What happened, when?</h2><p class="note">Both columns have the same axes.<span class="scripted" hidden> The cursor reads both runs at the same second of the load.</span></p><div class="pair">${columns(stories, names)}</div><p class="tools scripted" hidden><button type="button" data-reset>whole run</button> <output data-cursor></output></p></section>`;
  const runs = stories.map((story) => cursorData(story.series));
  return documentOf(`${names[0]} and ${names[1]}: ${a.result.scenario.title}`, body, { runs });
}

function answer({ record }: Story, name: string): Markup {
  const { word, symbol } = STATE_WORDS[record.result.verdict];
  return markup`<div class="top ${record.result.verdict}"><h2>${name}</h2><div class="answer"><p class="word"><b aria-hidden="true">${symbol}</b>${word}</p><p class="sentence">${record.result.sentence}</p></div><p class="note"><code>${record.result.repeat}</code></p></div>`;
}

function columns(stories: readonly [Story, Story], names: readonly string[]): readonly Markup[] {
  const seconds = Math.max(...stories.map((story) => frameOf(story).seconds));
  const frames = stories.map((story): PlotFrame => ({ ...frameOf(story), seconds }));
  const ids = stories[0].series.panels.map((panel) => panel.id);
  const panelOf = (series: RunSeries, id: string): Panel | undefined => series.panels.find((panel) => panel.id === id);
  const tops = new Map(
    ids.map((id) => [id, Math.max(...stories.map(({ series }) => largestOf(panelOf(series, id) ?? NOTHING)))] as const),
  );
  return stories.map((story, index) => {
    const frame = frames[index] ?? frameOf(story);
    return markup`<div class="charts" data-run="${index}" tabindex="0"><h3>${names[index]}</h3>${lanes(story, seconds)}${ids.map(
      (id) => {
        const panel = panelOf(story.series, id);
        return panel === undefined ? undefined : panelRow(panel, frame, tops.get(id));
      },
    )}</div>`;
  });
}

const NOTHING: Panel = { id: "", title: "", kind: "lines", scale: "linear", unit: "/s", tracks: [], missing: "" };
