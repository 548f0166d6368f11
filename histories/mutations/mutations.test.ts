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

test("a kind of mutation that had no place anywhere is no proof, however many others were caught", () => {
  const caught = { kind: "caught", by: "no-order-lost broken", what: "an order" } as const;
  const [one, other] = MUTATIONS;
  if (one === undefined || other === undefined) throw new Error("there are no mutations");
  const many = rowOf(
    one,
    Array.from({ length: 99 }, () => caught),
  );
  expect(summaryOf([many])).toMatchObject({ isEnough: true });
  const summary = summaryOf([many, rowOf(other, [{ kind: "no-place" }])]);
  expect(summary.isEnough).toBe(false);
  expect(summary.text).toContain(other.name);
});

test("names are nobody's twice, and say what is meant", () => {
  const names = MUTATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});
