import { expect, test } from "vitest";
import { findBrowser, terminalAt, terminalEnd } from "./pictures.ts";
import { storyOf } from "./story.ts";
import { terminalPage } from "./terminal-page.ts";
import { exampleRun } from "./testing/history.ts";

test("a machine without a browser is told how to get one", () => {
  expect(() => findBrowser("/nonexistent")).toThrow(/apt-get install chromium/);
});

test("the terminal of a finished run is shown as it was at a moment of the load", () => {
  const run = exampleRun("held");
  const frame = terminalAt(run, 130_000, storyOf(run).series.zeroMs);
  expect(frame).toContain("of 4,000 planned");
  expect(frame).toContain("latency app > cache (eu) +2s");
  const html = terminalPage(frame, "npm run scenario <x>");
  expect(html).toContain("npm run scenario &lt;x&gt;");
  expect(html).not.toContain("\u001b");
});

test("the end of a run is its verdict block, in colour", () => {
  const text = terminalEnd(exampleRun("broken", 60), "results/black-friday/a");
  expect(text).toMatch(/^\S*verdict/);
  expect(terminalPage(text, "t")).toContain('<span class="red">✕ BROKEN</span>');
});
