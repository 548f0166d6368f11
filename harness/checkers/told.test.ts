import { expect, test } from "vitest";
import type { HistoryRecord } from "#core/history.ts";
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
