import { formatMoment } from "#core/duration.ts";
import type { Renderer } from "#core/result.ts";
import type { ObjectiveResult } from "#core/verdict.ts";
import { formatCount, formatLatency, formatShare } from "./format.ts";
import type { FaultStory } from "./story/faults.ts";
import type { Story } from "./story.ts";
import { storyOf } from "./story.ts";
import { codeSpan, escapeMarkdown, markdownTable } from "./text/markdown.ts";
import { scaleMeaning, worstFirst } from "./verdict-words.ts";

/** A postmortem is read by people: more lines than these belong into the history. */
const MOST_LINES = 120;
const HUMANS = "_To be written by people; no tool knows this._";

/** `postmortem-draft.md`: what a machine can know, with the file behind each figure, and blanks for what it cannot. */
export const postmortem: Renderer = {
  file: "postmortem-draft.md",
  render(record) {
    const story = storyOf(record);
    const { result } = record;
    const broken = worstFirst(result.objectives).filter((objective) => objective.state === "broken");
    return [
      `# Postmortem draft: ${escapeMarkdown(result.scenario.title)}`,
      "",
      `- Date: ${escapeMarkdown(result.startedAt)}`,
      "- Authors: ",
      "- Status: draft, generated from a run; nobody has read it yet",
      `- Run: ${codeSpan(result.runId)}, seed ${codeSpan(result.seed)}, commit ${codeSpan(result.commit)}, repeat with ${codeSpan(result.repeat)}`,
      `- Scale: ${scaleMeaning(result.scenario.load)}; figures below are those of the run, not of the shop at full scale`,
      "",
      "## Summary",
      "",
      "_Generated:_",
      `${escapeMarkdown(result.sentence)} ${secondSentence(story, broken)}`,
      "",
      "## Impact",
      "",
      impactTable(story),
      "",
      "## Detection",
      "",
      ...detection(story),
      "",
      "## Timeline",
      "",
      "Times count from the first planned request. `#n` is the record with `seq` n in `history.jsonl.gz`.",
      "",
      timelineTable(story),
      "",
      "## Trigger",
      "",
      ...trigger(story),
      "",
      "## What the protections did",
      "",
      ...protections(story),
      "",
      "## Recovery",
      "",
      ...recovery(story),
      "",
      ...["## Contributing factors", "## What went well", "## Where we got lucky", "## Actions"].flatMap((heading) =>
        heading === "## Actions"
          ? [heading, "", HUMANS, "", markdownTable(["action", "kind", "owner", "due"], [["", "", "", ""]]), ""]
          : [heading, "", HUMANS, ""],
      ),
    ].join("\n");
  },
};

function secondSentence({ impact }: Story, broken: readonly ObjectiveResult[]): string {
  const first = broken[0];
  const share = impact.attempts > 0 ? ` (${formatShare(impact.failed / impact.attempts)})` : "";
  const failed = `${formatCount(impact.failed)} of ${formatCount(impact.attempts)} attempts failed${share}`;
  return first === undefined
    ? `${failed}; no objective was broken.`
    : `${failed}; the worst objective was "${escapeMarkdown(first.title)}": ${escapeMarkdown(first.observed)} where ${escapeMarkdown(first.target)} was promised.`;
}

function euros(cents: number | undefined): string {
  return cents === undefined ? "not known" : formatCount(cents / 100);
}

function impactTable({ impact }: Story): string {
  const { orders } = impact;
  const rows: readonly (readonly [string, string, string])[] = [
    [
      "users present at the peak",
      impact.usersAtPeak === undefined ? "not sampled" : formatCount(impact.usersAtPeak),
      "history.jsonl.gz, load.health",
    ],
    ["attempts", formatCount(impact.attempts), "history.jsonl.gz, load.batch"],
    ["attempts failed", formatCount(impact.failed), "history.jsonl.gz, load.batch"],
    ["seconds outside the objective", formatCount(impact.badSeconds), "timeseries.csv, requests-bad and latency-p99"],
    [
      `error budget of this run at ${formatShare(impact.promised)}`,
      impact.budgetBurned === undefined ? "not measured" : `${(impact.budgetBurned * 100).toFixed(1)} % used`,
      "history.jsonl.gz, load.batch",
    ],
    [
      "share of a 30-day budget",
      impact.monthShare === undefined ? "not measured" : formatShare(impact.monthShare),
      "the same, weighed by the share that failed each second",
    ],
    ["orders wanted", formatCount(orders.wanted), "history.jsonl.gz, write.intent"],
    ["orders accepted", formatCount(orders.accepted), "history.jsonl.gz, write.result"],
    ["answered sold out", formatCount(orders.soldOut), "history.jsonl.gz, write.result"],
    ["orders failed", formatCount(orders.failed), "history.jsonl.gz, write.result"],
    ["orders whose outcome the buyer never learnt", formatCount(orders.unknown), "history.jsonl.gz, write.result"],
    ["worth of the orders accepted", euros(orders.acceptedCents), "history.jsonl.gz, write.result"],
    ["worth of those not accepted, at the mean order", euros(orders.notAcceptedCents), "computed from the rows above"],
  ];
  return markdownTable(["what", "how much", "from"], rows, [1]);
}

