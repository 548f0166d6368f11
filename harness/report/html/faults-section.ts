import { formatMoment, formatMs } from "#core/duration.ts";
import type { Reading } from "#core/injector.ts";
import { formatReading, formatShare } from "../format.ts";
import type { FaultStory } from "../story/faults.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";
import { objectivesTable } from "./objectives-section.ts";

/** Section 5: for each fault what was meant, what was measured, and how it went away. */
export function faultsSection(story: Story): Markup {
  const { faults } = story;
  const judged = story.record.result.objectives.filter(
    (objective) =>
      objective.group === "faults" && objective.state !== "not-applicable" && objective.state !== "not-judged",
  );
  return markup`<section id="faults"><h2><span>5</span> Was the failure real?</h2>
${faults.length === 0 ? markup`<p class="absent">This scenario has no faults: the load is the only trial.</p>` : faults.map((fault) => card(fault, story))}
${judged.length === 0 ? undefined : objectivesTable(judged, story)}</section>`;
}

const STATES: Readonly<
  Record<FaultStory["state"], { readonly word: string; readonly as: string; readonly symbol: string }>
> = {
  planned: { word: "never injected", as: "unknown", symbol: "?" },
  "not-applicable": { word: "not applicable", as: "not-applicable", symbol: "○" },
  gap: { word: "impossible here", as: "unknown", symbol: "?" },
  skipped: { word: "not injected", as: "not-judged", symbol: "–" },
  injecting: { word: "cut off while injecting", as: "unknown", symbol: "?" },
  "in-force": { word: "cut off while in force", as: "unknown", symbol: "?" },
  healing: { word: "cut off while healing", as: "unknown", symbol: "?" },
  unproven: { word: "not proven", as: "unknown", symbol: "?" },
  healed: { word: "proven and healed", as: "held", symbol: "✓" },
  "not-healed": { word: "not healed", as: "unknown", symbol: "?" },
  untold: { word: "never mentioned", as: "unknown", symbol: "?" },
};

