import { expect, test } from "vitest";
import { confidenceOf, drawFacts, drawOf, LONGEST_SEED, MOST_DRAWS, seedOf } from "./draw.ts";
import type { HistoryRecord } from "./history.ts";

const planned = (facts: Readonly<Record<string, unknown>>): readonly HistoryRecord[] => [
  { kind: "run", state: "planned", detail: "", facts, seq: 0, at: 0, source: "harness" },
];

test("a draw goes through the history, and a history without one is of a run of its own", () => {
  const draw = { attempt: 2, of: 3 };
  expect(drawOf(planned(drawFacts(draw)))).toEqual(draw);
  expect(drawFacts({ attempt: 1, of: 1 })).toEqual({});
  expect(drawOf(planned({}))).toEqual({ attempt: 1, of: 1 });
  expect(drawOf([])).toEqual({ attempt: 1, of: 1 });
});

test("what is no draw asks for the most confidence, not for the least", () => {
  const strange = [{ attempt: 2 }, { attempt: 3, of: 2 }, { attempt: 1, of: 0.5 }, { attempt: 1, of: 99 }, null, "1/3"];
  for (const repeat of strange) {
    expect(drawOf(planned({ repeat })), JSON.stringify(repeat)).toEqual({ attempt: MOST_DRAWS, of: MOST_DRAWS });
  }
});

test("all draws together may be wrong as often as one run alone", () => {
  expect(confidenceOf({ of: 1 })).toBe(0.95);
  for (let of = 1; of <= MOST_DRAWS; of += 1) expect(of * (1 - confidenceOf({ of }))).toBeCloseTo(0.05, 12);
});

test("the first attempt has the seed itself, and every other a number behind it", () => {
  expect([1, 2, 10].map((attempt) => seedOf("s", attempt))).toEqual(["s", "s-2", "s-10"]);
});

test("attempts of a seed that leaves no room have seeds of their own as well, none longer than a seed may be", () => {
  const seeds = ["a", "b"].flatMap((last) =>
    [62, 63].flatMap((length) => {
      const seed = `${"s".repeat(length)}${last}`;
      const attempts = Array.from({ length: MOST_DRAWS }, (_, index) => seedOf(seed, index + 1));
      // Whoever repeats a later attempt with its --repeat begins with that one's seed, and goes on with new ones.
      return [...attempts, ...attempts.slice(1).map((later) => seedOf(later, 2))];
    }),
  );
  expect(new Set(seeds).size).toBe(seeds.length);
  expect(Math.max(...seeds.map(({ length }) => length))).toBe(LONGEST_SEED);
  expect(seedOf("s".repeat(64), 2)).toBe(seedOf("s".repeat(64), 2));
});
