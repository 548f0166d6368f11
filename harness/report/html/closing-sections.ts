import { Histogram } from "#core/histogram.ts";
import { phaseSpan } from "#core/scenario.ts";
import { formatCount, formatLatency, formatNumber, formatShare } from "../format.ts";
import { TIERS, type Values } from "../series.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { objectivesTable } from "./objectives-section.ts";

/** Section 6: the invariants, with what was compared and what offends. */
export function ordersSection(story: Story): Markup {
  const judged = story.record.result.objectives.filter((objective) => objective.group === "orders");
  const { orders } = story.impact;
  return markup`<section id="orders"><h2><span>6</span> Was anything lost?</h2>
<p>${formatCount(orders.wanted)} orders were wanted under keys of their own: ${formatCount(orders.accepted)} accepted, ${formatCount(orders.soldOut)} answered sold out, ${formatCount(orders.failed)} surely without effect, ${formatCount(orders.unknown)} of unknown outcome. After the shop had come to rest its books were compared with these.</p>
${judged.length === 0 ? markup`<p class="absent">No invariant was judged.</p>` : objectivesTable(judged, story)}</section>`;
}

function total(values: Values | undefined, fromMs = 0, toMs = Number.POSITIVE_INFINITY): number | undefined {
  if (values === undefined) return undefined;
  return values.reduce<number>(
    (sum, value, second) => (second * 1_000 >= fromMs && second * 1_000 < toMs ? sum + (value ?? 0) : sum),
    0,
  );
}

function largest(values: Values | undefined): number | undefined {
  return values === undefined ? undefined : values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
}

/** Section 7: who answered the reads, and what else stood between the surge and the database. */
export function protectionsSection(story: Story): Markup {
  const { shop } = story.series;
  const { scenario, topology, objectives } = story.record.result;
  const peak = phaseSpan(scenario.load, scenario.load.peakPhase);
  const whole = TIERS.map((tier) => total(shop.get(`reads/${tier}`)));
  const atPeak = TIERS.map((tier) =>
    peak === undefined ? undefined : total(shop.get(`reads/${tier}`), peak.fromMs, peak.toMs),
  );
  const sum = (values: readonly (number | undefined)[]): number =>
    values.reduce<number>((all, value) => all + (value ?? 0), 0);
  const deeds: readonly (readonly [string, string])[] = [
    ["Requests shed by the applications", told(total(shop.get("shed")))],
    ["Breakers open at once, at most", told(largest(shop.get("breakers-open")))],
    ["Reads that fell back to another server", told(total(shop.get("fallbacks")))],
    ["Clients waiting for a connection at once, at most", told(largest(sumOf(story, "waiting")))],
    ["Longest wait for a connection", wait(largest(shop.get("wait-longest")))],
    ["Waits for a connection that timed out", told(total(shop.get("pool-timeouts")))],
    ["Requests in the balancers’ queues at once, at most", told(largest(shop.get("balancer-queue")))],
    ["Database seconds spent by the applications", told(total(sumOf(story, "busy")))],
  ];
  const judged = objectives.filter((objective) => objective.group === "protections");
  return markup`<section id="protections"><h2><span>7</span> What did the protections do?</h2>
<p>${topology.protections.length === 0 ? "This system has none." : markup`On: ${topology.protections.join(", ")}.`}</p>
${sum(whole) === 0 ? markup`<p class="absent">Reads were not sampled.</p>` : readsTable(whole, atPeak, sum(whole), sum(atPeak))}
<div class="scroll"><table class="narrow"><tbody>${deeds.map(([name, value]) => markup`<tr><td>${name}</td><td class="n">${value}</td></tr>`)}</tbody></table></div>
${judged.length === 0 ? undefined : objectivesTable(judged, story)}</section>`;
}

function told(value: number | undefined): string {
  // Sums of rates by the second: their fractions are no events.
  return value === undefined ? "not sampled" : formatCount(value);
}

function wait(seconds: number | undefined): string {
  return seconds === undefined ? "not sampled" : formatLatency(seconds * 1_000);
}

function sumOf({ series }: Story, prefix: string): Values | undefined {
  const members = [...series.shop].filter(([name]) => name.startsWith(`${prefix}/`)).map(([, values]) => values);
  if (members.length === 0) return undefined;
  return Array.from({ length: series.seconds }, (_, at) =>
    members.reduce<number>((all, values) => all + (values[at] ?? 0), 0),
  );
}

