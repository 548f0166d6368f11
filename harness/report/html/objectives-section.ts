import type { ObjectiveResult, PhaseResult } from "#core/verdict.ts";
import { formatCount } from "../format.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { intervalText, STATE_WORDS, typeset, worstFirst } from "../verdict-words.ts";

function stateChip(state: ObjectiveResult["state"]): Markup {
  const { word, symbol } = STATE_WORDS[state];
  return markup`<span class="chip ${state}"><b aria-hidden="true">${symbol}</b> ${word}</span>`;
}

/** Section 2: a row an objective, broken ones first. */
export function objectivesSection(story: Story): Markup {
  const all = worstFirst(story.record.result.objectives);
  const judged = all.filter((objective) => objective.state !== "not-judged" && objective.state !== "not-applicable");
  const others = all.filter((objective) => !judged.includes(objective));
  return markup`<section id="objectives"><h2><span>2</span> By how much?</h2>
${judged.length === 0 ? markup`<p class="absent">Nothing was judged: a run that looked at nothing has not held.</p>` : objectivesTable(judged, story, "brief")}
${
  others.length === 0
    ? undefined
    : markup`<details><summary>${others.length} not judged or not applicable; they do not weigh</summary>${objectivesTable(others, story)}</details>`
}</section>`;
}

/** `brief`: what held needs no reason here, its own section tells it. */
export function objectivesTable(
  objectives: readonly ObjectiveResult[],
  story: Story,
  detail: "brief" | "full" = "full",
): Markup {
  return markup`<div class="scroll"><table class="objectives"><thead><tr><th>Verdict</th><th>Objective</th><th class="n">Observed</th><th class="n">Target</th><th class="strip-cell"><span class="unseen">Value against target</span></th><th class="n">Interval</th><th class="n">Samples</th><th>When</th></tr></thead><tbody>${objectives.map(
    (objective) => row(objective, story, detail),
  )}</tbody></table></div>`;
}

function row(objective: ObjectiveResult, { series }: Story, detail: "brief" | "full"): Markup {
  const isTold = detail === "full" || objective.state !== "held" || objective.group === "load";
  const decided = objective.decidedAt;
  const zoom =
    decided === undefined
      ? undefined
      : markup`<a href="#time" data-from="${Math.max(0, Math.floor((decided.fromMs - series.zeroMs) / 1_000))}" data-to="${Math.ceil((decided.toMs - series.zeroMs) / 1_000)}" data-zoom>${objective.window}</a>`;
  return markup`<tr class="is-${objective.state}"><td>${stateChip(objective.state)}</td><td><b>${objective.title}</b>${isTold ? markup`<small>${typeset(objective.reason)}</small>` : undefined}${phases(objective)}${offenders(objective)}</td><td class="n strong">${objective.observed}</td><td class="n">${typeset(objective.target)}</td><td class="strip-cell">${strip(objective)}</td><td class="n quiet">${intervalText(objective)}</td><td class="n quiet">${formatCount(objective.samples)}</td><td class="quiet">${zoom ?? objective.window}</td></tr>`;
}

/** The same figure phase by phase, folded away: it is told and does not weigh. */
function phases({ phases: rows = [] }: ObjectiveResult): Markup | undefined {
  if (rows.length === 0) return undefined;
  const told = (phase: PhaseResult) =>
    phase.state === "not-judged" ? undefined : markup` <b>${phase.observed}</b>, ${intervalText(phase)}`;
  return markup`<details><summary>by phase</summary><ul class="rows">${rows.map(
    (phase) =>
      markup`<li>${phase.name} ${stateChip(phase.state)}${told(phase)}, n = ${formatCount(phase.samples)}</li>`,
  )}</ul></details>`;
}

function offenders({ offenders: rows, evidence }: ObjectiveResult): Markup | undefined {
  if ((rows === undefined || rows.length === 0) && evidence.length === 0) return undefined;
  const proof =
    evidence.length === 0
      ? undefined
      : markup`<small class="quiet">records ${evidence.map((seq) => `#${seq}`).join(" ")} of history.jsonl.gz</small>`;
  if (rows === undefined || rows.length === 0) return undefined;
  return markup`<details><summary>${rows.length} offending</summary><ul class="rows">${rows.map((text) => markup`<li>${text}</li>`)}</ul>${proof}</details>`;
}

/** Where the value lies: the target as a line, the allowed side tinted, the interval as a bar, the value as a dot. */
function strip({ scale, state }: ObjectiveResult): Markup | undefined {
  if (scale === undefined) return undefined;
  const seen = [scale.value, scale.low ?? scale.value, scale.high ?? scale.value];
  let from = 0;
  let to = Math.max(scale.target * 1.5, ...seen.map((value) => value * 1.1));
  if (scale.better === "higher") {
    // Shares crowd at 1: the strip begins as far below the target as needed to see both.
    const ceiling =
      scale.unit === "share" || scale.target <= 1
        ? 1
        : scale.unit === "%"
          ? 100
          : Math.max(scale.target, ...seen) * 1.1;
    to = Math.max(ceiling, ...seen);
    from = Math.max(0, Math.min(...seen, scale.target) - (to - Math.min(...seen, scale.target)) * 0.5);
  }
  const at = (value: number): string =>
    `${Number((4 + (92 * (Math.min(to, Math.max(from, value)) - from)) / (to - from || 1)).toFixed(2))}%`;
  const span = (a: number, b: number): string => `${Math.max(1, Number.parseFloat(at(b)) - Number.parseFloat(at(a)))}%`;
  const good = scale.better === "lower" ? [from, scale.target] : [scale.target, to];
  return markup`<svg class="strip ${state}" role="img" aria-label="value ${scale.value}, target ${scale.target} ${scale.unit}"><rect class="allowed" x="${at(good[0] ?? 0)}" y="4" width="${span(good[0] ?? 0, good[1] ?? 0)}" height="8"/><line class="limit" x1="${at(scale.target)}" x2="${at(scale.target)}" y1="0" y2="16"/><rect class="interval" x="${at(scale.low ?? scale.value)}" y="6.5" width="${span(scale.low ?? scale.value, scale.high ?? scale.value)}" height="3"/><circle cx="${at(scale.value)}" cy="8" r="4"/></svg>`;
}
