import { expect, test } from "vitest";
import type { HistoryEvent } from "#core/history.ts";
import type { LastWord } from "#core/last-words.ts";
import { judge } from "./index.ts";
import { lastWordsChecker } from "./last-words.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";

const checked = (story: Story = {}) => lastWordsChecker.check(inputOf(scenarioWith([]), story))[0];

const saysLast = (reader: string) => (event: HistoryEvent) =>
  event.kind === "evidence" && event.name === `last-word/${reader}`;

/** A healthy run of which the samplers' last word is another. */
function withWord(sources: LastWord["sources"]) {
  const input = inputOf(scenarioWith([]));
  const records = input.records.map((record) =>
    saysLast("samplers")(record) ? Object.assign({}, record, { data: { sources } }) : record,
  );
  return lastWordsChecker.check({ ...input, records })[0];
}

test("readers that were there to the end are believed", () => {
  expect(checked()).toMatchObject({ id: "trust-last-words", state: "held", observed: "2 of 2 sources" });
});

test("a reader that never said its last word makes the run unknown, by name", () => {
  for (const reader of ["samplers", "usage"]) {
    expect(checked({ without: saysLast(reader) })).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining(`no last word of ${reader}`),
    });
  }
  const input = inputOf(scenarioWith([]), { without: saysLast("usage") });
  expect(judge(input, []).results.find(({ id }) => id === "trust-last-words")?.state).toBe("unknown");
});

test("a source that fell silent half-way, for a while, or from the start, makes the run unknown, by name", () => {
  const all = checked()?.samples ?? 0;
  const well = { name: "haproxy of edge", everyMs: 1_000, told: all - 1, silentMs: 300, longestGapMs: 1_200 };
  expect(withWord([well])).toMatchObject({ state: "held" });
  const died = withWord([{ ...well, silentMs: 45_000 }]);
  expect(died).toMatchObject({ state: "unknown", reason: expect.stringContaining("haproxy of edge for 45s") });
  expect(withWord([{ ...well, longestGapMs: 12_000 }])).toMatchObject({ state: "unknown" });
  expect(withWord([well, { ...well, name: "sql of primary", told: 0 }])).toMatchObject({ state: "unknown" });
  // Five of its own periods are no silence yet.
  expect(withWord([{ ...well, everyMs: 4_000, longestGapMs: 16_000 }])).toMatchObject({ state: "held" });
});

test("samples that were told and are not in the history make the run unknown", () => {
  const input = inputOf(scenarioWith([]));
  const lost = input.records.findIndex(({ kind }) => kind === "sample");
  const records = input.records.filter((_, index) => index !== lost);
  expect(lastWordsChecker.check({ ...input, records })[0]).toMatchObject({
    state: "unknown",
    reason: expect.stringMatching(/samples were told and .* are in the history/),
  });
});
