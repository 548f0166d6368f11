import { expect, test } from "vitest";
import { Histogram } from "#core/histogram.ts";
import type { HistoryEvent, HistoryRecord, Outcome } from "#core/history.ts";
import type { CheckInput } from "#core/verdict.ts";
import { judge } from "./index.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";
import { trustChecker } from "./trust.ts";

function states(input: CheckInput): Readonly<Record<string, string>> {
  return Object.fromEntries(trustChecker.check(input).map((result) => [result.id, result.state]));
}

const told = (story: Story = {}): CheckInput => inputOf(scenarioWith([]), story);

function changed(change: (event: HistoryRecord) => Partial<HistoryEvent> | undefined): CheckInput {
  const input = told();
  return { ...input, records: input.records.map((record): HistoryRecord => Object.assign({}, record, change(record))) };
}

test("a healthy run can be believed in every respect", () => {
  expect(states(told())).toEqual({
    "trust-generator-complete": "held",
    "trust-generator-reached": "held",
    "trust-generator-lateness": "held",
    "trust-generator-exceptions": "held",
    "trust-generator-seconds": "held",
    "trust-history": "held",
    "trust-clocks": "held",
    "trust-rest": "held",
    "trust-uninterrupted": "held",
    "trust-generator-cpu": "not-judged",
    "trust-harness-cpu": "held",
    "trust-network-cpu": "not-judged",
  });
});

test("a generator without a last word, or with one that does not add up or is of nothing, is not believed", () => {
  expect(states(told({ without: (event) => event.kind === "load.ended" }))["trust-generator-complete"]).toBe("unknown");
  const nothing = { planned: 0, accounted: 0 };
  for (const change of [{ complete: false }, { accounted: 1 }, { exitCode: 107 }, nothing]) {
    const input = changed((record) => (record.kind === "load.ended" ? change : undefined));
    expect(states(input)["trust-generator-complete"], JSON.stringify(change)).toBe("unknown");
  }
});

test("a load of which nothing was answered is not told from a way that leads nowhere", () => {
  const only = (outcome: Outcome) =>
    changed((record) => (record.kind === "load.batch" ? { outcomes: { [outcome]: 7 } } : undefined));
  for (const outcome of ["refused", "timeout", "broken-off", "lost", "unsent"] as const) {
    expect(states(only(outcome))["trust-generator-reached"], outcome).toBe("unknown");
    expect(judge(only(outcome), []).verdict, outcome).toBe("unknown");
  }
  // A shop that only ever says that it cannot is a shop that was reached, and its failures are its own.
  expect(states(only("unavailable"))["trust-generator-reached"]).toBe("held");
});

test("timers that are late, a script that failed and seconds without a word are not believed", () => {
  const late = new Histogram();
  late.record(80, 200);
  const lateness = changed((record) => (record.kind === "load.health" ? { lateness: late.toData() } : undefined));
  expect(states(lateness)["trust-generator-lateness"]).toBe("unknown");
  const failed = changed((record) =>
    record.kind === "load.health" && record.second === 40 ? { exceptions: 2 } : undefined,
  );
  expect(states(failed)["trust-generator-exceptions"]).toBe("unknown");
  const gap = told({ without: (event) => event.kind === "load.health" && event.second === 33 });
  expect(states(gap)["trust-generator-seconds"]).toBe("unknown");
  const blind = states(told({ without: (event) => event.kind === "load.health" }));
  expect(blind).toMatchObject({ "trust-generator-lateness": "unknown", "trust-generator-exceptions": "unknown" });
});

test("a history with a gap, and a clock that stepped, are not believed", () => {
  const input = told();
  const gap = { ...input, records: input.records.filter((record) => record.seq !== 7) };
  expect(states(gap)["trust-history"]).toBe("unknown");
  expect(states({ ...input, records: [] })["trust-history"]).toBe("unknown");
  const early = {
    ...input,
    records: input.records.map((record) => (record.seq === 9 ? { ...record, sourceAt: record.at + 4_000 } : record)),
  };
  expect(states(early)["trust-clocks"]).toBe("unknown");
  const putBack = {
    ...input,
    records: input.records.map((record) =>
      record.sourceAt === undefined || record.at < 50_000 ? record : { ...record, sourceAt: record.sourceAt - 300_000 },
    ),
  };
  expect(states(putBack)["trust-clocks"]).toBe("unknown");
});

