import type { Outcome } from "./ordeal.ts";

/** One line a blow, as soon as it is over. */
export function lineOf({ blow, dealt, struckAt, phase, goneAfter, exit, problems }: Outcome): string {
  const gone = goneAfter === undefined ? "NOT GONE" : `gone after ${goneAfter.toFixed(1)} s`;
  const told = `${blow.name.padEnd(24)} at ${struckAt.toFixed(1).padStart(5)} s (${phase})`.padEnd(56);
  return [
    `${told} ${gone.padEnd(17)} exit ${exit ?? "none"}  ${problems.length > 0 ? "FAILED" : dealt ? "ok" : "missed"}`,
    ...problems.map((text) => `    ${text}`),
  ].join("\n");
}

/** All blows of a kind in a row of a table, for people and for Markdown. */
export function tableOf(outcomes: readonly Outcome[]): string {
  const names = [...new Set(outcomes.map(({ blow }) => blow.name))];
  const rows = names.map((name) => {
    const own = outcomes.filter(({ blow }) => blow.name === name);
    const gone = own.map(({ goneAfter }) => goneAfter).filter((seconds) => seconds !== undefined);
    return [
      name,
      String(own.length),
      String(own.filter(({ dealt }) => dealt).length),
      phasesOf(own),
      gone.length === 0 ? "-" : Math.max(...gone).toFixed(1),
      [...new Set(own.map(({ exit }) => exit ?? "none"))].join(", "),
      String(own.filter(({ problems }) => problems.length > 0).length),
    ];
  });
  const head = ["blow", "times", "dealt", "in the phases", "gone at most after, s", "exit codes", "failed"];
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** How many of the blows that were dealt fell into each phase. */
function phasesOf(outcomes: readonly Outcome[]): string {
  const phases = outcomes.filter(({ dealt }) => dealt).map(({ phase }) => phase);
  return [...new Set(phases)].map((phase) => `${phase} ${phases.filter((each) => each === phase).length}`).join(", ");
}

/** Blows of which not one hit anything: of these nothing was shown, and that is no success. */
export function neverDealt(outcomes: readonly Outcome[]): readonly string[] {
  const dealt = new Set(outcomes.filter((outcome) => outcome.dealt).map(({ blow }) => blow.name));
  return [...new Set(outcomes.map(({ blow }) => blow.name))].filter((name) => !dealt.has(name));
}
