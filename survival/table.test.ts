import { expect, test } from "vitest";
import { randomStream } from "#core/random.ts";
import { PARTS_OF_A_RUN, type Phase, partOf } from "./blow.ts";
import { BLOWS, SERIES } from "./blows.ts";
import { dueOf, partFor } from "./due.ts";
import { type Row, readRows } from "./row.ts";
import { lineOf, notShown, tableOf } from "./table.ts";

function row(blow: string, number: number, change: Partial<Row> = {}): Row {
  return {
    commit: "0123456",
    at: "2026-11-24T00:00:00.000Z",
    number,
    blow,
    seed: "s",
    dealt: true,
    phase: "report",
    struckAt: 38,
    hit: ["harness 12@34"],
    goneAfter: 0,
    recovered: false,
    exit: 137,
    left: [],
    problems: [],
    took: 40,
    ...change,
  };
}

test("fewer blows dealt than asked is said with both numbers, and one that came too late and was dealt again counts once", () => {
  const rows = [row("late", 1, { dealt: false }), row("late", 1, { dealt: false }), row("hit", 2, { dealt: false })];
  const asked = new Map([
    ["late", 1],
    ["hit", 2],
  ]);
  const dealt = [...rows, row("hit", 2), row("hit", 2), row("hit", 3)];
  expect(notShown(dealt, asked)).toEqual(["late: 1 of 1 blows were never dealt, so nothing was shown by them"]);
  expect(notShown(rows, asked).at(1)).toBe("hit: 2 of 2 blows were never dealt, so nothing was shown by them");
  expect(notShown(dealt.slice(3), new Map([["hit", 2]]))).toEqual([]);
  expect(notShown([], new Map([["hit", 2]]))).toHaveLength(1);
  expect(lineOf(row("late", 1, { dealt: false }))).toMatch(/missed$/);
  expect(tableOf(dealt, asked)).toMatch(/\| late +\| 1 +\| 0 +\| 1 /);
  expect(tableOf(dealt, asked)).toMatch(/\| hit +\| 2 +\| 2 +\| 0 +\| report 2 /);
});

test("forty random blows of which fewer than five met a part of a run have not shown that part", () => {
  const phases: readonly Phase[] = ["start", "steady", "fault", "heal", "truth", "report"];
  const even = Array.from({ length: 40 }, (_, i) => row("r", i, { part: "start", phase: phases[i % 6] ?? "start" }));
  expect(notShown(even, new Map([["r", 40]]))).toEqual([]);
  const thin = even.map((each) => (each.phase === "heal" && each.number > 20 ? { ...each, phase: "fault" } : each));
  expect(notShown(thin, new Map([["r", 40]]))).toEqual(["r: 3 met the heal, and it takes 5"]);
});

test("a row of random blows takes the parts of a run in turn, at other moments for another seed", () => {
  const due = (seed: string) =>
    Array.from({ length: 12 }, (_, number) =>
      dueOf({ kind: "random" }, number, randomStream(`${seed}-${number}`, "moment")),
    );
  const parts = due("a").map(({ phase }) => (phase === "born" ? "none" : partOf(phase)));
  expect(parts).toEqual([...PARTS_OF_A_RUN, ...PARTS_OF_A_RUN]);
  expect(parts).toEqual(Array.from({ length: 12 }, (_, number) => partFor(number)));
  expect(due("a")).toEqual(due("a"));
  expect(due("b").map(({ afterMs }) => afterMs)).not.toEqual(due("a").map(({ afterMs }) => afterMs));
  const faults = Array.from({ length: 60 }, (_, i) => dueOf({ kind: "random" }, 2, randomStream(`${i}`, "moment")));
  expect(new Set(faults.map(({ phase, time }) => `${phase} ${time}`))).toEqual(
    new Set(["inject 2", "inject 3", "fault 1", "fault 2", "fault 3"]),
  );
});

test("the series deals the forty, ten, ten, ten and ten that the figures are about, of blows that there are", () => {
  expect(SERIES.map(({ times }) => times)).toEqual([40, 10, 10, 10, 10]);
  for (const { name } of SERIES) expect(BLOWS.map((blow) => blow.name)).toContain(name);
});

test("rows are read back as they were written, and a line that is none is named", () => {
  const rows = [row("a", 1, { goneAfter: null, note: "n", part: "heal" }), row("b", 2)];
  const text = rows.map((each) => `${JSON.stringify(each)}\n`).join("");
  expect(readRows(text, "rows.jsonl")).toEqual(rows);
  expect(() => readRows(`${text}{}\n`, "rows.jsonl")).toThrow("line 3 of rows.jsonl");
});
