import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanText } from "#core/foreign-text.ts";
import { renderCompare } from "./compare.ts";
import { renderComparePage } from "./html/compare-page.ts";
import { documentOf, page } from "./html/page.ts";
import { junit } from "./junit.ts";
import { findBrowser } from "./pictures.ts";
import { postmortem } from "./postmortem.ts";
import { summary } from "./summary.ts";
import { openWatcher, type Watcher } from "./testing/browser.ts";
import { exampleRun } from "./testing/history.ts";
import { hostileRun } from "./testing/hostile.ts";
import { PAYLOADS } from "./testing/payloads.ts";
import { xmlProblem } from "./testing/well-formed.ts";
import { csvLine } from "./text/csv.ts";
import { codeSpan, escapeMarkdown, escapeTableCell } from "./text/markdown.ts";
import { escapeMarkup, jsonForScript } from "./text/markup.ts";
import { timeseries } from "./timeseries.ts";

/** So many in one text: a page with one of them in every place takes a second to make. `1` tries each by itself. */
const TOGETHER = Number(process.env.DOORBUSTER_PAYLOADS_TOGETHER ?? "12");

const GROUPS = Array.from({ length: Math.ceil(PAYLOADS.length / TOGETHER) }, (_, index) =>
  PAYLOADS.slice(index * TOGETHER, (index + 1) * TOGETHER),
);

/** Short, because each group makes it anew; it has everything that a report shows. */
const RUN = exampleRun("broken", 30);

function browserHere(): string | undefined {
  try {
    return findBrowser(process.env.PATH ?? "");
  } catch (missing) {
    // Where somebody promised one, its lack is no reason to skip.
    if (process.env.DOORBUSTER_BROWSER === "required") throw missing;
    return undefined;
  }
}

const browser = browserHere();

/** What a forgotten escape looks like: the texts stand in the document as they came. */
function unescaped(html: string, texts: readonly string[]): string {
  return texts.reduce((whole, text) => whole.replaceAll(escapeMarkup(text), () => text), html);
}

function withoutPolicy(html: string): string {
  return html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, '<meta name="no-policy">');
}

