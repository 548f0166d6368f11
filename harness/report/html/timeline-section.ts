import { formatMoment, formatMs } from "#core/duration.ts";
import type { TimelineKind } from "../story/timeline.ts";
import type { Story } from "../story.ts";
import { type Markup, markup } from "../text/markup.ts";

/** More lines than this nobody reads on one page; all of them are in the history. */
const MOST_LINES = 500;

const KINDS: readonly (readonly [TimelineKind, string])[] = [
  ["run", "run"],
  ["phase", "phases"],
  ["fault", "faults"],
  ["node", "nodes"],
  ["shop", "what the shop said"],
  ["users", "what users felt"],
];

/** Section 9: every source merged by time, then the environment, then the files. */
export function timelineSection(story: Story): Markup {
  const lines = story.timeline.slice(0, MOST_LINES);
  const more = story.timeline.length - lines.length;
  return markup`<section id="timeline"><h2><span>9</span> Timeline</h2>
<form class="filter" aria-label="Show in the timeline">${KINDS.map(
    ([kind, name]) => markup`<label><input type="checkbox" id="show-${kind}" checked> ${name}</label>`,
  )}</form>
<div class="scroll"><table class="timeline"><tbody>${lines.map(
    (line) =>
      markup`<tr class="kind-${line.kind}"><td class="n">${formatMoment(line.atMs)}</td><td>${line.text}</td><td class="quiet">${line.source}${line.seq === undefined ? "" : ` #${line.seq}`}</td></tr>`,
  )}</tbody></table></div>${more > 0 ? markup`<p class="note">${more} more in history.jsonl.gz.</p>` : undefined}
<p class="note">#n is the record with seq n in history.jsonl.gz.</p>
<h3 id="environment">Environment</h3>${environment(story)}
<h3 id="files">Files of this run</h3>${files()}</section>`;
}

/** Facts may nest; a path of names reads like a setting. */
function flatten(value: unknown, path: string, depth: number): readonly (readonly [string, string])[] {
  if (value === null || typeof value !== "object" || depth > 4) {
    return [[path, typeof value === "string" ? value : (JSON.stringify(value) ?? "")]];
  }
  if (Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null)) {
    return [[path, value.join(", ")]];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    flatten(inner, path === "" ? name : `${path} · ${name}`, depth + 1),
  );
}

/** A page of settings is enough; result.json has all. */
const MOST_FACTS = 150;

function environment({ record }: Story): Markup {
  const { result, records } = record;
  const raised = records.find((candidate) => candidate.kind === "run" && candidate.state === "raised");
  const stage = raised?.kind === "run" ? raised.facts : undefined;
  const timings = Object.entries(result.timings).map(
    ([name, ms]) => [`time · ${name.replace(/Ms$/, "")}`, formatMs(ms)] as const,
  );
  const rows = [...flatten(result.facts, "", 0), ...flatten(stage ?? {}, "", 0), ...timings];
  const seen = new Map(rows.map(([name, value]) => [name, value] as const));
  return markup`<div class="scroll"><table class="environment"><tbody>${[...seen]
    .slice(0, MOST_FACTS)
    .map(([name, value]) => markup`<tr><td>${name}</td><td><code>${value}</code></td></tr>`)}</tbody></table></div>`;
}

const FILES: readonly (readonly [string, string])[] = [
  ["result.json", "the verdict and all it rests on; every other file is derived from it and the history"],
  ["history.jsonl.gz", "everything that was observed, a record a line, as it happened"],
  ["timeseries.csv", "a row a second, a column a line of the charts"],
  ["summary.md", "for the summary page of a CI job"],
  ["junit.xml", "a testcase an objective"],
  ["postmortem-draft.md", "what a machine can know, and blanks for what it cannot"],
  ["logs/", "the log of every part"],
];

function files(): Markup {
  return markup`<table class="narrow"><tbody>${FILES.map(([name, what]) => markup`<tr><td><a href="${name}"><code>${name}</code></a></td><td class="quiet">${what}</td></tr>`)}</tbody></table>`;
}
