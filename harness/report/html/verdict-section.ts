import type { RunResult } from "#core/result.ts";
import { formatCount, formatLatency, formatShare } from "../format.ts";
import { TIERS } from "../series.ts";
import { pageFigures } from "../story/pages.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { STATE_WORDS, scaleMeaning, typeset } from "../verdict-words.ts";

/** Section 1: the question, the answer, and what the answer depends on. */
export function verdictSection(story: Story): Markup {
  const { result } = story.record;
  const { word, symbol } = STATE_WORDS[result.verdict];
  const { load, system } = result.scenario;
  const without = system.without.length === 0 ? "" : ` without ${system.without.join(", ")}`;
  const dashes: readonly (readonly [string, Markup | string])[] = [
    ["System", `${system.name}${without}, on ${result.substrate}`],
    ["Scale", scaleMeaning(load)],
    ["Pace", PACES[load.pace]],
    ["Seed, commit", markup`<code>${result.seed}</code> <code>${result.commit}</code>`],
    ["Started", result.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")],
    ["Repeat", markup`<code class="command">${result.repeat}</code>`],
  ];
  return markup`<header class="top ${result.verdict}"><p class="kicker">doorbuster <span>${result.scenarioName}</span></p>
<h1>${result.scenario.title}</h1>
<p class="question">${result.scenario.question}</p>
${plantedBug(result)}
<div class="answer"><p class="word"><b aria-hidden="true">${symbol}</b>${word}</p><p class="sentence">${typeset(result.sentence)}</p></div>
${result.cutShort === undefined ? undefined : markup`<p class="cut"><b>Cut short.</b> ${result.cutShort}</p>`}
${leftBehind(result)}
${missingProof(result)}
${keyFigures(story)}
<dl class="facts">${dashes.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></header>`;
}

/** Above the answer: a verdict about a shop that was spoilt on purpose must not be taken for one about the shop. */
function plantedBug({ topology: { plantedBug: bug } }: RunResult): Markup | undefined {
  if (bug === undefined) return undefined;
  return markup`<p class="planted"><b>A bug was planted in this shop: ${bug.name}.</b> It ${bug.does}. This run shows whether the checkers find it, and nothing else.</p>`;
}

const PACES = {
  quick: "quick: for trying out, too short for a verdict on the story",
  compressed: "compressed: the ten-minute ramp in a fraction of it, which is the harder surge",
  full: "full length",
} as const;

/** Beside the verdict, which it does not change: whoever reads the one must see the other. */
function leftBehind({ leftBehind: left = [] }: RunResult): Markup | undefined {
  if (left.length === 0) return undefined;
  return markup`<p class="cut"><b>Left behind on the machine.</b> ${left.join("; ")}</p>`;
}

/** More than these are read in the table. */
const MOST_MISSING = 6;

/** An unknown says what is missing and what to do. Beside a broken one it waits behind a click: the answer stands without it. */
function missingProof({ verdict, objectives }: RunResult): Markup | undefined {
  const unknown = objectives.filter((objective) => objective.state === "unknown");
  if (unknown.length === 0) return undefined;
  const more = unknown.length - MOST_MISSING;
  const list = markup`<ul>${unknown
    .slice(0, MOST_MISSING)
    .map((objective) => markup`<li><b>${objective.title}:</b> ${typeset(objective.reason)}.</li>`)}${
    more > 0 ? markup`<li><a href="#objectives">and ${more} more</a></li>` : undefined
  }</ul>`;
  return verdict === "unknown"
    ? markup`<div class="missing"><h2>What is missing for an answer</h2>${list}</div>`
    : markup`<details class="missing"><summary>${unknown.length} objectives stayed unknown beside it</summary>${list}</details>`;
}

function keyFigures({ record, series, impact }: Story): Markup {
  const all = pageFigures(record.records).find((row) => row.page === "all" && row.region === "all");
  const rate = Math.max(
    0,
    ...Array.from({ length: series.seconds }, (_, at) => series.lanes.shoppers.at(at)?.good ?? 0),
  );
  const sum = (name: string): number =>
    (series.shop.get(name) ?? []).reduce<number>((total, value) => total + (value ?? 0), 0);
  const reads = TIERS.reduce((total, tier) => total + sum(`reads/${tier}`), 0);
  const { orders } = impact;
  const figures: readonly (readonly [string, string, string])[] = [
    ["p99, whole run", formatLatency(all?.latency.quantile(0.99)), `p50 ${formatLatency(all?.latency.quantile(0.5))}`],
    [
      "attempts failed",
      formatCount(impact.failed),
      `of ${formatCount(impact.attempts)} (${formatShare(impact.attempts > 0 ? impact.failed / impact.attempts : undefined)})`,
    ],
    ["good pages a second", formatCount(rate), "in the best second"],
    [
      "users at the peak",
      impact.usersAtPeak === undefined ? "–" : formatCount(impact.usersAtPeak),
      `for ${formatCount((impact.usersAtPeak ?? 0) * record.result.scenario.load.scale)}`,
    ],
    [
      "orders accepted",
      formatCount(orders.accepted),
      `of ${formatCount(orders.wanted)} wanted; ${formatCount(orders.unknown)} of unknown outcome`,
    ],
    [
      "reads avoided",
      reads === 0 ? "–" : formatShare(1 - sum("reads/database") / reads),
      reads === 0 ? "not sampled" : `of ${formatCount(reads)}, whole run`,
    ],
  ];
  return markup`<dl class="figures">${figures.map(([name, value, more]) => markup`<div><dt>${name}</dt><dd><b>${value}</b><small>${more}</small></dd></div>`)}</dl>`;
}
