import { describe, expect, test } from "vitest";
import { bucketOf, type HistogramData } from "#core/histogram.ts";
import type { HistoryRecord, LoadBatch, Outcome } from "#core/history.ts";
import type { StoredRecords } from "#core/records.ts";
import type { CheckInput } from "#core/verdict.ts";
import { attemptsIn } from "./attempts.ts";
import { LoadTable, loadTable } from "./load-table.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";

/** A batch of the shoppers' home page in second 0, but for what a test says of it. */
function batch(change: Partial<LoadBatch> = {}): LoadBatch {
  return {
    kind: "load.batch",
    second: 0,
    lane: "shoppers",
    page: "home",
    region: "eu",
    outcomes: { ok: 1 },
    latency: latency([5, 1]),
    ...change,
  };
}

/** So many answers after so many milliseconds. */
function latency(...cells: readonly (readonly [number, number])[]): HistogramData {
  return Object.fromEntries(cells.map(([ms, count]) => [bucketOf(ms), count]));
}

function tableOf(...batches: readonly LoadBatch[]): LoadTable {
  const table = new LoadTable();
  for (const [index, each] of batches.entries()) table.add({ ...each, seq: 10 * index });
  table.close();
  return table;
}

function bucketsOf(table: LoadTable, row: number): readonly (readonly [number, number])[] {
  const cells: (readonly [number, number])[] = [];
  table.eachBucket(row, (bucket, count) => cells.push([bucket, count]));
  return cells;
}

function outcomesOf(table: LoadTable, row: number): readonly (readonly [Outcome, number])[] {
  const cells: (readonly [Outcome, number])[] = [];
  table.eachOutcome(row, (outcome, count) => cells.push([outcome, count]));
  return cells;
}

/** Only batches, in a history of the small surge: ten seconds of calm, twenty of plateau, sixty of peak. */
function historyOf(batches: readonly LoadBatch[]): CheckInput {
  const input = inputOf(scenarioWith([]), { without: ({ kind }) => kind === "load.batch" });
  const told = batches.map((event): HistoryRecord => ({ ...event, seq: 0, at: 100_000, source: "generator" }));
  return { ...input, records: [...input.records, ...told].map((record, seq) => ({ ...record, seq })) };
}

describe("a row of the table", () => {
  test("says what its batch said, in the order in which they came", () => {
    const table = tableOf(
      batch({ second: 70_000, outcomes: { ok: 2, "sold-out": 1 }, latency: latency([5, 2], [40, 1]) }),
      batch({ second: 3, lane: "buyers", page: "checkout", latency: latency([70_000, 1]) }),
    );
    expect(table.length).toBe(2);
    expect([table.second(0), table.second(1)]).toEqual([70_000, 3]);
    expect([table.seq(0), table.seq(1)]).toEqual([0, 10]);
    expect([table.page(0), table.page(1)]).toEqual([
      { lane: "shoppers", page: "home" },
      { lane: "buyers", page: "checkout" },
    ]);
    expect(outcomesOf(table, 0)).toEqual([
      ["ok", 2],
      ["sold-out", 1],
    ]);
    expect(bucketsOf(table, 0)).toEqual([
      [bucketOf(40), 1],
      [bucketOf(5), 2],
    ]);
    expect(outcomesOf(table, 1)).toEqual([["ok", 1]]);
    expect(bucketsOf(table, 1)).toEqual([[bucketOf(70_000), 1]]);
  });

  test("keeps apart the same page of two lanes, and two pages of one lane", () => {
    const cells = [
      { lane: "shoppers", page: "checkout" },
      { lane: "buyers", page: "checkout" },
      { lane: "shoppers", page: "home" },
      { lane: "bots", page: "home" },
    ] as const;
    const table = tableOf(...[...cells, ...cells].map((cell) => batch(cell)));
    expect([...cells, ...cells].map((_, row) => table.page(row))).toEqual([...cells, ...cells]);
  });

  test("that there is not has no page, rather than somebody else's", () => {
    expect(() => tableOf(batch()).page(1)).toThrow(/has 1 batches, none with the number 1/);
    expect(() => tableOf().page(0)).toThrow(RangeError);
  });
});

