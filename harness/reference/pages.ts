import type { Scenario } from "#core/scenario.ts";

export interface ReferenceInput {
  readonly scenarios: readonly {
    readonly name: string;
    readonly scenario: Scenario;
    readonly plan: readonly string[];
  }[];
  readonly protections: readonly {
    readonly name: string;
    readonly does: string;
    readonly without: string;
    readonly claim: string;
  }[];
  readonly faults: readonly { readonly kind: string; readonly lesson: string; readonly example: string }[];
  readonly help: readonly string[];
  readonly traps: readonly {
    readonly name: string;
    readonly does: string;
    readonly naive: string;
    readonly expects: string;
  }[];
  readonly plantedBugs: readonly {
    readonly name: string;
    readonly does: string;
    readonly because: string;
    readonly caughtBy: string;
    readonly scenario: string;
    readonly expected: string;
  }[];
}

/** A page, or a part of one between its markers, that is made from the code. */
export interface GeneratedText {
  readonly path: string;
  /** Absent: the whole file. */
  readonly marker?: string;
  readonly text: string;
}

const NOTICE = "<!-- Made by `npm run reference`; a test fails when it is stale. -->";

const TRAPS_ARE =
  "Each is a run of the default scenario (`--quick`) with something sabotaged from outside, or the history of such a run changed and judged again. It has to end _unknown_ (exit code 2) with the finding named here undecided, and a run without the sabotage must not have that finding. `npm run traps` springs all of them, `npm run traps -- <name> ...` some; `--default-pace` runs at the pace of the scenario instead of `--quick`, `--control <folder>` takes an earlier run for the one without a sabotage. It exits with 1 when one was not caught.";

/** All generated pages. Pure. */
export function referencePages(input: ReferenceInput): readonly GeneratedText[] {
  return [
    { path: "README.md", marker: "scenarios", text: scenarioTable(input) },
    { path: "docs/reference/scenarios.md", text: page("Scenarios", input.scenarios.map(scenarioSection)) },
    { path: "docs/reference/protections.md", text: page("Protections", [protectionTable(input)]) },
    { path: "docs/reference/faults.md", text: page("Faults", input.faults.map(faultSection)) },
    {
      path: "docs/reference/command-line.md",
      text: page("Command line", [["```text", ...input.help, "```"].join("\n")]),
    },
    { path: "docs/planted-bugs.md", marker: "planted-bugs", text: plantedBugTable(input) },
    { path: "docs/reference/traps.md", text: page("Traps", [TRAPS_ARE, trapTable(input)]) },
  ];
}

function page(title: string, sections: readonly string[]): string {
  return `${[`# ${title}`, NOTICE, ...sections].join("\n\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(line)].join("\n");
}

function scenarioTable({ scenarios }: ReferenceInput): string {
  return table(
    ["scenario", "question", "claim", "faults"],
    scenarios.map(({ name, scenario }) => [
      `[\`${name}\`](docs/reference/scenarios.md#${name})`,
      scenario.question,
      scenario.claim ?? "",
      String(scenario.timeline.length),
    ]),
  );
}

function scenarioSection({ name, scenario, plan }: ReferenceInput["scenarios"][number]): string {
  return [
    `## ${name}`,
    `**${scenario.title}**`,
    scenario.background,
    ["```text", ...plan, "```"].join("\n"),
    `Run it: \`npm run scenario ${name}\``,
  ].join("\n\n");
}

function protectionTable({ protections }: ReferenceInput): string {
  const rows = protections.map((protection) => [
    `\`${protection.name}\``,
    protection.does,
    protection.without,
    protection.claim,
  ]);
  return `Leave one out with \`--without <name>\`; the monolith is without all of them.\n\n${table(["protection", "what it does", "without it", "claim"], rows)}`;
}

function trapTable({ traps }: ReferenceInput): string {
  return table(
    ["trap", "what is sabotaged", "what a naive tool would say", "caught by"],
    traps.map(({ name, does, naive, expects }) => [`\`${name}\``, does, naive, `\`${expects}\``]),
  );
}

function plantedBugTable({ plantedBugs }: ReferenceInput): string {
  return table(
    ["bug", "what the shop does", "how it comes about", "run", "expected", "caught by"],
    plantedBugs.map(({ name, does, because, scenario, expected, caughtBy }) => [
      `\`${name}\``,
      does,
      because,
      `\`${scenario}\``,
      expected,
      `\`${caughtBy}\``,
    ]),
  );
}

function faultSection({ kind, lesson, example }: ReferenceInput["faults"][number]): string {
  return [`## ${kind}`, lesson, ["```ts", example, "```"].join("\n")].join("\n\n");
}

/** Puts a text between `<!-- <marker> -->` and `<!-- /<marker> -->`. @throws when the markers are not there. */
export function withGenerated(file: string, marker: string, text: string): string {
  const [begin, end] = [`<!-- ${marker} -->`, `<!-- /${marker} -->`];
  const from = file.indexOf(begin);
  const to = file.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the markers "${begin}" and "${end}" are missing`);
  return `${file.slice(0, from + begin.length)}\n${text}\n${file.slice(to)}`;
}
