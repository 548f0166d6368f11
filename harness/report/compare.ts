import type { RunRecord } from "#core/result.ts";
import type { ObjectiveResult } from "#core/verdict.ts";
import { formatCount, formatLatency, formatNumber, formatShare } from "./format.ts";
import { CAUSES, TIERS } from "./series.ts";
import { pageFigures } from "./story/pages.ts";
import { type Story, storyOf } from "./story.ts";
import { escapeTableCell } from "./text/markdown.ts";
import { STATE_WORDS } from "./verdict-words.ts";

/** One line of a comparison: the same question to both runs. */
export interface ComparedRow {
  readonly group: string;
  readonly name: string;
  readonly a: string;
  readonly b: string;
}

/** How the two runs are told apart: by what differs between them. */
export function namesOf(a: RunRecord, b: RunRecord): readonly [string, string] {
  const name = ({ result }: RunRecord): string => {
    const { system } = result.scenario;
    const { plantedBug } = result.topology;
    const shop = system.without.length === 0 ? system.name : `${system.name} without ${system.without.join(", ")}`;
    return plantedBug === undefined ? shop : `${shop} with the planted bug ${plantedBug.name}`;
  };
  const [first, second] = [name(a), name(b)];
  if (first !== second) return [first, second];
  return a.result.seed === b.result.seed
    ? [`${first}, ${a.result.startedAt}`, `${second}, ${b.result.startedAt}`]
    : [`${first}, seed ${a.result.seed}`, `${second}, seed ${b.result.seed}`];
}

/** What makes the two hard to compare, in sentences; empty when only the system differs. */
export function cautions(a: RunRecord, b: RunRecord): readonly string[] {
  const notes: string[] = [];
  if (a.result.scenarioName !== b.result.scenarioName) notes.push("The scenarios differ.");
  if (a.result.seed !== b.result.seed) notes.push("The seeds differ: the users of the two runs did not plan the same.");
  const [first, second] = [a.result.scenario.load, b.result.scenario.load];
  if (first.scale !== second.scale) notes.push(`The scales differ: 1:${first.scale} and 1:${second.scale}.`);
  if (first.pace !== second.pace) notes.push(`The paces differ: ${first.pace} and ${second.pace}.`);
  if (a.result.substrate !== b.result.substrate) notes.push("The substrates differ.");
  if (a.result.commit !== b.result.commit) notes.push("The commits differ.");
  notes.push("One run each: differences smaller than those between two runs of one kind prove nothing.");
  return notes;
}

interface Figures {
  readonly story: Story;
  readonly values: ReadonlyMap<string, string>;
}

export function comparedRows(a: RunRecord, b: RunRecord): readonly ComparedRow[] {
  const [first, second] = [objectivesById(a), objectivesById(b)];
  const ids = [...new Set([...first.keys(), ...second.keys()])];
  const rows: ComparedRow[] = ids.map((id) => ({
    group: "objectives",
    name: objectiveName(first.get(id) ?? second.get(id)),
    a: objectiveWords(first.get(id)),
    b: objectiveWords(second.get(id)),
  }));
  const [mine, other] = [figuresOf(a), figuresOf(b)];
  const names = [...new Set([...mine.values.keys(), ...other.values.keys()])];
  return [
    { group: "run", name: "verdict", a: verdictWords(a), b: verdictWords(b) },
    ...rows,
    ...names.map((name) => ({
      group: "figures",
      name,
      a: mine.values.get(name) ?? "–",
      b: other.values.get(name) ?? "–",
    })),
  ];
}

function verdictWords({ result }: RunRecord): string {
  return `${STATE_WORDS[result.verdict].symbol} ${STATE_WORDS[result.verdict].word}`;
}

function objectivesById({ result }: RunRecord): ReadonlyMap<string, ObjectiveResult> {
  return new Map(result.objectives.map((objective) => [objective.id, objective] as const));
}

function objectiveName(objective: ObjectiveResult | undefined): string {
  return objective === undefined ? "" : `${objective.title} (${objective.window}), ${objective.target}`;
}