describe("attempts without an answer", () => {
  test("lie at the slow end of the latencies and are taken from there, whichever way they failed", () => {
    for (const outcome of ["timeout", "lost", "unsent", "refused", "broken-off"] as const) {
      const table = tableOf(batch({ outcomes: { ok: 3, [outcome]: 2 }, latency: latency([5, 3], [8_000, 2]) }));
      expect(table.unanswered(0), outcome).toBe(2);
      expect(bucketsOf(table, 0), outcome).toEqual([[bucketOf(5), 3]]);
    }
  });

  test("are no errors that were answered: those have a latency of their own", () => {
    const table = tableOf(
      batch({ outcomes: { ok: 1, error: 1, unavailable: 1 }, latency: latency([5, 1], [8_000, 2]) }),
    );
    expect(table.unanswered(0)).toBe(0);
    expect(bucketsOf(table, 0)).toEqual([
      [bucketOf(8_000), 2],
      [bucketOf(5), 1],
    ]);
  });

  test("may reach over several of the slowest buckets", () => {
    const table = tableOf(batch({ outcomes: { ok: 1, timeout: 3 }, latency: latency([5, 2], [8_000, 1], [9_000, 1]) }));
    expect(table.unanswered(0)).toBe(3);
    expect(bucketsOf(table, 0)).toEqual([[bucketOf(5), 1]]);
  });

  test("are also those of which no latency was told, and take none from the others", () => {
    const table = tableOf(
      batch({ outcomes: { ok: 3 }, latency: {} }),
      batch({ outcomes: { ok: 3, timeout: 2 }, latency: latency([5, 3]) }),
      batch({ outcomes: { ok: 3, timeout: 2 }, latency: latency([5, 3], [8_000, 1]) }),
    );
    expect([0, 1, 2].map((row) => table.unanswered(row))).toEqual([3, 2, 2]);
    expect([0, 1, 2].map((row) => bucketsOf(table, row))).toEqual([[], [[bucketOf(5), 3]], [[bucketOf(5), 3]]]);
  });

  test("never make a latency negative where there are fewer values than failures, nor vanish without outcomes", () => {
    const table = tableOf(
      batch({ outcomes: { timeout: 5 }, latency: latency([8_000, 2]) }),
      batch({ outcomes: {}, latency: {} }),
      batch({ outcomes: {}, latency: latency([5, 2]) }),
    );
    expect([0, 1, 2].map((row) => table.unanswered(row))).toEqual([5, 0, 0]);
    expect([0, 1, 2].map((row) => bucketsOf(table, row))).toEqual([[], [], [[bucketOf(5), 2]]]);
    expect(outcomesOf(table, 1)).toEqual([]);
  });
});

