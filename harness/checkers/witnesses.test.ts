import { expect, test } from "vitest";
import type { HistoryEvent, HistoryRecord } from "#core/history.ts";
import type { CheckInput } from "#core/verdict.ts";
import { DIFFERENCES, type Difference, type JoinedWitnesses } from "#core/witnesses.ts";
import { judge } from "./index.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";
import { witnessesChecker } from "./witnesses.ts";

function checked(input: CheckInput) {
  const [agreement, clock] = witnessesChecker.check(input);
  return { agreement, clock };
}

const told = (story: Story = {}): CheckInput => inputOf(scenarioWith([]), story);

/** A healthy run whose witnesses were joined with this outcome. */
function joinedWith(
  change: Partial<JoinedWitnesses> | { readonly kind: "failed"; readonly reason: string },
): CheckInput {
  const input = told();
  return {
    ...input,
    records: input.records.map((record): HistoryRecord => {
      if (record.kind !== "evidence") return record;
      const data = change.kind === "failed" ? change : Object.assign({}, record.data, change);
      return { ...record, data };
    }),
  };
}

test("two witnesses that say the same are believed", () => {
  const { agreement, clock } = checked(told());
  expect(agreement).toMatchObject({ id: "trust-witnesses", state: "held", observed: "0 differences" });
  expect(agreement?.samples).toBeGreaterThan(1_000);
  expect(clock).toMatchObject({ id: "trust-edge-clock", state: "held" });
});

test("where nobody joined them, or could not, or nothing was in both, nobody knows whether they agree", () => {
  const absent = checked(told({ without: (event) => event.kind === "evidence" }));
  expect(absent.agreement).toMatchObject({ state: "unknown", observed: "not joined", samples: 0 });
  expect(absent.clock).toMatchObject({ state: "unknown", observed: "not compared" });
  const failed = checked(joinedWith({ kind: "failed", reason: "no such file" }));
  expect(failed.agreement).toMatchObject({ state: "unknown", reason: expect.stringContaining("no such file") });
  expect(failed.clock?.state).toBe("unknown");
  const nothing = checked(joinedWith({ attempts: 0, answers: 0, agreed: 0, lines: 0 }));
  expect(nothing.agreement).toMatchObject({ state: "unknown", observed: "nothing joined" });
  const garbage = told();
  const records = garbage.records.map((record) =>
    record.kind === "evidence" ? { ...record, data: { lines: "many" } } : record,
  );
  expect(checked({ ...garbage, records }).agreement).toMatchObject({ state: "unknown", observed: "not joined" });
});

test.each(Object.keys(DIFFERENCES) as readonly Difference[])(
  "%s: one difference makes the run unknown and is named",
  (kind) => {
    const input = joinedWith({ differences: { [kind]: 1 }, examples: { [kind]: ["r.7.3.1 (200)"] } });
    expect(checked(input).agreement).toMatchObject({
      state: "unknown",
      observed: "1 differences",
      reason: expect.stringContaining("first r.7.3.1 (200)"),
      offenders: ["r.7.3.1 (200)"],
    });
    expect(judge(input, []).results.find(({ id }) => id === "trust-witnesses")?.state).toBe("unknown");
  },
);

test("what was under way at the end is a difference only of a generator that said its last word", () => {
  const input = joinedWith({ inFlight: 7 });
  expect(checked(input).agreement).toMatchObject({ state: "unknown", observed: "7 differences" });
  const stopped = input.records.map((record) =>
    record.kind === "load.ended" ? { ...record, complete: false } : record,
  );
  expect(checked({ ...input, records: stopped }).agreement).toMatchObject({
    state: "held",
    reason: expect.stringContaining("7 requests were under way when the generator ended"),
  });
});

