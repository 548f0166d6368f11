import { expect, test } from "vitest";
import type { TimelineEntry } from "#core/fault.ts";
import type { HistoryEvent } from "#core/history.ts";
import type { LastWord } from "#core/last-words.ts";
import type { Scenario } from "#core/scenario.ts";
import { judge } from "./index.ts";
import { lastWordsChecker } from "./last-words.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

const checked = (story: Story = {}) => lastWordsChecker.check(inputOf(scenarioWith([]), story))[0];

const saysLast = (reader: string) => (event: HistoryEvent) =>
  event.kind === "evidence" && event.name === `last-word/${reader}`;

/** A healthy run of which the samplers' last word is another. */
function withWord(sources: LastWord["sources"], change: Partial<Scenario> = {}) {
  const input = inputOf(scenarioWith([], change));
  const records = input.records.map((record) =>
    saysLast("samplers")(record) ? Object.assign({}, record, { data: { sources } }) : record,
  );
  return lastWordsChecker.check({ ...input, records })[0];
}

function sourceOf(reader: string, node: string, told: number): LastWord["sources"][number] {
  const counts = { everyMs: 1_000, told, answered: told, speechless: [], silentMs: 300, longestGapMs: 1_200 };
  return { name: `${reader} of ${node}`, node, ...counts };
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
  const well = sourceOf("haproxy", "edge", all - 1);
  expect(withWord([well])).toMatchObject({ state: "held" });
  const died = withWord([{ ...well, silentMs: 45_000 }]);
  expect(died).toMatchObject({ state: "unknown", reason: expect.stringContaining("haproxy of edge for 45s") });
  expect(withWord([{ ...well, longestGapMs: 12_000 }])).toMatchObject({ state: "unknown" });
  expect(withWord([well, { ...well, name: "sql of primary", told: 0 }])).toMatchObject({ state: "unknown" });
  // Five of its own periods are no silence yet.
  expect(withWord([{ ...well, everyMs: 4_000, longestGapMs: 16_000 }])).toMatchObject({ state: "held" });
});

test("a source that only ever said that it was down, or did so for long, counts as not read", () => {
  const all = checked()?.samples ?? 0;
  const app = sourceOf("prometheus", "app-eu-1", all - 1);
  expect(withWord([{ ...app, answered: 0 }])).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("prometheus of app-eu-1 all the time"),
  });
  const gone = { ...app, speechless: [{ fromMs: 60_000, toMs: 83_000 }] };
  expect(withWord([gone])).toMatchObject({ state: "unknown", reason: expect.stringContaining("for 23s") });
});

test("a node that the plan had down has nothing to say meanwhile, and longer than that it has", () => {
  const kill: TimelineEntry = { ...hang, fault: { kind: "kill", node: { role: "app", region: "eu", index: 1 } } };
  const all = checked()?.samples ?? 0;
  // The fault is there from 45 s of the run's clock until it is healed at 57.3 s; starting anew takes a part some time.
  const app = (fromMs: number, toMs: number, node = "app-eu-1") => ({
    ...sourceOf("prometheus", node, all - 1),
    speechless: [{ fromMs, toMs }],
  });
  const under = (source: LastWord["sources"][number]) => withWord([source], { timeline: [kill] });
  expect(under(app(44_000, 60_000))).toMatchObject({ state: "held" });
  expect(under(app(44_000, 75_000))).toMatchObject({ state: "unknown" });
  expect(under(app(44_000, 60_000, "app-eu-2"))).toMatchObject({ state: "unknown" });
  // A link of it that was slow is no reason: whoever reads goes past the links.
  expect(withWord([app(44_000, 60_000)])).toMatchObject({ state: "unknown" });
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