describe("attempts that are counted by the table", () => {
  test("belong to the window in which their second begins, from its first to its last", () => {
    const input = historyOf([0, 9, 10, 29, 30, 89, 90].map((second) => batch({ second })));
    const seconds = (phase: string) => attemptsIn(input, "all", { phase }).seconds.map(({ second }) => second);
    expect(seconds("normal")).toEqual([0, 9]);
    expect(seconds("plateau")).toEqual([10, 29]);
    expect(seconds("peak")).toEqual([30, 89]);
    // What came after the curve's end is of no phase, and of the run all the same.
    expect(attemptsIn(input, "all", "whole").total).toBe(7);
    expect(seconds("nowhere")).toEqual([]);
  });

  test("of a second that a fault only touches are the fault's", () => {
    // The fault was begun 40.0 s after the first request and seen gone 52.3 s after it.
    const input = historyOf([39, 40, 52, 53].map((second) => batch({ second })));
    const seconds = (window: "during-faults" | "outside-faults") =>
      attemptsIn(input, "all", window).seconds.map(({ second }) => second);
    expect(seconds("during-faults")).toEqual([40, 52]);
    expect(seconds("outside-faults")).toEqual([39, 53]);
  });

  test("of two lanes do not mix, and bots are nobody's", () => {
    const input = historyOf([
      batch({ page: "checkout", outcomes: { ok: 2 } }),
      batch({ page: "checkout", lane: "buyers", outcomes: { ok: 3 } }),
      batch({ page: "checkout", lane: "bots", outcomes: { ok: 5 } }),
      batch({ page: "order", lane: "looks", outcomes: { ok: 7 } }),
    ]);
    expect(attemptsIn(input, "checkout", "whole").total).toBe(2);
    expect(attemptsIn(input, "all", "whole").total).toBe(2);
    expect(attemptsIn(input, "buyers", "whole").total).toBe(3);
  });

  test("are the same in whatever order their batches came, and a second in parts is one second", () => {
    const batches = [
      batch({ second: 12, outcomes: { ok: 2, timeout: 1 }, latency: latency([5, 2], [8_000, 1]) }),
      batch({ second: 11, page: "product", outcomes: { ok: 1 }, latency: latency([7, 1]) }),
      batch({ second: 12, outcomes: { ok: 1 }, latency: latency([900, 1]) }),
      batch({ second: 11, region: "us", outcomes: { error: 1 }, latency: latency([8_000, 1]) }),
    ];
    const found = (order: readonly LoadBatch[]) => {
      const { seconds, total, good } = attemptsIn(historyOf(order), "all", "whole");
      const told = seconds.map(({ second, total, good, unanswered, counts, outcomes, evidence }) => ({
        ...{ second, total, good, unanswered, parts: evidence.length },
        counts: [...counts].sort(([a], [b]) => a - b),
        outcomes: [...outcomes].sort(),
      }));
      return { total, good, told };
    };
    expect(found(batches)).toMatchObject({
      total: 6,
      good: 4,
      told: [
        { second: 11, total: 2, good: 1, unanswered: 0, parts: 2 },
        { second: 12, total: 4, good: 3, unanswered: 1, parts: 2 },
      ],
    });
    expect(found(batches.toReversed())).toEqual(found(batches));
  });
});

describe("the table of a history", () => {
  test("is made once, and anew when the history has grown", () => {
    const records: HistoryRecord[] = [...historyOf([batch()]).records];
    const input: CheckInput = { ...historyOf([]), records };
    const first = loadTable(input);
    expect(loadTable({ ...input })).toBe(first);
    records.push({ ...batch({ second: 5 }), seq: records.length, at: 100_000, source: "generator" });
    expect(first.length).toBe(1);
    expect(loadTable(input).length).toBe(2);
  });

  test("has what is packed away as well as what lies in memory, and is not taken for that of another store", () => {
    const input = historyOf([batch({ second: 1 })]);
    const stored = (second: number): StoredRecords => ({
      *of(kind) {
        const record: HistoryRecord = { ...batch({ second }), seq: 0, at: 0, source: "generator" };
        // The only record of this store is a batch.
        if (kind === "load.batch") yield record as never;
      },
      lastEvidence: () => undefined,
      dates: { length: 1, seq: () => 0, at: () => 0, sourceAt: () => undefined },
      before: () => stored(second),
    });
    const secondsOf = (table: LoadTable) => Array.from({ length: table.length }, (_, row) => table.second(row));
    expect(secondsOf(loadTable({ ...input, stored: stored(7) }))).toEqual([7, 1]);
    expect(secondsOf(loadTable({ ...input, stored: stored(8) }))).toEqual([8, 1]);
    expect(secondsOf(loadTable(input))).toEqual([1]);
  });
});