test("clocks that nobody compared are not said to agree", () => {
  const input = told();
  const undated = { ...input, records: input.records.map(({ sourceAt: _, ...record }) => record as HistoryRecord) };
  expect(trustChecker.check(undated).find(({ id }) => id === "trust-clocks")).toMatchObject({
    state: "unknown",
    samples: 0,
  });
});

test("a testbed that took too much of the machine, or was not measured, is not light", () => {
  const isOwn = (event: HistoryEvent) => event.kind === "sample" && event.node === "harness";
  expect(states(told({ without: isOwn }))["trust-harness-cpu"]).toBe("unknown");
  const heavy = changed((record) =>
    record.kind === "sample" && record.node === "harness"
      ? { values: { cpu_seconds: (record.values.cpu_seconds ?? 0) * 3 } }
      : undefined,
  );
  expect(states(heavy)["trust-harness-cpu"]).toBe("unknown");
});

test("what the guardian costs counts as the testbed's, of the machine as large as it is, and only under load", () => {
  const isOf = (node: string) => (event: HistoryEvent) => event.kind === "sample" && event.node === node;
  expect(states(told({ without: isOf("guardian") }))["trust-harness-cpu"]).toBe("unknown");
  const unsized = trustChecker.check(told({ without: isOf("machine") })).find(({ id }) => id === "trust-harness-cpu");
  expect(unsized).toMatchObject({ state: "unknown", reason: expect.stringContaining("the machine's cores") });
  // 0.05 cores of the harness and as much of its guardian's are 5 % of two cores; a little more is too much.
  const guardian = (cores: number) =>
    changed((record) =>
      record.kind === "sample" && record.node === "guardian"
        ? { values: { cpu_seconds: (cores * record.at) / 1_000 } }
        : undefined,
    );
  expect(states(guardian(0.049))["trust-harness-cpu"]).toBe("held");
  expect(states(guardian(0.06))["trust-harness-cpu"]).toBe("unknown");
  const large = guardian(0.06).records.map(
    (record): HistoryRecord =>
      record.kind === "sample" && record.node === "machine" ? { ...record, values: { cores: 4 } } : record,
  );
  expect(states({ ...told(), records: large })["trust-harness-cpu"]).toBe("held");
  const after = { kind: "sample", node: "harness", values: { cpu_seconds: 900 } } as const;
  expect(states(told({ also: [{ atMs: 95_000, event: after }] }))["trust-harness-cpu"]).toBe("held");
});

test("what the proxies cost is told as a share of the machine beside it, and not judged", () => {
  const network = trustChecker.check(told()).find(({ id }) => id === "trust-network-cpu");
  expect(network).toMatchObject({ state: "not-judged", observed: "8% (0.16 of 2 cores)" });
  expect(network?.target).toContain("12%");
});

test("a shop that did not come to rest, or that nobody saw at rest after the load, is not believed", () => {
  const rest = (story: Story) => trustChecker.check(told(story)).find(({ id }) => id === "trust-rest");
  const restless = { kind: "run", state: "not-quiesced", detail: "3 jobs in hand after 60 s" } as const;
  expect(rest({ also: [{ atMs: 96_000, event: restless }] })).toMatchObject({
    group: "trust",
    state: "unknown",
    reason: "3 jobs in hand after 60 s",
  });
  const early = { kind: "run", state: "quiesced", detail: "" } as const;
  expect(rest({ also: [{ atMs: 20_000, event: early }] })).toMatchObject({ state: "unknown" });
  const isRun = (...without: readonly string[]) => ({
    without: (event: HistoryEvent) => event.kind === "run" && without.includes(event.state),
  });
  expect(rest(isRun("quiesced"))).toMatchObject({ state: "unknown" });
  expect(rest(isRun("load-begun"))).toMatchObject({ state: "unknown", reason: "no load ever began" });
});

test("a run that was interrupted is not believed, however whole it looks", () => {
  const cut = told({ also: [{ atMs: 99_000, event: { kind: "run", state: "interrupted", detail: "interrupted" } }] });
  expect(states(cut)["trust-uninterrupted"]).toBe("unknown");
  expect(judge(cut, []).verdict).toBe("unknown");
});
