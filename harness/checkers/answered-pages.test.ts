import { expect, test } from "vitest";
import type { HistoryRecord, Lane, LoadBatch, Outcome, Page } from "#core/history.ts";
import type { CheckInput } from "#core/verdict.ts";
import { answeredPagesChecker } from "./answered-pages.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";

const clean = inputOf(scenarioWith([]));
const found = (input: CheckInput) => answeredPagesChecker.check(input)[0];

/** Every attempt of the batches that are meant ends in this way. */
function failing(isMeant: (batch: LoadBatch) => boolean, outcome: Outcome, records = clean.records): CheckInput {
  const changed = records.map((record): HistoryRecord => {
    if (record.kind !== "load.batch" || !isMeant(record)) return record;
    const total = Object.values(record.outcomes).reduce((sum, count) => sum + count, 0);
    return { ...record, outcomes: { [outcome]: total } };
  });
  return { ...clean, records: changed };
}

/** Further attempts at a page, a record for each. */
function also(
  cells: readonly { readonly page: Page; readonly second: number; readonly lane?: Lane; readonly outcome: Outcome }[],
  records = clean.records,
): CheckInput {
  const more = cells.map(({ page, second, lane = "shoppers", outcome }, index): HistoryRecord => {
    const batch = {
      kind: "load.batch",
      second,
      lane,
      page,
      region: "eu",
      outcomes: { [outcome]: 1 },
      latency: {},
    } as const;
    return { ...batch, seq: records.length + index, at: 200_000, source: "generator" };
  });
  return { ...clean, records: [...records, ...more] };
}

const times = (count: number, cell: Parameters<typeof also>[0][number]) => Array.from({ length: count }, () => cell);

test("a run in which every page came in every phase is held, and says how many there were", () => {
  expect(found(clean)).toMatchObject({ state: "held", observed: "9 of 9", evidence: [] });
});

test("a page that never came in one phase is not known of, though it came in all others and the others came in it", () => {
  for (const outcome of ["error", "timeout", "unavailable", "invalid", "sold-out", "lost", "unsent"] as const) {
    const input = failing(({ page, second }) => page === "product" && second >= 10 && second < 30, outcome);
    expect(found(input), outcome).toMatchObject({
      state: "unknown",
      observed: "8 of 9",
      offenders: ["page product in phase plateau (20)"],
      reason: expect.stringContaining("no fault explains it: page product in phase plateau (20)"),
    });
    expect(found(input)?.evidence.length, outcome).toBeGreaterThan(0);
  }
});

test("one answer in a phase is enough, whenever it came", () => {
  const missed = failing(({ page }) => page === "checkout", "error").records;
  expect(found({ ...clean, records: missed })?.offenders?.length).toBe(3);
  // The fault lasts from 40.0 to 52.3 s.
  const cells = [5, 15, 45].map((second) => ({ page: "checkout", second, lane: "buyers", outcome: "ok" }) as const);
  expect(found(also(cells, missed))).toMatchObject({ state: "held", observed: "9 of 9" });
});

test("bots, and keys that came back with another body, are no customers who had a page", () => {
  const missed = failing(({ page, lane }) => page === "product" && lane !== "bots", "error").records;
  expect(found({ ...clean, records: missed })).toMatchObject({ state: "unknown", observed: "6 of 9" });
});

test("what a fault explains, while it lasts and as long as it is felt, is not asked for", () => {
  const during = (second: number) => times(30, { page: "search", second, outcome: "timeout" });
  for (const second of [40, 52, 59, 60]) {
    expect(found(also(during(second))), String(second)).toMatchObject({
      state: "held",
      reason: expect.stringContaining("only during faults: page search in phase peak (30)"),
    });
  }
  for (const second of [39, 61])
    expect(found(also(during(second))), String(second)).toMatchObject({ state: "unknown" });
});

test("a few attempts in vain say nothing, and are named", () => {
  const few = times(9, { page: "order", second: 12, outcome: "error" });
  expect(found(also(few))).toMatchObject({
    state: "held",
    observed: "9 of 10",
    reason: expect.stringContaining("too few to tell, or only during faults: page order in phase plateau (9)"),
  });
  const enough = times(10, { page: "order", second: 12, outcome: "error" });
  expect(found(also(enough))).toMatchObject({ state: "unknown", offenders: ["page order in phase plateau (10)"] });
});

test("attempts belong to the phase in which they were planned, and after the curve's end to none", () => {
  const across = (second: number) => times(5, { page: "order", second, outcome: "error" });
  expect(found(also([...across(9), ...across(10)]))).toMatchObject({ state: "held", observed: "9 of 11" });
  expect(found(also([...across(10), ...across(29)]))).toMatchObject({ state: "unknown", observed: "9 of 10" });
  expect(found(also(times(50, { page: "order", second: 90, outcome: "error" })))).toMatchObject({
    state: "held",
    observed: "9 of 9",
  });
});

test("a run without any attempt has had no page", () => {
  const nothing = clean.records.filter(({ kind }) => kind !== "load.batch");
  expect(found({ ...clean, records: nothing })).toMatchObject({
    state: "unknown",
    samples: 0,
    reason: expect.stringContaining("no attempt reached the history"),
  });
});
