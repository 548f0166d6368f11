import type { Renderer } from "#core/result.ts";
import type { ObjectiveResult } from "#core/verdict.ts";
import { escapeMarkup } from "./text/markup.ts";

/**
 * `junit.xml`: a testcase an objective. Broken is a failure; unknown is an error, because JUnit's readers let "skipped"
 * pass and an unknown must never look like one; not judged and not applicable are skipped, with the reason.
 */
export const junit: Renderer = {
  file: "junit.xml",
  render({ result }) {
    const { objectives } = result;
    const count = (state: ObjectiveResult["state"]): number =>
      objectives.filter((objective) => objective.state === state).length;
    // A run that was cut short is no objective's fault, yet must not pass.
    const cut = result.cutShort === undefined ? 0 : 1;
    // Nor must one that left something on the machine.
    const left = result.leftBehind ?? [];
    const leaked = left.length > 0 ? 1 : 0;
    const totals = [
      `tests="${objectives.length + cut + leaked}"`,
      `failures="${count("broken")}"`,
      `errors="${count("unknown") + cut + leaked}"`,
      `skipped="${count("not-judged") + count("not-applicable")}"`,
      `time="${seconds(result.timings)}"`,
    ].join(" ");
    const name = escapeMarkup(`${result.scenarioName} ${result.scenario.system.name}`);
    const cases = objectives.map((objective) => testcase(result.scenarioName, objective));
    if (result.cutShort !== undefined) {
      const message = escapeMarkup(result.cutShort);
      cases.push(
        `    <testcase classname="${escapeMarkup(result.scenarioName)}.run" name="the run came to its end"><error message="${message}"/></testcase>`,
      );
    }
    if (leaked > 0) {
      cases.push(
        `    <testcase classname="${escapeMarkup(result.scenarioName)}.run" name="nothing was left behind"><error message="${escapeMarkup(left.join("; "))}"/></testcase>`,
      );
    }
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="doorbuster" ${totals}>`,
      `  <testsuite name="${name}" ${totals} timestamp="${escapeMarkup(result.startedAt)}">`,
      "    <properties>",
      ...[
        ["seed", result.seed],
        ["commit", result.commit],
        ["substrate", result.substrate],
        ["verdict", result.verdict],
        ["sentence", result.sentence],
        ["repeat", result.repeat],
        ...(result.topology.plantedBug === undefined ? [] : [["planted bug", result.topology.plantedBug.name]]),
      ].map(([key, value]) => `      <property name="${key}" value="${escapeMarkup(value ?? "")}"/>`),
      "    </properties>",
      ...cases,
      "  </testsuite>",
      "</testsuites>",
      "",
    ].join("\n");
  },
};

function seconds(timings: Readonly<Record<string, number>>): string {
  return (Math.max(0, ...Object.values(timings)) / 1_000).toFixed(3);
}

function testcase(scenario: string, objective: ObjectiveResult): string {
  // The same is asked of several windows, one for each fault: a title alone would name them all.
  const name = `${objective.title} (${objective.window})`;
  const open = `    <testcase classname="${escapeMarkup(`${scenario}.${objective.group}`)}" name="${escapeMarkup(name)}"`;
  if (objective.state === "held") return `${open}/>`;
  const message = `${objective.observed} (target ${objective.target}, ${objective.window}, n=${objective.samples}): ${objective.reason}`;
  const detail = [
    objective.reason,
    ...(objective.offenders ?? []),
    `evidence: ${objective.evidence.join(", ") || "none"}`,
  ];
  const body = escapeMarkup(detail.join("\n"));
  switch (objective.state) {
    case "broken":
      return `${open}><failure type="broken" message="${escapeMarkup(message)}">${body}</failure></testcase>`;
    case "unknown":
      return `${open}><error type="unknown" message="${escapeMarkup(message)}">${body}</error></testcase>`;
    default:
      return `${open}><skipped message="${escapeMarkup(`${objective.state}: ${objective.reason}`)}"/></testcase>`;
  }
}