function readsTable(
  whole: readonly (number | undefined)[],
  atPeak: readonly (number | undefined)[],
  wholeSum: number,
  peakSum: number,
): Markup {
  const share = (value: number | undefined, sum: number): string =>
    value === undefined ? "–" : sum === 0 ? "–" : formatShare(value / sum);
  const rows = TIERS.map((tier, index) => {
    const answered = tier === "database" ? "database (not avoided)" : `${tier} tier`;
    return markup`<tr><td>${answered}</td><td class="n">${whole[index] === undefined ? "–" : formatCount(whole[index] ?? 0)}</td><td class="n">${share(whole[index], wholeSum)}</td><td class="n strong">${share(atPeak[index], peakSum)}</td></tr>`;
  });
  return markup`<div class="scroll"><table class="narrow"><thead><tr><th>Reads answered by</th><th class="n">Whole run</th><th class="n">Share</th><th class="n">Share at the peak</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** Section 8: what a sceptic asks. */
export function trustSection(story: Story): Markup {
  const { result, records } = story.record;
  const judged = result.objectives.filter((objective) => objective.group === "trust");
  const lateness = new Histogram();
  let planned = 0;
  let sent = 0;
  let exceptions = 0;
  for (const record of records) {
    if (record.kind !== "load.health") continue;
    lateness.merge(record.lateness);
    planned += record.planned;
    sent += record.sent;
    exceptions += record.exceptions;
  }
  const figures: readonly (readonly [string, string])[] = [
    ["Attempts planned by the generator", formatCount(planned)],
    ["Attempts sent", `${formatCount(sent)} (${formatShare(planned === 0 ? undefined : sent / planned)})`],
    ["Lateness of its own timers, p99", formatLatency(lateness.quantile(0.99))],
    ["Exceptions in its script", formatCount(exceptions)],
  ];
  const left = [
    ...story.faults
      .filter((fault) => fault.window === undefined)
      .map((fault) => `${fault.letter} ${fault.title}: ${fault.detail}`),
    ...result.objectives
      .filter((objective) => objective.state === "not-judged")
      .map((objective) => `${objective.title} (${objective.window}): ${objective.reason}`),
  ];
  return markup`<section id="trust"><h2><span>8</span> Can I trust it?</h2>
${judged.length === 0 ? undefined : objectivesTable(judged, story)}
<div class="columns"><div><h3>The generator about itself</h3><table class="narrow"><tbody>${figures.map(([name, value]) => markup`<tr><td>${name}</td><td class="n">${value}</td></tr>`)}</tbody></table></div>
<div><h3>Processor time</h3>${cpuTable(story)}</div></div>
<h3>Not exercised</h3>${left.length === 0 ? markup`<p>Everything that was planned.</p>` : markup`<ul>${left.map((text) => markup`<li>${text}</li>`)}</ul>`}
<h3>What this run cannot show</h3><ul>${limits(story).map((text) => markup`<li>${text}</li>`)}</ul></section>`;
}

function cpuTable({ series, record }: Story): Markup {
  const sizes = new Map(record.result.topology.nodes.map((node) => [node.id, node.cpu] as const));
  const rows = [...series.shop].filter(([name]) => name.startsWith("cpu/"));
  if (rows.length === 0) return markup`<p class="absent">not sampled</p>`;
  const known = rows.map(([name, values]) => {
    const seen = values.flatMap((value) => (value === undefined ? [] : [value]));
    return {
      node: name.slice(4),
      mean: seen.reduce((sum, value) => sum + value, 0) / Math.max(1, seen.length),
      most: largest(values) ?? 0,
    };
  });
  known.sort((a, b) => b.mean - a.mean);
  const all = known.reduce((sum, row) => sum + row.mean, 0);
  return markup`<div class="scroll"><table class="narrow"><thead><tr><th>Part</th><th class="n">Size</th><th class="n">Mean</th><th class="n">Most in a second</th><th class="n">Share of all</th></tr></thead><tbody>${known
    .slice(0, 16)
    .map(
      (row) =>
        markup`<tr><td><code>${row.node}</code></td><td class="n quiet">${sizes.has(row.node) ? formatNumber(sizes.get(row.node) ?? 0) : "–"}</td><td class="n">${formatNumber(row.mean)}</td><td class="n">${formatNumber(row.most)}</td><td class="n">${formatShare(all === 0 ? undefined : row.mean / all)}</td></tr>`,
    )}</tbody></table></div><p class="note">In cores.</p>`;
}

function limits({ record }: Story): readonly string[] {
  const { load } = record.result.scenario;
  const own = record.result.facts.cannotShow;
  return [
    `One user here stands for ${formatCount(load.scale)}. Ratios and thresholds carry over (how many times the users, the share of reads avoided, seconds of outage); absolute users do not.`,
    ...(load.pace === "full" ? [] : ["Time is compressed: the ramp is steeper than the story’s."]),
    "One run is one sample: a difference between two single runs is no proof. Compare several seeds.",
    ...(Array.isArray(own) ? own.filter((text) => typeof text === "string") : []),
  ];
}