describe.skipIf(browser === undefined)("in a real browser (skipped where none is on the PATH)", () => {
  let watcher: Watcher;

  beforeAll(async () => {
    watcher = await openWatcher(browser ?? "");
  });

  afterAll(async () => {
    await watcher[Symbol.asyncDispose]();
  });

  test("a report of harmless text shows no sign of anything", async () => {
    expect(await watcher.signsOf(page.render(RUN))).toEqual([]);
    expect(await watcher.signsOf(renderComparePage(RUN, RUN))).toEqual([]);
  });

  test.each(GROUPS.map((texts, index) => [index, texts] as const))(
    "hostile texts in every place of both pages do nothing, and JUnit stays XML (group %i)",
    async (_index, texts) => {
      const run = hostileRun(RUN, texts.join(" "));
      expect(await watcher.signsOf(page.render(run))).toEqual([]);
      expect(await watcher.signsOf(renderComparePage(run, run))).toEqual([]);
      expect(await watcher.isXml(junit.render(run))).toBe(true);
    },
  );

  test("one place that forgets to escape is seen, with the policy and without it", async () => {
    const text = "<img src=x onerror=window.ran=1;alert(1)>";
    const html = page.render({ ...RUN, result: { ...RUN.result, seed: text } });
    const forgetful = html.replace(`<code>${escapeMarkup(text)}</code>`, `<code>${text}</code>`);
    expect(forgetful).not.toBe(html);
    const guarded = await watcher.signsOf(forgetful);
    expect(guarded).toContain("an element <img>");
    expect(guarded.join()).toMatch(/on the console: .*Content Security Policy/);
    expect(guarded).not.toContain("a script set its flag");
    const open = await watcher.signsOf(withoutPolicy(forgetful));
    expect(open).toContain("a dialog: 1");
    expect(open).toContain("a script set its flag");
  });

  test("every text that is markup is seen where it is not escaped", async () => {
    // A frameset is nothing inside a body.
    const markup = PAYLOADS.filter((text) => /^["']?\/?>?<[a-z]/i.test(text) && !text.startsWith("<frameset"));
    expect(markup.length).toBeGreaterThan(80);
    const unseen: string[] = [];
    for (const text of markup) {
      const signs = await watcher.signsOf(withoutPolicy(documentOf("x", { markup: text }, { runs: [] })));
      if (signs.length === 0) unseen.push(text);
    }
    expect(unseen).toEqual([]);
  }, 60_000);

  test("a text that ends the data element is seen where the data is not escaped", async () => {
    const text = "</script><img src=x onerror=alert(1)>";
    const html = page.render(RUN).replace('id="data">{', () => `id="data">{"x":"${text}",`);
    expect((await watcher.signsOf(html)).length).toBeGreaterThan(0);
  });

  test("an unescaped text in JUnit is no XML any more", async () => {
    const xml = junit.render({ ...RUN, result: { ...RUN.result, seed: "a<b" } });
    expect(await watcher.isXml(xml)).toBe(true);
    expect(await watcher.isXml(unescaped(xml, ["a<b"]))).toBe(false);
  });
});

describe("every text by itself", () => {
  test("makes no formula of a cell, and no second cell", () => {
    for (const text of PAYLOADS) {
      const line = csvLine([text, 1]);
      const cell = /^("(?:[^"]|"")*"|[^",;]*),1$/.exec(line)?.[1];
      expect(cell).toBeDefined();
      expect(cell?.replace(/^"/, "")).not.toMatch(/^\s*[=+\-@\uff1d]/);
      expect(line).toBe(cleanText(line));
    }
    expect(csvLine(["=1+1"])).toBe(`"'=1+1"`);
  });

  test("is inert in Markdown: no tag, no link, no picture, no mention, no heading, no formula", () => {
    for (const text of PAYLOADS) {
      const escaped = escapeMarkdown(text);
      expect(escaped.replaceAll("\u2060", "")).toBe(cleanText(escaped.replaceAll("\u2060", "")));
      expect(escaped).not.toMatch(/(?<!\\)(?:\\\\)*[<`[$*_|#]/);
      expect(escaped).not.toMatch(/\n|:\/\/|@\w|www\.\w/i);
      expect(codeSpan(text)).toMatch(/^`[^`\n]*`$/);
      expect(escapeTableCell(text)).not.toMatch(/(?<!\\)(?:\\\\)*[|`[]|(?<!\\)<[a-z/!?]|\n/i);
    }
  });

  test("cannot end a data element, an attribute or an element", () => {
    for (const text of PAYLOADS) {
      expect(jsonForScript({ [text]: text }).markup).not.toMatch(/[<>&\u2028\u2029]/);
      expect(JSON.parse(jsonForScript([text]).markup)).toEqual([text]);
      expect(escapeMarkup(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      expect(xmlProblem(`<a b="${escapeMarkup(text)}">${escapeMarkup(text)}</a>`)).toBeUndefined();
    }
  });
});

test.each(GROUPS.map((texts, index) => [index, texts] as const))(
  "hostile texts leave the text files of a run plain (group %i)",
  (_index, texts) => {
    const run = hostileRun(RUN, texts.join(" "));
    for (const { file, render } of [summary, postmortem, timeseries, junit]) {
      const text = render(run).replaceAll("\u2060", "");
      expect(cleanText(text), file).toBe(text);
    }
    for (const { file, render } of [summary, postmortem]) {
      // Inside a code span nothing is markup; that none can be ended is tested above.
      const text = render(run).replace(/`[^`\n]*`/g, "");
      expect(text, file).not.toMatch(/(?<!\\)(?:\\\\)*<[a-z/!?]|(?<!\\)(?:\\\\)*\]\(|:\/\/|@\w/i);
    }
    expect(xmlProblem(junit.render(run))).toBeUndefined();
    const compared = renderCompare(run, run).replaceAll("\u2060", "");
    expect(cleanText(compared)).toBe(compared);
  },
);
