import { expect, test } from "vitest";
import type { HistoryEvent, HistoryRecord, LoadBatch } from "#core/history.ts";
import type { CheckInput } from "#core/verdict.ts";
import { inputOf, scenarioWith } from "./testing/history.ts";
import { toldChecker } from "./told.ts";

const write = { key: "k", attempt: 1 } as const;
const intent = { kind: "write.intent", ...write, session: "s", lines: [] } as const;
const answer = { kind: "write.result", ...write, result: "ok", status: 201, orderId: "7" } as const;
const clean = inputOf(scenarioWith([]), {
  also: [
    { atMs: 20_000, event: intent },
    { atMs: 20_100, event: answer },
  ],
});

const found = (records: readonly HistoryRecord[]) => toldChecker.check({ ...clean, records })[0];
/** What was never received leaves no gap in the numbers. */
const without = (isLost: (record: HistoryRecord, index: number) => boolean) =>
  found(clean.records.filter((record, index) => !isLost(record, index)).map((record, seq) => ({ ...record, seq })));
const first = (kind: HistoryRecord["kind"]): number => clean.records.findIndex((record) => record.kind === kind);

test("a history in which everything adds up is held", () => {
  expect(found(clean.records)).toMatchObject({ state: "held", samples: 11_070 });
});

test("a line of the generator's that was lost before it was numbered is missed, whatever it said", () => {
  for (const [kind, reason] of [
    ["load.batch", "have no outcome: a batch is missing"],
    ["load.health", "the seconds planned"],
    ["load.attempt", "were told one by one"],
    ["write.intent", "that were never announced"],
    ["write.result", "were announced and have no answer"],
    ["load.ended", "never said its last word"],
  ] as const) {
    const place = first(kind);
    expect(without((_, index) => index === place)).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining(reason),
    });
  }
});

test("a line that was told twice is noticed too", () => {
  for (const kind of ["load.batch", "load.attempt", "write.result"] as const) {
    const place = first(kind);
    expect(
      found(clean.records.flatMap((record, index) => (index === place ? [record, record] : [record]))),
    ).toMatchObject({
      state: "unknown",
    });
  }
});

test("every look at an order that had an answer has its record, and no other", () => {
  const look = { kind: "order.look", orderId: "7", status: 200, shown: "confirmed" } as const;
  const missing = { kind: "order.look", orderId: "7", status: 404 } as const;
  const failed = (status: number, attempt: number) =>
    ({
      kind: "load.attempt",
      id: "b1.1.1",
      lane: "looks",
      page: "order",
      region: "eu",
      plannedMs: 20_000,
      sentMs: 20_000,
      durationMs: 10,
      status,
      outcome: "error",
      attempt,
    }) as const;
  const told = (outcomes: LoadBatch["outcomes"], ...events: readonly HistoryEvent[]) => {
    const place = clean.records.findIndex((record) => record.kind === "load.batch" && record.page === "product");
    const records = clean.records.flatMap((record, index): readonly HistoryRecord[] => {
      if (index !== place || record.kind !== "load.batch") return [record];
      return [
        { ...record, lane: "looks", page: "order", outcomes },
        ...events.map((event) => ({ ...event, seq: 0, at: record.at, source: "generator" })),
      ];
    });
    return found(records.map((record, seq) => ({ ...record, seq })));
  };
  expect(told({ ok: 1 }, look)).toMatchObject({ state: "held" });
  expect(told({ error: 1 }, failed(404, 1), missing)).toMatchObject({ state: "held" });
  expect(told({ error: 1 }, failed(500, 1))).toMatchObject({ state: "held" });
  for (const wrong of [
    told({ ok: 1 }),
    told({ ok: 1 }, look, look),
    told({ error: 1 }, failed(404, 1)),
    told({ error: 1 }, failed(500, 1), missing),
  ]) {
    expect(wrong).toMatchObject({
      state: "unknown",
      reason: expect.stringMatching(/looks at orders were told, . had/),
    });
  }
});

test("every key that came back with another body has its record, and no other", () => {
  const clash = { kind: "write.clash", key: "k", attempt: 2, status: 422, isRefused: true } as const;
  const place = clean.records.findIndex((record) => record.kind === "load.batch");
  const told = (times: number, ...clashes: readonly HistoryEvent[]) => {
    const of = { lane: "clashes", page: "checkout", region: "eu" } as const;
    const batch = { kind: "load.batch", second: 20, ...of, outcomes: { invalid: times }, latency: {} } as const;
    const attempt = {
      kind: "load.attempt",
      ...of,
      id: "b1.0.2",
      plannedMs: 20_000,
      sentMs: 20_000,
      durationMs: 5,
      status: 422,
      outcome: "invalid",
      attempt: 2,
    } as const;
    const events: readonly HistoryEvent[] = [batch, ...Array.from({ length: times }, () => attempt), ...clashes];
    const records = events.map((event): HistoryRecord => ({ ...event, seq: 0, at: 30_000, source: "generator" }));
    return found(clean.records.toSpliced(place, 0, ...records).map((record, seq) => ({ ...record, seq })));
  };
  expect(told(2, clash, clash)).toMatchObject({ state: "held" });
  for (const wrong of [told(2, clash), told(1), told(1, clash, clash)]) {
    expect(wrong).toMatchObject({ state: "unknown", reason: expect.stringContaining("came back with another body") });
  }
});

test("a page that failed may have been asked for once more, and nobody else was", () => {
  const failure = (page: "home" | "checkout"): HistoryRecord => ({
    kind: "load.attempt",
    id: "u.1.1",
    lane: "shoppers",
    page,
    region: "eu",
    plannedMs: 1_000,
    sentMs: 1_000,
    durationMs: 5,
    status: 503,
    outcome: "unavailable",
    attempt: 1,
    seq: 0,
    at: 0,
    source: "generator",
  });
  const batch = clean.records.find((record) => record.kind === "load.batch" && record.page === "home");
  const again: HistoryRecord[] =
    batch?.kind === "load.batch" ? [{ ...batch, outcomes: { ok: 1 }, latency: { "80": 1 } }] : [];
  const records = [...clean.records, ...again];
  expect(found(records)?.state).toBe("unknown");
  expect(found([...records, failure("home")])?.state).toBe("held");
});

test("a run without a load has told nothing", () => {
  const nothing: CheckInput = { ...clean, records: [] };
  expect(toldChecker.check(nothing)).toMatchObject([{ state: "unknown", samples: 0 }]);
});