test("lines that the edge dropped, or that nobody asked it for after the load, make the run unknown", () => {
  const sample = (atMs: number, count: number): NonNullable<Story["also"]>[number] => ({
    atMs,
    event: { kind: "sample", node: "edge", values: { haproxy_process_dropped_logs_total: count } },
  });
  const isSample = (event: HistoryEvent) =>
    event.kind === "sample" && event.values.haproxy_process_dropped_logs_total !== undefined;
  const unasked = checked(told({ without: isSample }));
  expect(unasked.agreement).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("nobody asked the edge"),
  });
  // A counter that is smaller at the end is that of an edge which was started anew.
  const dropped = checked(told({ also: [sample(60_000, 3)] }));
  expect(dropped.agreement).toMatchObject({ state: "unknown", observed: "3 differences" });
  const early = told();
  const records = early.records.map((record) => (isSample(record) ? { ...record, at: 20_000 } : record));
  expect(checked({ ...early, records }).agreement?.state).toBe("unknown");
});

test("what is no difference is told all the same", () => {
  const { agreement } = checked(
    joinedWith({
      unanswered: { seen: 4, unseen: 3 },
      resent: 1,
      unread: 2,
      cut: 5,
      examples: { resent: ["r.9.3.1 (2 lines)"] },
    }),
  );
  expect(agreement?.state).toBe("held");
  for (const words of [
    "4 attempts that got no answer have a line",
    "3 attempts",
    "1 attempts were sent again",
    "r.9.3.1",
    "2 were answered before",
    "5 were answered in the second",
  ])
    expect(agreement?.reason).toContain(words);
});

test("a clock that was set under the load makes the run unknown, with the second", () => {
  const clock = {
    samples: 900,
    seconds: 90,
    blurred: 6,
    contradictory: 3,
    atLeastMs: -5,
    atMostMs: -3,
    step: { atSecond: 45, byMs: 300_000 },
  };
  expect(checked(joinedWith({ clock })).clock).toMatchObject({
    state: "unknown",
    observed: "a step of 300s",
    reason: expect.stringContaining("from second 45 of the load on"),
  });
  const never = { samples: 0, seconds: 0, blurred: 0, contradictory: 0, atLeastMs: 0, atMostMs: 0 };
  expect(checked(joinedWith({ clock: never })).clock?.state).toBe("unknown");
});

test("seconds of the edge's clock that contradict themselves are told, and more than a few are not known", () => {
  const clock = { samples: 900, seconds: 90, blurred: 6, contradictory: 3, atLeastMs: -5, atMostMs: -3 };
  expect(checked(joinedWith({ clock })).clock).toMatchObject({
    state: "held",
    reason: expect.stringContaining("3 of 90 seconds contradict themselves"),
  });
  const jumps = checked(joinedWith({ clock: { ...clock, seconds: 60, contradictory: 4 } })).clock;
  expect(jumps).toMatchObject({ state: "unknown", reason: expect.stringContaining("4 of 60 seconds") });
  // One that lies further away than any starved edge is one too many.
  expect(checked(joinedWith({ clock: { ...clock, contradictory: 1, far: 1 } })).clock).toMatchObject({
    state: "unknown",
    reason: expect.stringContaining("1 of 90 seconds contradict themselves or those before by more than five seconds"),
  });
  // A twentieth of a long load.
  expect(checked(joinedWith({ clock: { ...clock, seconds: 240, contradictory: 12 } })).clock?.state).toBe("held");
  expect(checked(joinedWith({ clock: { ...clock, seconds: 240, contradictory: 13 } })).clock?.state).toBe("unknown");
  // A good answer in a second or two says nothing of the rest of the load.
  expect(checked(joinedWith({ clock: { ...clock, seconds: 12, contradictory: 0 } })).clock?.state).toBe("unknown");
  const none = { ...clock, seconds: 2, contradictory: 2, atLeastMs: 0, atMostMs: 0 };
  expect(checked(joinedWith({ clock: none })).clock).toMatchObject({ state: "unknown", observed: "not compared" });
});

test("two logs that were cut at the same place agree, and too few attempts were joined", () => {
  const { agreement } = checked(joinedWith({ attempts: 500, answers: 500, lines: 516, agreed: 500 }));
  expect(agreement).toMatchObject({
    state: "unknown",
    reason: expect.stringMatching(/500 attempts were joined, the history knows of [\d,]+/),
  });
});
