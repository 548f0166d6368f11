import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { cleanText } from "#core/foreign-text.ts";
import type { RunRecord } from "#core/result.ts";
import { renderCompare } from "./compare.ts";
import { renderComparePage } from "./html/compare-page.ts";
import { page } from "./html/page.ts";
import { junit } from "./junit.ts";
import { postmortem } from "./postmortem.ts";
import { resultJsonSchema, resultSchema } from "./schema.ts";
import { storyOf } from "./story.ts";
import { summary } from "./summary.ts";
import { type ExampleKind, exampleRun } from "./testing/history.ts";
import { HOSTILE, hostileRun } from "./testing/hostile.ts";
import { xmlProblem } from "./testing/well-formed.ts";
import { timeseries } from "./timeseries.ts";
import { renderers } from "./write.ts";

const runs: Readonly<Record<ExampleKind, RunRecord>> = {
  held: exampleRun("held"),
  broken: exampleRun("broken"),
  unknown: exampleRun("unknown"),
};
const hostile = hostileRun(runs.held);

/** A run that never began: no load, no samples, nothing judged. */
const empty: RunRecord = {
  result: { ...runs.held.result, verdict: "unknown", objectives: [], cutShort: "no HAProxy", facts: {}, timings: {} },
  records: [],
};

/** Markup outside the data element and the script. */
function bodyOf(html: string): string {
  return html.replace(/<script[\s\S]*?<\/script>/g, "").replace(/<style[\s\S]*?<\/style>/, "");
}

describe.each(renderers.map((renderer) => [renderer.file, renderer] as const))("%s", (_file, renderer) => {
  test.each(Object.entries(runs))("is written for a run that is %s", (_kind, record) => {
    expect(renderer.render(record).length).toBeGreaterThan(500);
  });

  test("is written for a run in which nothing ever happened", () => {
    expect(renderer.render(empty).length).toBeGreaterThan(20);
  });

  test("carries no control character, no terminal sequence and no turned writing, whatever came from outside", () => {
    // The word joiner is our own: it keeps a name with an at sign from becoming a mention.
    const text = renderer.render(hostile).replaceAll("\u2060", "");
    expect(cleanText(text)).toBe(text);
  });
});

