import { expect, test } from "vitest";
import blackFriday from "#scenarios/black-friday.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { topologyOf } from "#system/topology.ts";
import { cleanHistory } from "../generate/index.ts";
import { MUTATIONS } from "./catalogue.ts";
import { attempt, controlOf } from "./judge-mutation.ts";
import { lineOf, rowOf, summaryOf } from "./table.ts";

const scenario = paced(blackFriday, { pace: "quick" });
const topology = topologyOf("scaled", []);
const control = controlOf("generated", {
  scenario,
  topology,
  records: [...cleanHistory("test", scenario, topology)],
});

/** Each takes a fifth of a second; `npm run mutations` tries all of them, at another pace and more than once. */
const EVERY = 5;

test("a generated clean history is held, which every mutation of it must not be", () => {
  expect(control.judgement.results.filter(({ state }) => state === "broken" || state === "unknown")).toEqual([]);
  expect(control.judgement.verdict).toBe("held");
});

test("every fifth mutation is caught by the finding that should catch it", { timeout: 120_000 }, () => {
  const some = MUTATIONS.filter((_, index) => index % EVERY === 2);
  const rows = some.map((mutation) => rowOf(mutation, [attempt(mutation, control, "test")]));
  for (const row of rows) expect(row.missed, lineOf(row)).toEqual([]);
  expect(rows.filter(({ tried }) => tried === 1).length).toBeGreaterThan(25);
});

test("what changes nothing is a miss, and is told so", () => {
  const idle = {
    name: "nothing-at-all",
    does: "nothing happens",
    expects: ["no-order-lost"],
    as: "broken",
    spoil: () => "nothing",
  } as const;
  const row = rowOf(idle, [attempt(idle, control, "test")]);
  expect(lineOf(row)).toContain("MISSED: nothing: held; no-order-lost held");
  expect(summaryOf([row])).toMatchObject({ isEnough: false });
});

test("names are nobody's twice, and say what is meant", () => {
  const names = MUTATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});
