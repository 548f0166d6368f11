import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { exampleRun } from "../testing/history.ts";
import { renderComparePage } from "./compare-page.ts";
import { page } from "./page.ts";

const FOLDER = new URL("./style/", import.meta.url);
const SCRIPT = readFileSync(new URL("./report.js", import.meta.url), "utf8");

const [held, broken, unknown] = [exampleRun("held"), exampleRun("broken"), exampleRun("unknown")];
/** A run that never began shows what a page says where there is nothing to show. */
const empty = { ...unknown, result: { ...unknown.result, objectives: [], cutShort: "no HAProxy" }, records: [] };
const objectives = broken.result.objectives.map((objective) => ({
  ...objective,
  offenders: ["order 7 is there twice"],
}));
const offending = { ...broken, result: { ...broken.result, objectives } };
/** A shop that failed nobody: charts of what goes wrong have nothing to tell. */
const flawless = {
  ...held,
  records: held.records.map((record) =>
    record.kind === "load.batch" ? { ...record, outcomes: { ok: record.outcomes.ok ?? 0 } } : record,
  ),
};
/** A shop that was spoilt on purpose is shown as such. */
const plantedBug = { name: "lines-forgotten", does: "forgets the lines of an order" };
const planted = { ...held, result: { ...held.result, topology: { ...held.result.topology, plantedBug } } };
const html = [held, broken, unknown, empty, offending, flawless, planted].map((run) => page.render(run));

/** Classes that a page carries, or that the script gives to what it makes. */
const carried = new Set([
  ...[...html, renderComparePage(held, broken)].flatMap((text) =>
    [...text.matchAll(/ class="([^"]*)"/g)].flatMap(([, names]) => (names ?? "").split(" ")),
  ),
  ...[...SCRIPT.matchAll(/className = "([\w-]+)"/g)].map(([, name]) => name ?? ""),
]);

test.each(readdirSync(FOLDER))("every class that %s styles is on a page", (file) => {
  const text = readFileSync(new URL(file, FOLDER), "utf8");
  const selectors = text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/\{[^{}]*\}|^@.*$/gm, "{}");
  const styled = [...selectors.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name ?? "");
  expect(styled.length).toBeGreaterThan(0);
  expect(styled.filter((name) => !carried.has(name))).toEqual([]);
});

test("a page carries every file of the style", () => {
  for (const file of readdirSync(FOLDER)) expect(html[0]).toContain(readFileSync(new URL(file, FOLDER), "utf8"));
});