describe("report.html", () => {
  test("says the verdict by word and symbol, and what is missing when it is unknown", () => {
    expect(page.render(runs.held)).toContain('<b aria-hidden="true">✓</b>held');
    expect(page.render(runs.broken)).toContain('<b aria-hidden="true">✕</b>broken');
    const unknown = page.render(runs.unknown);
    expect(unknown).toContain("What is missing for an answer");
    expect(unknown).toContain("Check that the link runs through Toxiproxy");
  });

  test("stays below a megabyte for 210 s and for 20 min", () => {
    for (const record of [runs.held, runs.broken, exampleRun("held", 1_200), exampleRun("broken", 1_200)]) {
      expect(Buffer.byteLength(page.render(record))).toBeLessThan(1_000_000);
    }
  });

  test("loads nothing, and its policy names exactly the style and the script that it carries", () => {
    const html = page.render(runs.held);
    expect(html).toContain("default-src &#39;none&#39;".replace(/&#39;/g, "'"));
    expect(html).not.toMatch(/\s(src|srcset)=|url\(|@import|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    // Inline handlers and style attributes would be refused by the policy.
    expect(bodyOf(html)).not.toMatch(/<[^>]+\s(on[a-z]+|style)=/);
  });

  test("escapes foreign text in content, attributes and data", () => {
    const html = page.render(hostile);
    expect(bodyOf(html)).not.toMatch(/<(img|script)|alert\(1\)<\/script/);
    // The data element and the script of the file: two ends of a script element, no third.
    expect(html.match(/<\/script>/g)).toHaveLength(2);
    const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
    expect(data).not.toMatch(/[<>&]/);
    expect(() => JSON.parse(data)).not.toThrow();
    const quoted = [...bodyOf(html).matchAll(/<[a-z][^>]*>/g)].map(([tag]) => tag);
    expect(quoted.filter((tag) => !/^<[a-z][a-z0-9]*(\s+[\w:-]+(="[^"<>]*")?)*\s*\/?>$/i.test(tag))).toEqual([]);
  });

  test("shows what was not sampled as such, never as zero", () => {
    expect(page.render(runs.broken)).toContain("not sampled: the queue was not sampled");
    expect(page.render(runs.held)).not.toContain("the queue was not sampled");
  });

  test("puts broken objectives first and links them to the time that decides them", () => {
    const html = page.render(runs.broken);
    const rows = [...html.matchAll(/class="is-([a-z-]+)"/g)].map((match) => match[1]);
    expect(rows.slice(0, 3)).toEqual(["broken", "broken", "held"]);
    expect(html).toContain('href="#time" data-from="60" data-to="110" data-zoom');
  });

  test("tells an objective phase by phase, with interval and samples, and says which were not judged", () => {
    const html = bodyOf(page.render(runs.held));
    expect(html).toContain("<summary>by phase</summary>");
    expect(html).toMatch(/<li>normal <span class="chip not-judged">.* not judged<\/span>, n = 98<\/li>/);
    expect(html).toMatch(/<li>peak <span .*<b>13 ms<\/b>, 11 ms – 8.0 s \(95 %\), n = 60,104<\/li>/);
    const text = summary.render(runs.held);
    expect(text).toContain("### By phase");
    expect(text).toContain("– not judged (n=98)");
    expect(text).toContain("✓ 13 ms (11 ms – 8.0 s (95 %), n=60,104)");
    expect(summary.render(empty)).not.toContain("By phase");
  });

  test("works without scripts: every chart has its marks in the markup", () => {
    const html = page.render(runs.held);
    for (const id of ["users", "requests", "latency", "replicas", "pool", "tiers", "database", "cpu"]) {
      expect(html).toMatch(new RegExp(`data-panel="${id}"[\\s\\S]*?<path class="(line|area) [^>]*d="M[^"]+`));
    }
  });
});

test("whoever reads only the answer reads what a quick run left unjudged", () => {
  const sentence = "Yes: all held. In this quick run 1 objective was not judged for lack of samples: recovery.";
  const quick = { ...runs.held, result: { ...runs.held.result, sentence } };
  for (const { file, render } of [page, summary, junit, postmortem]) {
    expect(render(quick), file).toContain("In this quick run 1 objective was not judged for lack of samples");
  }
});

describe("junit.xml", () => {
  test("is well-formed, for hostile text too", () => {
    for (const record of [...Object.values(runs), hostile, empty])
      expect(xmlProblem(junit.render(record))).toBeUndefined();
  });

  test("names every objective apart, also those that ask the same of another window", () => {
    const names = [...junit.render(runs.held).matchAll(/<testcase (classname="[^"]*" name="[^"]*")/g)].map(
      ([, name]) => name,
    );
    expect(names.some((name) => name?.includes('name="availability of all pages (outside faults)"'))).toBe(true);
    expect(new Set(names).size).toBe(names.length);
  });

  test("makes broken a failure, unknown an error, not judged a skip, and counts them", () => {
    const broken = junit.render(runs.broken);
    expect(broken).toContain('tests="9" failures="2" errors="0" skipped="4"');
    expect(broken.match(/<failure /g)).toHaveLength(2);
    expect(broken.match(/<skipped /g)).toHaveLength(4);
    const unknown = junit.render(runs.unknown);
    expect(unknown).toContain('errors="1"');
    expect(unknown).toMatch(/<error type="unknown" message="[^"]*0\.4 ms/);
  });

  test("does not let a run that was cut short pass", () => {
    expect(junit.render(empty)).toContain('<error message="no HAProxy"/>');
  });
});

describe("timeseries.csv", () => {
  test("has a row a second with as many cells as the head", () => {
    const lines = timeseries.render(runs.held).trimEnd().split("\n");
    expect(lines).toHaveLength(211);
    const width = (lines[0] ?? "").split(",").length;
    expect(width).toBeGreaterThan(30);
    for (const line of lines) expect(line.split(",")).toHaveLength(width);
    expect(lines[101]).toContain("100,peak,replica-killed,");
  });

  test("gives a spreadsheet no formula to run", () => {
    const cells = timeseries
      .render(hostile)
      .split("\n")
      .flatMap((line) => line.match(/"(?:[^"]|"")*"|[^,]+/g) ?? []);
    for (const cell of cells) expect(cell).not.toMatch(/^"?[=+@]|^"?-(?!\d)/);
  });
});

describe("a run that left something behind", () => {
  const leaky: RunRecord = { ...runs.held, result: { ...runs.held.result, leftBehind: ["process 7 (k6)"] } };

  test("says so beside its verdict, in every file that people or a CI job read first", () => {
    expect(page.render(leaky)).toMatch(/✓<\/b>held[\s\S]*Left behind on the machine\.<\/b> process 7 \(k6\)/);
    expect(summary.render(leaky)).toMatch(/HELD[\s\S]*Left behind on the machine:\*\* process 7 \\?\(k6\\?\)/);
    const text = junit.render(leaky);
    expect(text).toContain('name="nothing was left behind"><error message="process 7 (k6)"/>');
    expect(xmlProblem(text)).toBeUndefined();
    for (const { render } of [page, summary, junit])
      expect(render({ ...leaky, result: { ...leaky.result, leftBehind: [] } })).toBe(render(runs.held));
  });
});

describe("Markdown files", () => {
  test.each([summary, postmortem])("$file lets no foreign markup through", ({ render }) => {
    const whole = render(hostile);
    // Inside a code span nothing is markup, as long as the span itself cannot be ended.
    const text = whole.replace(/`[^`\n]*`/g, "");
    expect(text).not.toMatch(/(^|[^\\])<(script|img)/);
    expect(text).not.toMatch(/(^|[^\\])\[link\]\(/);
    for (const row of text.split("\n").filter((line) => line.startsWith("| ---")))
      expect(row).toMatch(/^\|( -+:? \|)+$/);
  });

  test("the summary fits a comment", () => {
    for (const record of [...Object.values(runs), exampleRun("broken", 1_200)]) {
      expect(Buffer.byteLength(summary.render(record))).toBeLessThan(64_000);
    }
  });

  test("the postmortem separates what a machine knows from what only people can write", () => {
    const text = postmortem.render(runs.held);
    for (const heading of [
      "Summary",
      "Impact",
      "Detection",
      "Timeline",
      "Trigger",
      "What the protections did",
      "Recovery",
    ]) {
      expect(text).toContain(`## ${heading}\n`);
    }
    for (const heading of ["Contributing factors", "What went well", "Where we got lucky", "Actions"]) {
      expect(text).toContain(`## ${heading}\n\n_To be written by people`);
    }
    expect(text).toMatch(/asked 2,000 ms, measured 2,003 ms; state at the end: healed \(history\.jsonl\.gz #\d+/);
  });
});

test("nobody takes a run of a shop with a planted bug for one of the shop", () => {
  const { result, records } = runs.broken;
  const plantedBug = { name: "lines-forgotten", does: "forgets the lines of an order" };
  const planted: RunRecord = { result: { ...result, topology: { ...result.topology, plantedBug } }, records };
  const html = page.render(planted);
  expect(html).toContain("A bug was planted in this shop: lines-forgotten");
  expect(html.indexOf("A bug was planted")).toBeLessThan(html.indexOf('class="answer"'));
  expect(junit.render(planted)).toContain('<property name="planted bug" value="lines-forgotten"/>');
  expect(page.render(runs.broken)).not.toContain("A bug was planted");
  expect(junit.render(runs.broken)).not.toContain("planted bug");
  expect(resultSchema.parse(planted.result)).toEqual(planted.result);
});

describe("result.json", () => {
  test("every example passes the schema", () => {
    for (const { result } of Object.values(runs)) expect(resultSchema.parse(result)).toEqual(result);
  });

  test("the published schema is fresh", () => {
    const published = readFileSync(new URL("./result.schema.json", import.meta.url), "utf8");
    // `node harness/report/schema-main.ts` writes it again.
    expect(JSON.parse(published)).toEqual(JSON.parse(resultJsonSchema()));
  });
});

describe("compare", () => {
  test("shows both runs of a seed by objective and figure", () => {
    const text = renderCompare(runs.held, runs.broken);
    expect(text).toMatch(/\| +scaled \| +monolith \|/);
    expect(text).toMatch(/p99 of all pages.*✓ 14 ms \| +✕ 8\.0 s \|/);
    for (const name of ["orders accepted", "database seconds in all", "most clients waiting", "failed: timed out"])
      expect(text).toContain(name);
    expect(text).toContain("One run each");
    expect(text).not.toContain("seeds differ");
  });

  test("warns where the two are no pair", () => {
    const other: RunRecord = { ...runs.broken, result: { ...runs.broken.result, seed: "other" } };
    expect(renderCompare(runs.held, other)).toContain("The seeds differ");
  });

  test("the page has the same charts with the same axes on both sides, escaped", () => {
    const html = renderComparePage(runs.held, runs.broken);
    const heads = [
      ...html.matchAll(
        /data-panel="requests"[\s\S]*?<text class="tick[^"]*"[^>]*>([^<]*)<[\s\S]*?<text class="tick[^"]*"[^>]*>([^<]*)</g,
      ),
    ];
    expect(heads).toHaveLength(2);
    expect(heads[0]?.slice(1)).toEqual(heads[1]?.slice(1));
    expect(renderComparePage(hostile, hostile).match(/<\/script>/g)).toHaveLength(2);
    expect(Buffer.byteLength(html)).toBeLessThan(1_000_000);
    // The style sheet lays both columns on shared rows, and has to know how many there are.
    expect(html).toContain(`span ${2 + storyOf(runs.held).series.panels.length};`);
    expect(HOSTILE).toContain("</script>");
  });
});