function objectiveWords(objective: ObjectiveResult | undefined): string {
  if (objective === undefined) return "not asked";
  const { symbol, word } = STATE_WORDS[objective.state];
  return objective.state === "held" || objective.state === "broken"
    ? `${symbol} ${objective.observed}`
    : `${symbol} ${word}`;
}

/** Figures of one run by name. What was not sampled has no entry, and is shown as such. */
function figuresOf(record: RunRecord): Figures {
  const story = storyOf(record);
  const { series, impact } = story;
  const rows = pageFigures(record.records);
  const all = rows.find((row) => row.page === "all" && row.region === "all");
  const buyers = rows.find((row) => row.page === "buyers" && row.region === "all");
  const most = (read: (second: number) => number): number =>
    Math.max(0, ...Array.from({ length: series.seconds }, (_, at) => read(at)));
  const values = new Map<string, string>();
  values.set(
    "most attempts in a second",
    formatCount(
      most((at) => {
        const second = series.lanes.shoppers.at(at);
        return second === undefined ? 0 : second.good + second.bad;
      }),
    ),
  );
  values.set("most good pages in a second", formatCount(most((at) => series.lanes.shoppers.at(at)?.good ?? 0)));
  values.set("good pages in all", formatCount(all?.good ?? 0));
  values.set(
    "attempts failed",
    `${formatCount(impact.failed)} of ${formatCount(impact.attempts)} (${formatShare(impact.attempts > 0 ? impact.failed / impact.attempts : undefined)})`,
  );
  for (const share of [0.5, 0.95, 0.99]) {
    values.set(`p${share * 100} of all pages`, formatLatency(all?.latency.quantile(share)));
  }
  values.set("p99 of the buyers’ lane", formatLatency(buyers?.latency.quantile(0.99)));
  for (const { outcome, label } of CAUSES) {
    const count = all?.causes.get(outcome);
    if (count !== undefined) values.set(`failed: ${label}`, formatCount(count));
  }
  shopFigures(series, values);
  const { orders } = impact;
  values.set("orders accepted", `${formatCount(orders.accepted)} of ${formatCount(orders.wanted)}`);
  values.set("orders of unknown outcome", formatCount(orders.unknown));
  values.set("seconds outside the objective", formatCount(impact.badSeconds));
  return { story, values };
}

function shopFigures({ shop }: Story["series"], values: Map<string, string>): void {
  const members = (prefix: string) => [...shop].filter(([name]) => name.startsWith(prefix)).map(([, member]) => member);
  const joined = (prefix: string): readonly number[] | undefined => {
    const found = members(prefix);
    const length = found[0]?.length;
    if (length === undefined) return undefined;
    return Array.from({ length }, (_, at) => found.reduce<number>((sum, member) => sum + (member[at] ?? 0), 0));
  };
  const waiting = joined("waiting/");
  if (waiting !== undefined) values.set("most clients waiting for a connection", formatCount(Math.max(0, ...waiting)));
  const busy = joined("busy/");
  if (busy !== undefined) {
    values.set("database seconds in all", formatNumber(busy.reduce((sum, value) => sum + value, 0)));
    values.set("database seconds in a second, most", formatNumber(Math.max(0, ...busy)));
  }
  const total = (tier: string): number =>
    (shop.get(`reads/${tier}`) ?? []).reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const reads = TIERS.reduce((sum, tier) => sum + total(tier), 0);
  if (reads > 0) values.set("reads avoided", `${formatShare(1 - total("database") / reads)} of ${formatCount(reads)}`);
}

/** Both runs side by side as a table that reads well on a terminal and is Markdown at the same time. */
export function renderCompare(a: RunRecord, b: RunRecord): string {
  const [first, second] = namesOf(a, b);
  const rows = comparedRows(a, b).map((row) => [row.name, row.a, row.b].map(escapeTableCell));
  const head = ["", escapeTableCell(first), escapeTableCell(second)];
  const widths = head.map((cell, column) => Math.max(3, cell.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line), "", ...cautions(a, b).map((note) => `- ${note}`)].join("\n");
}
