import { join } from "node:path";
import { expect, test } from "vitest";
import { cleanText } from "#core/foreign-text.ts";
import type { HistoryRecord } from "#core/history.ts";
import type { RunResult } from "#core/result.ts";
import { PAYLOADS } from "#harness/report/testing/payloads.ts";
import { type ReporterName, reporterNamed } from "./index.ts";
import { cutTo, piece, widthOf } from "./paint.ts";
import { sparkline } from "./sparkline.ts";
import { exampleRecords, exampleResult } from "./testing/records.ts";

interface Screenful {
  readonly text: string;
  readonly writes: readonly string[];
}

function show(
  name: ReporterName,
  { isTTY = false, columns = 100, env = {} }: { isTTY?: boolean; columns?: number; env?: Record<string, string> } = {},
  records: readonly HistoryRecord[] = exampleRecords(),
  result: RunResult = exampleResult(),
): Screenful {
  const writes: string[] = [];
  const reporter = reporterNamed(name, { write: (text) => writes.push(text), columns, rows: 40, isTTY }, env);
  reporter.progress("bringing k6");
  reporter.planned(["black-friday   local   scale 1:500", "load    4,000 users"], {
    scenario: result.scenario,
    topology: result.topology,
  });
  for (const record of records) reporter.record(record);
  reporter.ended(result, "results/black-friday/20261127");
  return { text: writes.join(""), writes };
}

test("lines tell what happened with the time since the first request, and end with the verdict and the next commands", () => {
  const { text } = show("lines");
  expect(text).toContain("setup   bringing k6\n");
  expect(text).toContain("setup   27 nodes ready in 4.1s; the clock below counts from the first request\n");
  expect(text).toMatch(/^00:04 {3}latency app > cache \(eu\) \+2s +in force after 200ms \(probe measured 2.003s\)$/m);
  expect(text).toMatch(/^verdict ✕ BROKEN {4}It did not hold\.$/m);
  expect(text).toContain("✕ broken   p99 of all pages (whole run): 800 ms, target < 200 ms; too slow");
  expect(text).toContain("next    results/black-friday/20261127/report.html\n");
});

test("people are shown the folder from where they stand, machines the whole path", () => {
  const text = (name: ReporterName): string => {
    let written = "";
    const reporter = reporterNamed(name, { write: (part) => (written += part) }, {});
    reporter.ended(exampleResult(), join(process.cwd(), "results", "a"), 3_400_000);
    return written;
  };
  expect(text("lines")).toContain("folder  results/a (3.4 MB)\n");
  expect(text("jsonl")).toContain(join(process.cwd(), "results", "a"));
});

test("nothing but plain text goes into a pipe, and NO_COLOR keeps colour off a terminal", () => {
  expect(show("lines").text).not.toContain("\u001b");
  expect(show("lines", { isTTY: true, env: { NO_COLOR: "1" } }).text).not.toContain("\u001b[3");
  expect(show("lines", { isTTY: true }).text).toContain("\u001b[31m✕ BROKEN");
});

test("a live view that is no terminal, or a dumb one, becomes lines", () => {
  expect(show("live").text).toBe(show("lines").text);
  expect(show("live", { isTTY: true, env: { TERM: "dumb" } }).text).not.toContain("\u001b");
});

test("the live view stays inside its terminal, draws over itself and gives the cursor back", () => {
  for (const columns of [100, 40, 12]) {
    const { text, writes } = show("live", { isTTY: true, columns, env: { NO_COLOR: "1" } });
    const frames = writes.filter((written) => written.includes("?2026h"));
    expect(frames.length).toBeGreaterThan(3);
    for (const frame of frames) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the terminal's own sequences are taken out
      const lines = frame.replace(/\u001b\[[?0-9]*[a-zA-Z]|\r/g, "").split("\n");
      expect(Math.max(...lines.map((line) => [...line].length))).toBeLessThan(columns);
      expect(lines.length).toBeLessThanOrEqual(40);
    }
    expect(text.indexOf("\u001b[?25l")).toBeGreaterThan(-1);
    expect(text.lastIndexOf("\u001b[?25h")).toBeGreaterThan(text.lastIndexOf("\u001b[?25l"));
  }
});

test("the live view shows users, latency against the limit, faults in force and parts that are down", () => {
  const records = exampleRecords().filter((record) => record.kind !== "fault" || record.state !== "healed");
  const { writes } = show("live", { isTTY: true, env: { NO_COLOR: "1" } }, records);
  const last = writes.filter((written) => written.includes("?2026h")).at(-1) ?? "";
  expect(last).toContain("of 120 planned");
  expect(last).toContain("limit 200ms");
  expect(last).toContain("latency app > cache (eu) +2s");
  expect(last).toContain("measured 2.003s");
  expect(last).toContain("●○ 1 of 2 app");
});