function detection({ alarms, faults, pains }: Story): readonly string[] {
  const first = alarms[0];
  const alarm =
    first === undefined
      ? "No burn-rate alarm would have rung."
      : `The first alarm would have rung at ${formatMoment(first.fromMs)}: ${first.name} (\`timeseries.csv\`, requests-bad).`;
  const perFault = faults.flatMap((fault) => {
    const pain = pains.find((candidate) => candidate.letter === fault.letter);
    if (fault.window === undefined) return [];
    const name = `${fault.letter} ${escapeMarkdown(fault.title)}`;
    if (pain?.firstMs === undefined) return [`- ${name}: no second outside the objective; nothing to detect.`];
    const firstMs = pain.firstMs;
    const rang = alarms.find(
      (candidate) => candidate.toMs >= firstMs && candidate.fromMs <= (pain.lastMs ?? firstMs) + 60_000,
    );
    return [
      `- ${name}: felt from ${formatMoment(firstMs)}; ${rang === undefined ? "no alarm" : `alarm after ${formatLatency(Math.max(0, rang.fromMs - firstMs))} by ${rang.name}`}.`,
    ];
  });
  return [alarm, ...(perFault.length === 0 ? [] : ["", ...perFault])];
}

function timelineTable({ timeline }: Story): string {
  const lines = timeline.slice(0, MOST_LINES);
  const rows = lines.map((line) => [
    formatMoment(line.atMs),
    escapeMarkdown(line.text),
    line.seq === undefined
      ? "computed from `timeseries.csv`"
      : `${escapeMarkdown(line.source)}, history.jsonl.gz #${line.seq}`,
  ]);
  const more = timeline.length - lines.length;
  return markdownTable(["time", "event", "source"], rows) + (more > 0 ? `\n\n${more} more in history.jsonl.gz.` : "");
}

function trigger({ faults }: Story): readonly string[] {
  const injected = faults.filter((fault) => fault.window !== undefined);
  if (injected.length === 0)
    return ["No fault was injected: the load itself is the trigger (`timeseries.csv`, users-present)."];
  return injected.map(
    (fault) =>
      `- ${fault.letter} ${escapeMarkdown(fault.title)}: asked ${escapeMarkdown(fault.asked ?? "not told")}, measured ${escapeMarkdown(fault.measured ?? "not told")}; ${proofWords(fault)} (history.jsonl.gz ${fault.seqs.map((seq) => `#${seq}`).join(", ")}).`,
  );
}

function proofWords(fault: FaultStory): string {
  return fault.state === "unproven" ? "**not proven in the data path**" : `state at the end: ${fault.state}`;
}

function protections({ record, timeline }: Story): readonly string[] {
  const spoke = timeline.filter((line) => line.kind === "shop");
  const judged = record.result.objectives.filter((objective) => objective.group === "protections");
  const lines = [
    ...judged.map(
      (objective) =>
        `- ${escapeMarkdown(objective.title)}: ${escapeMarkdown(objective.observed)} (target ${escapeMarkdown(objective.target)}, ${objective.state}; result.json)`,
    ),
    ...spoke
      .slice(0, 20)
      .map((line) => `- ${formatMoment(line.atMs)} ${escapeMarkdown(line.text)} (history.jsonl.gz #${line.seq ?? 0})`),
  ];
  const off = record.result.topology.protections.length === 0;
  return lines.length > 0 ? lines : [off ? "This system has none." : "None of them said anything."];
}

function recovery({ faults, pains, record }: Story): readonly string[] {
  const judged = record.result.objectives.filter((objective) => /recover/i.test(`${objective.id} ${objective.title}`));
  const lines = faults.flatMap((fault) => {
    const { healedMs } = fault;
    if (fault.window === undefined) return [];
    if (healedMs === undefined) return [`- ${fault.letter}: never observed healed.`];
    const lastMs = pains.find((candidate) => candidate.letter === fault.letter)?.lastMs;
    const words =
      lastMs === undefined || lastMs <= healedMs
        ? "no bad second after it"
        : `last bad second ${formatLatency(lastMs - healedMs)} later`;
    return [`- ${fault.letter}: healed at ${formatMoment(healedMs)}; ${words} (timeseries.csv).`];
  });
  const results = judged.map(
    (objective) =>
      `- ${escapeMarkdown(objective.title)}: ${escapeMarkdown(objective.observed)}, ${objective.state} (result.json).`,
  );
  return lines.length + results.length > 0 ? [...lines, ...results] : ["No fault to recover from."];
}
