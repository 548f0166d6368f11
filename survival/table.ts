import { BEFORE_THE_HISTORY, PARTS_OF_A_RUN, PHASES, partOf } from "./blow.ts";
import type { Row } from "./row.ts";

/** One line a blow, as soon as it is over. */
export function lineOf(row: Row): string {
  const { number, blow, struckAt, phase, goneAfter, recovered, exit, note, problems, dealt } = row;
  const gone = goneAfter === null ? "NOT GONE" : `gone after ${goneAfter.toFixed(1)} s${recovered ? " (recover)" : ""}`;
  const told = `${String(number).padStart(3)} ${blow.padEnd(24)} at ${struckAt.toFixed(1).padStart(5)} s (${phase})`;
  return [
    `${told.padEnd(60)} ${gone.padEnd(26)} exit ${exit ?? "none"}  ${problems.length > 0 ? "FAILED" : dealt ? "ok" : "missed"}`,
    ...(note === undefined ? [] : [`    ${note}`]),
    ...problems.map((text) => `    ${text}`),
  ].join("\n");
}

/** How many blows of each name were asked for. */
export type Asked = ReadonlyMap<string, number>;

/** All blows of a kind in a row of a table, for people and for Markdown. */
export function tableOf(rows: readonly Row[], asked: Asked): string {
  const lines = [...asked].map(([name, times]) => {
    const own = rows.filter(({ blow }) => blow === name);
    const gone = own.map(({ goneAfter }) => goneAfter).filter((seconds) => seconds !== null);
    return [
      name,
      String(times),
      String(dealtOf(own).length),
      String(times - dealtOf(own).length),
      phasesOf(own),
      gone.length === 0 ? "-" : Math.max(...gone).toFixed(1),
      [...new Set(own.map(({ exit }) => exit ?? "none"))].join(", "),
      String(own.filter(({ problems }) => problems.length > 0).length),
    ];
  });
  const head = [
    "blow",
    "asked",
    "dealt",
    "never dealt",
    "in the phases",
    "gone at most after, s",
    "exit codes",
    "failed",
  ];
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...lines.map(line)].join("\n");
}

/** The last word on each number: a blow that came too late is dealt again. */
function dealtOf(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.filter(({ dealt }) => dealt).map((row) => [row.number, row])).values()];
}

/** How many of the blows that were dealt fell into each phase. */
function phasesOf(rows: readonly Row[]): string {
  const phases = dealtOf(rows).map(({ phase }) => phase);
  // Every pair of runs at once has a sentence of its own.
  if (phases.some((phase) => !isPhase(phase))) return "see the rows";
  return [...new Set(phases)].map((phase) => `${phase} ${phases.filter((each) => each === phase).length}`).join(", ");
}

const MET = [BEFORE_THE_HISTORY, ...PHASES] as const;
const isPhase = (text: string): boolean => MET.some((phase) => phase === text);

/** Of forty blows at random moments at least five must have met each of the six parts of a run. */
const SHARE_OF_A_PART = 1 / 8;

/** What was not shown, a sentence each: blows that were never dealt, and parts of a run that too few have met. */
export function notShown(rows: readonly Row[], asked: Asked): readonly string[] {
  return [...asked].flatMap(([name, times]) => {
    const own = dealtOf(rows.filter(({ blow }) => blow === name));
    const missing = times - own.length;
    const random = own.filter(({ part }) => part !== undefined);
    const least = Math.floor(times * SHARE_OF_A_PART);
    const thin = PARTS_OF_A_RUN.map((part) => ({
      part,
      met: random.filter(({ phase }) => MET.some((each) => each === phase && partOf(each) === part)).length,
    })).filter(({ met }) => met < least);
    return [
      ...(missing > 0 ? [`${name}: ${missing} of ${times} blows were never dealt, so nothing was shown by them`] : []),
      ...(random.length === 0
        ? []
        : thin.map(({ part, met }) => `${name}: ${met} met the ${part}, and it takes ${least}`)),
    ];
  });
}