test("a resized terminal is cleared once, because nobody can count the lines that it wrapped", () => {
  const writes: string[] = [];
  const terminal = { write: (text: string) => writes.push(text), columns: 100, rows: 40, isTTY: true };
  const reporter = reporterNamed("live", terminal, {});
  const records = exampleRecords();
  const half = Math.floor(records.length / 2);
  for (const record of records.slice(0, half)) reporter.record(record);
  terminal.columns = 60;
  for (const record of records.slice(half)) reporter.record(record);
  expect(writes.filter((written) => written.includes("\u001b[2J"))).toHaveLength(1);
});

test("a reader that has gone does not end the run", () => {
  for (const name of ["lines", "jsonl", "live"] as const) {
    let writes = 0;
    const gone = {
      write: () => {
        writes += 1;
        throw new Error("write EPIPE");
      },
      isTTY: true,
    };
    const reporter = reporterNamed(name, gone, {});
    reporter.planned(["black-friday"]);
    for (const record of exampleRecords()) reporter.record(record);
    reporter.ended(exampleResult(), "folder");
    expect(writes).toBe(1);
  }
});

test("a stream that reports its end as an event is not written to any more", () => {
  let tell: (error: Error) => void = () => {};
  const writes: string[] = [];
  const reporter = reporterNamed("jsonl", {
    write: (text) => writes.push(text),
    on: (_event, listener) => {
      tell = listener;
    },
  });
  reporter.progress("one");
  tell(new Error("EPIPE"));
  reporter.progress("two");
  expect(writes).toHaveLength(1);
});

test("json lines are a document each, every record among them", () => {
  const records = exampleRecords();
  const lines = show("jsonl")
    .text.trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(records.length + 3);
  expect(lines.at(-1)).toMatchObject({ kind: "result", result: { verdict: "broken" } });
});

test("text from outside cannot move the cursor, colour the screen or forge a line", () => {
  const hostile = "\u001b[2J\u001b]0;title\u0007evil\r\nverdict ✓ HELD\u202e";
  const records = exampleRecords().map(
    (record): HistoryRecord => (record.kind === "system" ? { ...record, event: hostile, detail: hostile } : record),
  );
  const { text } = show("lines", {}, records, { ...exampleResult(), sentence: hostile });
  expect(text).not.toContain("\u001b");
  expect(text).not.toContain("\u202e");
  expect(text).not.toMatch(/^verdict ✓ HELD/m);
});

test("no reporter lets a control character through, whatever text comes from outside, and json lines keep the text", () => {
  const records = exampleRecords();
  const result = exampleResult();
  for (const text of PAYLOADS) {
    const hostile = records.map((record): HistoryRecord => {
      if (record.kind === "system") return { ...record, event: text, detail: text, node: text };
      if (record.kind === "node") return { ...record, detail: text, node: text };
      if (record.kind === "fault") return { ...record, title: text, detail: text, measured: text };
      return record.kind === "run" ? { ...record, detail: text } : record;
    });
    const objectives = result.objectives.map((each) => ({ ...each, title: text, reason: text, observed: text }));
    const hostileResult = { ...result, sentence: text, cutShort: text, repeat: text, seed: text, objectives };
    for (const name of ["lines", "live", "jsonl"] as const) {
      const { text: shown } = show(name, { env: { NO_COLOR: "1" } }, hostile, hostileResult);
      expect(shown.replaceAll("\n", "")).toBe(cleanText(shown.replaceAll("\n", "")));
    }
    const last = show("jsonl", {}, hostile, hostileResult).text.trimEnd().split("\n").at(-1);
    expect(JSON.parse(last ?? "").result.sentence).toBe(text);
  }
});

test("a shop that says the same again and again is told once in five seconds", () => {
  const shouting = exampleRecords().flatMap((record): readonly HistoryRecord[] =>
    record.kind === "system" ? Array.from({ length: 50 }, (_, i) => ({ ...record, at: record.at + i })) : [record],
  );
  expect(show("lines", {}, shouting).text.match(/breaker opened/g)).toHaveLength(1);
});

test("the silent reporter says nothing", () => {
  expect(show("silent").text).toBe("");
});

test("a line is cut by letters, not by bytes, and shows that it was cut", () => {
  const cut = cutTo([piece("äöü", "strong"), piece("▁▂▃▄▅▆")], 6);
  expect(cut.map(({ text }) => text).join("")).toBe("äöü▁▂…");
  expect(widthOf(cut)).toBe(6);
});

test("a sparkline is full above the limit, low at a millisecond, and blank without attempts", () => {
  expect(sparkline([1, undefined, 199, 201], 200)).toEqual([
    { text: "▁ ▇", tone: "accent" },
    { text: "█", tone: "broken" },
  ]);
});
