import { formatMoment } from "#core/duration.ts";
import type { Renderer } from "#core/result.ts";
import type { ObjectiveResult } from "#core/verdict.ts";
import { formatCount, formatLatency, formatShare } from "./format.ts";
import { pageFigures } from "./story/pages.ts";
import { storyOf } from "./story.ts";
import { codeSpan, escapeMarkdown, markdownTable } from "./text/markdown.ts";
import { intervalText, STATE_WORDS, scaleMeaning, worstFirst } from "./verdict-words.ts";

/** Rows of a table in a summary: GitHub stops at 1,024 kB a step, and a comment at 64 kB. */
const MOST_ROWS = 60;

/** `summary.md`: for the summary page of a CI job, or a comment. */
export const summary: Renderer = {
  file: "summary.md",
  render(record) {
    const { result } = record;
    const { faults, timeline, impact } = storyOf(record);
    const { word, symbol } = STATE_WORDS[result.verdict];
    const objectives = worstFirst(result.objectives);
    const all = pageFigures(record.records).find((row) => row.page === "all" && row.region === "all");
    const lines = [
      `## ${symbol} ${word.toUpperCase()}: ${escapeMarkdown(result.scenario.title)}`,
      "",
      `${escapeMarkdown(result.scenario.question)} **${escapeMarkdown(result.sentence)}**`,
      "",
      ...(result.cutShort === undefined ? [] : [`> Cut short: ${escapeMarkdown(result.cutShort)}`, ""]),
      ...leftBehind(result.leftBehind),
      `${codeSpan(result.scenarioName)}, system ${result.scenario.system.name}, ${escapeMarkdown(result.substrate)}, scale ${scaleMeaning(result.scenario.load)}, ${result.scenario.load.pace}, seed ${codeSpan(result.seed)}, commit ${codeSpan(result.commit)}.`,
      `Attempts ${formatCount(impact.attempts)}, failed ${formatCount(impact.failed)}, p50 ${formatLatency(all?.latency.quantile(0.5))}, p95 ${formatLatency(all?.latency.quantile(0.95))}, p99 ${formatLatency(all?.latency.quantile(0.99))}; orders accepted ${formatCount(impact.orders.accepted)} of ${formatCount(impact.orders.wanted)}.`,
      "",
      `Repeat: ${codeSpan(result.repeat)}`,
      "",
      "### Objectives",
      "",
      markdownTable(
        ["", "objective", "observed", "target", "interval", "n", "window", "why"],
        objectives
          .slice(0, MOST_ROWS)
          .map((objective) => [
            `${STATE_WORDS[objective.state].symbol} ${STATE_WORDS[objective.state].word}`,
            escapeMarkdown(objective.title),
            escapeMarkdown(objective.observed),
            escapeMarkdown(objective.target),
            escapeMarkdown(intervalText(objective)),
            formatCount(objective.samples),
            escapeMarkdown(objective.window),
            escapeMarkdown(objective.reason),
          ]),
        [2, 3, 4, 5],
      ),
      "",
      ...phasesTable(objectives),
      "### Faults",
      "",
      faults.length === 0
        ? "None in this scenario."
        : markdownTable(
            ["", "fault", "state", "asked", "measured", "from", "to"],
            faults.map((fault) => [
              fault.letter,
              escapeMarkdown(fault.title),
              fault.state,
              escapeMarkdown(fault.asked ?? "–"),
              escapeMarkdown(fault.measured ?? "–"),
              fault.injectedMs === undefined ? "–" : formatMoment(fault.injectedMs),
              fault.healedMs === undefined ? "–" : formatMoment(fault.healedMs),
            ]),
          ),
      "",
      "### What happened",
      "",
      ...timeline
        .filter((line) => line.kind !== "run")
        .slice(0, MOST_ROWS)
        .map((line) => `- ${formatMoment(line.atMs)} ${escapeMarkdown(line.text)} (${escapeMarkdown(line.source)})`),
      "",
      `Budget: the promise of ${formatShare(impact.promised)} was ${impact.budgetBurned === undefined ? "not measured" : `used ${impact.budgetBurned.toFixed(2)} times over`}.`,
      "",
    ];
    return lines.join("\n");
  },
};

/** A run that leaves something is a defect of the testbed, whatever the shop earned: nobody may overlook it. */
function leftBehind(left: readonly string[] | undefined): readonly string[] {
  if (left === undefined || left.length === 0) return [];
  return [`> **Left behind on the machine:** ${left.slice(0, MOST_ROWS).map(escapeMarkdown).join("; ")}`, ""];
}

/** Objectives that were judged over several phases, a row each: what each phase says by itself does not weigh. */
function phasesTable(objectives: readonly ObjectiveResult[]): readonly string[] {
  const told = objectives.filter(({ phases = [] }) => phases.length > 0).slice(0, MOST_ROWS);
  const names = told[0]?.phases?.map(({ name }) => name) ?? [];
  if (names.length === 0) return [];
  const cell = (objective: ObjectiveResult, name: string): string => {
    const phase = objective.phases?.find((each) => each.name === name);
    if (phase === undefined) return "";
    const { symbol, word } = STATE_WORDS[phase.state];
    const n = `n=${formatCount(phase.samples)}`;
    if (phase.state === "not-judged") return escapeMarkdown(`${symbol} ${word} (${n})`);
    return escapeMarkdown(`${symbol} ${phase.observed} (${intervalText(phase)}, ${n})`);
  };
  return [
    "### By phase",
    "",
    markdownTable(
      ["objective", ...names.map(escapeMarkdown)],
      told.map((objective) => [
        escapeMarkdown(`${objective.title}, ${objective.window}`),
        ...names.map((name) => cell(objective, name)),
      ]),
    ),
    "",
  ];
}
