import { formatMoment } from "#core/duration.ts";
import type { Histogram } from "#core/histogram.ts";
import { bucketUpperMs } from "#core/histogram.ts";
import { formatCount, formatLatency, formatShare } from "../format.ts";
import { CAUSES } from "../series.ts";
import { type Distribution, distributions, type PageFigures, pageFigures, slowest } from "../story/pages.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { heatRow } from "./time-section.ts";

/** Section 4: where the time went, and whom it hit. */
export function pagesSection(story: Story): Markup {
  const { records } = story.record;
  const rows = pageFigures(records);
  const shapes = distributions(records, story.faults);
  return markup`<section id="pages"><h2><span>4</span> Where did the time go, whom did it hit?</h2>
<div class="charts">${heatRow(story)}</div>
<div class="shapes">${shapes.map(shape)}</div>
<p class="note">Share of attempts by latency, 1 ms to 10 s, logarithmic. Filled: outside faults. Line: while a fault was in force.</p>
<div class="scroll"><table><thead><tr><th>Page</th><th>Region</th><th class="n">Attempts</th><th class="n">Good</th><th class="n">p50</th><th class="n">p95</th><th class="n">p99</th><th class="n">Max</th><th>Failures by cause</th></tr></thead><tbody>${rows.map(pageRow)}</tbody></table></div>
${slowestTable(story)}</section>`;
}

const BINS = 32;
const DECADES = 4;

/** Share of attempts per bin of a logarithmic axis from 1 ms to 10 s. */
function density(histogram: Histogram): readonly number[] {
  const bins = new Array<number>(BINS).fill(0);
  for (const [bucket, count] of histogram.sorted()) {
    const place = Math.floor((Math.log10(Math.max(1, bucketUpperMs(bucket))) / DECADES) * BINS);
    const bin = Math.min(BINS - 1, Math.max(0, place));
    bins[bin] = (bins[bin] ?? 0) + count / histogram.total;
  }
  return bins;
}

function shape({ page, outside, inside }: Distribution): Markup {
  const both = [density(outside), density(inside)] as const;
  const top = Math.max(...both[0], ...both[1], 0.01);
  const steps = (bins: readonly number[]): string =>
    bins.map((share, bin) => `${bin === 0 ? "M0 " : "V"}${Math.round(100 - (96 * share) / top)}H${bin + 1}`).join("");
  return markup`<figure><figcaption><b>${page === "all" ? "all pages" : page}</b> <span>p99 ${formatLatency(outside.quantile(0.99))}${
    inside.total === 0 ? "" : `; in faults ${formatLatency(inside.quantile(0.99))}`
  }</span></figcaption><svg viewBox="0 0 ${BINS} 100" preserveAspectRatio="none" role="img" aria-label="Latency distribution of ${page}"><path class="grid" d="M0 100H${BINS}${[1, 2, 3].map((decade) => `M${(decade * BINS) / DECADES} 0V100`).join("")}"/>${
    outside.total === 0 ? undefined : markup`<path class="area tone-good" d="${steps(both[0])}V100H0Z"/>`
  }${inside.total === 0 ? undefined : markup`<path class="line tone-bad" d="${steps(both[1])}"/>`}</svg></figure>`;
}

function pageRow(row: PageFigures): Markup {
  const all = row.good + row.bad;
  const causes = CAUSES.flatMap(({ outcome, label }) => {
    const count = row.causes.get(outcome);
    return count === undefined ? [] : [`${label}: ${formatCount(count)}`];
  });
  const name = row.page === "all" ? "all pages" : row.page === "buyers" ? "buyers’ lane" : row.page;
  return markup`<tr class="${row.page === "all" || row.page === "buyers" ? "sum" : ""}"><td>${name}</td><td>${row.region}</td><td class="n">${formatCount(all)}</td><td class="n">${formatShare(all === 0 ? undefined : row.good / all)}</td><td class="n">${formatLatency(row.latency.quantile(0.5))}</td><td class="n">${formatLatency(row.latency.quantile(0.95))}</td><td class="n strong">${formatLatency(row.latency.quantile(0.99))}</td><td class="n">${formatLatency(row.latency.quantile(1))}</td><td class="quiet">${causes.join(", ")}</td></tr>`;
}

/** Ten show whether the slow ones have something in common; the rest is in the history. */
const SLOWEST = 10;

function slowestTable({ record, series }: Story): Markup {
  const rows = slowest(record.records, SLOWEST);
  if (rows.length === 0) return markup`<p class="absent">No single attempt was recorded in full.</p>`;
  return markup`<details><summary>The ${rows.length} slowest attempts on record; their request ids are in the edge’s log, which knows the hops</summary><div class="scroll"><table><thead><tr><th>Planned at</th><th>Page</th><th>Region</th><th>Lane</th><th class="n">Took</th><th class="n">Status</th><th>Outcome</th><th>Request id</th><th>Source</th></tr></thead><tbody>${rows.map(
    (row) =>
      markup`<tr><td>${formatMoment(Math.min(row.plannedMs, series.seconds * 1_000))}</td><td>${row.page}</td><td>${row.region}</td><td>${row.lane}</td><td class="n">${formatLatency(row.durationMs)}</td><td class="n">${row.status === 0 ? "none" : row.status}</td><td>${row.outcome}${row.error === undefined ? "" : `: ${row.error}`}</td><td><code>${row.id}</code></td><td class="quiet">#${row.seq}</td></tr>`,
  )}</tbody></table></div></details>`;
}