function card(fault: FaultStory, story: Story): Markup {
  const { pains } = story;
  const { word, as, symbol } = STATES[fault.state];
  const pain = pains.find((candidate) => candidate.letter === fault.letter);
  const facts: (readonly [string, string])[] = [["Meant", fault.reason === "" ? fault.detail : fault.reason]];
  if (fault.window === undefined) facts.push(["Why not", fault.detail]);
  if (fault.asked !== undefined) facts.push(["Asked", fault.asked]);
  if (fault.measured !== undefined) facts.push(["Measured", fault.measured]);
  if (fault.window !== undefined) facts.push(["In force", inForceWords(fault)]);
  if (fault.targets.length > 0)
    facts.push([fault.window === undefined ? "Aimed at" : "Touched", touchedWords(fault, story)]);
  if (fault.window !== undefined) facts.push(["Felt by users", painWords(fault, pain)]);
  if (fault.window !== undefined) facts.push(["Healed by", healedWords(fault)]);
  facts.push(["Source", `history.jsonl.gz ${fault.seqs.map((seq) => `#${seq}`).join(" ")}`]);
  return markup`<article class="fault" id="fault-${fault.letter}"><h3><b class="letter">${fault.letter}</b> ${fault.title} <span class="chip ${as}"><b aria-hidden="true">${symbol}</b> ${word}</span></h3><dl class="facts">${facts.map(
    ([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>${readings(fault)}</article>`;
}

/** How much of the shop, and of its users, a fault could reach. */
function touchedWords(fault: FaultStory, { record, series }: Story): string {
  const names = fault.targets.join(", ");
  const chosen = fault.entry?.fault;
  if (chosen === undefined || fault.window === undefined) return names;
  if ("node" in chosen) {
    const running = record.result.topology.nodes.filter(
      (node) => node.role === chosen.node.role && node.spare === undefined,
    );
    return `${names}; ${fault.targets.length} of ${running.length} ${chosen.node.role}`;
  }
  const { region } = chosen.link;
  if (region === undefined) return `${names}; both regions`;
  const { fromMs, toMs } = fault.window;
  let all = 0;
  let there = 0;
  for (const batch of record.records) {
    if (batch.kind !== "load.batch" || batch.lane === "bots") continue;
    if ((batch.second + 1) * 1_000 <= fromMs || batch.second * 1_000 >= Math.min(toMs, series.seconds * 1_000))
      continue;
    const attempts = Object.values(batch.outcomes).reduce((sum, count) => sum + count, 0);
    all += attempts;
    if (batch.region === region) there += attempts;
  }
  return `${names}; ${formatShare(all === 0 ? undefined : there / all)} of the attempts of that time came from users of ${region}`;
}

function inForceWords(fault: FaultStory): string {
  const injected = fault.injectedMs;
  if (injected === undefined) return "never";
  if (fault.inForceMs === undefined) return `injected at ${formatMoment(injected)}, never observed in force`;
  const planned = fault.entry === undefined ? "" : ` of ${formatMs(fault.entry.forMs)} planned`;
  const lasted = fault.healedMs === undefined ? "" : `; lasted ${formatMs(fault.healedMs - fault.inForceMs)}${planned}`;
  return `from ${formatMoment(fault.inForceMs)}, ${formatMs(fault.inForceMs - injected)} after the order${lasted}`;
}

function healedWords(fault: FaultStory): string {
  if (fault.state === "unproven") return `the injector, at once; ${fault.detail}`;
  if (fault.healedMs === undefined) return "nobody, as far as the history knows";
  const took =
    fault.healingMs === undefined ? "" : `, observed gone ${formatMs(fault.healedMs - fault.healingMs)} later`;
  return `the harness at ${formatMoment(fault.healingMs ?? fault.healedMs)}${took}`;
}

function painWords(fault: FaultStory, pain: Story["pains"][number] | undefined): string {
  if (pain?.firstMs === undefined) return "no second outside the objective";
  const afterMs = pain.firstMs - (fault.injectedMs ?? pain.firstMs);
  // The load is counted by the second: less than one is no number.
  const soon = afterMs < 1_000 ? "within a second of the injection" : `${formatMs(afterMs)} after the injection`;
  const first = `first at ${formatMoment(pain.firstMs)}, ${soon}`;
  if (pain.lastMs === undefined || fault.healedMs === undefined) return first;
  const after = pain.lastMs - fault.healedMs;
  return `${first}; last ${after > 0 ? `${formatMs(after)} after healing` : "before it was healed"}`;
}

const MOMENTS = [
  ["before", "Before"],
  ["in-force", "In force"],
  ["during", "At its end"],
  ["after", "After"],
] as const;

/** Readings of more targets than this say the same thing again. */
const MOST_TARGETS = 12;

function readings(fault: FaultStory): Markup | undefined {
  const targets = [...new Set(fault.readings.map((reading) => reading.target))].slice(0, MOST_TARGETS);
  if (targets.length === 0) return undefined;
  const cell = (target: string, when: (typeof MOMENTS)[number][0]): Markup => {
    const reading = fault.readings.findLast((candidate) => candidate.target === target && candidate.when === when);
    if (reading === undefined) return markup`<td class="n quiet">–</td>`;
    const held =
      reading.held === undefined ? undefined : markup`<small>open connection: ${readingWords(reading.held)}</small>`;
    return markup`<td class="n">${readingWords(reading.fresh)}${held}</td>`;
  };
  return markup`<div class="scroll"><table><thead><tr><th>Probe on a new connection</th>${MOMENTS.map(([, name]) => markup`<th class="n">${name}</th>`)}</tr></thead><tbody>${targets.map(
    (target) => markup`<tr><td><code>${target}</code></td>${MOMENTS.map(([when]) => cell(target, when))}</tr>`,
  )}</tbody></table></div>`;
}

function readingWords(reading: Reading): string {
  switch (reading.kind) {
    case "answered":
      return formatReading(reading.ms);
    case "silent":
      return `silent for ${formatReading(reading.ms)}`;
    default:
      return `${reading.kind} after ${formatReading(reading.ms)}`;
  }
}
