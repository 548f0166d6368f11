import type { RunResult } from "#core/result.ts";
import type { ObjectiveResult, Verdict } from "#core/verdict.ts";
import { causeWords, count, errorShare, type Figures, latency } from "./figures.ts";
import { type Piece, piece, type Tone } from "./paint.ts";

/** What the reporter counted itself, for the figures below the verdict. */
export interface RunFigures {
  readonly shoppers: Figures;
  readonly buyers: Figures;
  readonly ordersAccepted: number;
}

const SYMBOLS: Readonly<Record<Verdict, string>> = { held: "✓", broken: "✕", unknown: "?" };

/** More reasons than these are read in the report. */
const MOST_REASONS = 8;

function labelled(label: string, ...pieces: readonly Piece[]): readonly Piece[] {
  return [piece(label.padEnd(8), "quiet"), ...pieces];
}

/** The end of a run: the answer, what is broken or unknown and why, the figures, where it lies, what to do next. */
export function verdictBlock(
  result: RunResult,
  folder: string,
  figures: RunFigures,
  bytes?: number,
): readonly (readonly Piece[])[] {
  const tone: Tone = result.verdict;
  const lines: (readonly Piece[])[] = [
    labelled(
      "verdict",
      piece(`${SYMBOLS[result.verdict]} ${result.verdict.toUpperCase()}`, tone),
      piece(`    ${result.sentence}`, "strong"),
    ),
  ];
  if (result.cutShort !== undefined)
    lines.push(labelled("", piece(`cut short: ${result.cutShort.split("\n")[0] ?? ""}`, "unknown")));
  for (const left of (result.leftBehind ?? []).slice(0, MOST_REASONS))
    lines.push(labelled("", piece(`left behind: ${left.split("\n")[0] ?? ""}`, "broken")));
  const bad = [...ofState(result, "broken"), ...ofState(result, "unknown")];
  for (const objective of bad.slice(0, MOST_REASONS)) lines.push(reason(objective));
  if (bad.length > MOST_REASONS)
    lines.push(labelled("", piece(`and ${bad.length - MOST_REASONS} more in the report`, "quiet")));
  lines.push(labelled("figures", piece(shoppersWords(figures.shoppers))));
  lines.push(labelled("", piece(buyersWords(figures))));
  lines.push(labelled("folder", piece(bytes === undefined ? folder : `${folder} (${megabytes(bytes)})`)));
  lines.push(labelled("next", piece(`${folder}/report.html`, "accent")));
  lines.push(labelled("", piece(result.repeat)));
  lines.push(labelled("", piece(`npm run scenario compare ${folder} <another folder>`)));
  return lines;
}

/** Logs and history of a run are some megabytes; less than a tenth of one is a run that never began. */
function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function ofState({ objectives }: RunResult, state: ObjectiveResult["state"]): readonly ObjectiveResult[] {
  return objectives.filter((objective) => objective.state === state);
}

function reason(objective: ObjectiveResult): readonly Piece[] {
  const isBroken = objective.state === "broken";
  const text = `${objective.title} (${objective.window}): ${objective.observed}, target ${objective.target}`;
  return labelled(
    "",
    piece(isBroken ? "✕ broken   " : "? unknown  ", isBroken ? "broken" : "unknown"),
    piece(text),
    piece(objective.reason === "" ? "" : `; ${firstClause(objective.reason)}`, "quiet"),
  );
}

/** A terminal's two lines: the first clause says what it is, the report has the rest. */
const LONGEST_REASON = 140;

function firstClause(reason: string): string {
  const clause = reason.split("; ")[0] ?? "";
  return clause.length <= LONGEST_REASON ? clause : `${clause.slice(0, LONGEST_REASON - 1)}…`;
}

function shoppersWords(shoppers: Figures): string {
  if (shoppers.attempts === 0) return "no attempt reached the history";
  const causes = shoppers.bad === 0 ? "" : ` (${causeWords(shoppers.causes)})`;
  const { latency: seen } = shoppers;
  return `${count(shoppers.attempts)} attempts, ${count(shoppers.bad)} failed ${errorShare(shoppers)}${causes}; p50 ${latency(seen.quantile(0.5))}, p95 ${latency(seen.quantile(0.95))}, p99 ${latency(seen.quantile(0.99))}`;
}

function buyersWords({ buyers, ordersAccepted }: RunFigures): string {
  return `${count(ordersAccepted)} orders accepted; buyers’ lane ${count(buyers.attempts)} attempts, ${count(buyers.bad)} failed, p99 ${latency(buyers.latency.quantile(0.99))}`;
}
