import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Renderer, RunRecord } from "#core/result.ts";
import { storyOf } from "../story.ts";
import { jsonForScript, type Markup, markup } from "../text/markup.ts";
import { STATE_WORDS } from "../verdict-words.ts";
import { ordersSection, protectionsSection, trustSection } from "./closing-sections.ts";
import { faultsSection } from "./faults-section.ts";
import { objectivesSection } from "./objectives-section.ts";
import { pagesSection } from "./pages-section.ts";
import { cursorData, timeSection } from "./time-section.ts";
import { timelineSection } from "./timeline-section.ts";
import { verdictSection } from "./verdict-section.ts";

/** The style by part. Their order is that of the cascade: what holds for a width, for paper or for one page comes last. */
const STYLES = ["base", "verdict", "tables", "charts", "sections", "compare", "media"] as const;

/** Our own files, read once: they are part of the program, not of its input. */
const STYLE = STYLES.map((part) => readFileSync(new URL(`./style/${part}.css`, import.meta.url), "utf8")).join("\n");
const SCRIPT = readFileSync(new URL("./report.js", import.meta.url), "utf8");

function hash(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** Nothing may be loaded or run but the style and the script that this file itself carries. */
const POLICY = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; base-uri 'none'; form-action 'none'`;

/** A whole document from one file, without network: body and data are all that differ. */
export function documentOf(title: string, body: Markup, data: unknown): string {
  const style: Markup = { markup: STYLE };
  const script: Markup = { markup: SCRIPT };
  return markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${{ markup: POLICY }}"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer"><title>${title}</title><style>${style}</style></head>
<body><main>${body}</main><script type="application/json" id="data">${jsonForScript(data)}</script><script>${script}</script></body></html>
`.markup;
}

const SECTIONS: readonly (readonly [string, string])[] = [
  ["objectives", "By how much"],
  ["time", "When"],
  ["pages", "Where, whom"],
  ["faults", "Faults"],
  ["orders", "Orders"],
  ["protections", "Protections"],
  ["trust", "Trust"],
  ["timeline", "Timeline"],
];

/** `report.html`: one self-contained file that answers the reader's questions in their order. */
export const page: Renderer = {
  file: "report.html",
  render(record: RunRecord): string {
    const story = storyOf(record);
    const { result } = record;
    const body = markup`${verdictSection(story)}
<nav aria-label="Sections">${SECTIONS.map(([id, name]) => markup`<a href="#${id}">${name}</a>`)}</nav>
${[objectivesSection, timeSection, pagesSection, faultsSection, ordersSection, protectionsSection, trustSection, timelineSection].map((section) => section(story))}
<footer>${result.runId}, seed ${result.seed}, commit ${result.commit}. Made from result.json and history.jsonl.gz of the same folder.</footer>`;
    return documentOf(`${STATE_WORDS[result.verdict].word}: ${result.scenario.title}`, body, {
      runs: [cursorData(story.series)],
    });
  },
};
