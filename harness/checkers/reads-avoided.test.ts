import { expect, test } from "vitest";
import type { HistoryRecord } from "#core/history.ts";
import type { Objective, Window } from "#core/scenario.ts";
import type { CheckInput } from "#core/verdict.ts";
import { readsAvoidedChecker } from "./reads-avoided.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

function inputFor(story: Story = {}, atLeast = 0.87, window: Window = { phase: "peak" }): CheckInput {
  const objective: Objective = { kind: "reads-avoided", atLeast, window };
  return inputOf(scenarioWith([objective]), story);
}

/** The same history with other numbers in its samples. */
function changed(
  input: CheckInput,
  change: (record: HistoryRecord, values: Record<string, number>) => void,
): CheckInput {
  const records = input.records.map((record) => {
    if (record.kind !== "sample") return record;
    const values = { ...record.values };
    change(record, values);
    return { ...record, values };
  });
  return { ...input, records };
}

test("reads and time avoided are counted where they happen, and shown by tier", () => {
  const [reads, time] = readsAvoidedChecker.check(inputFor());
  expect(reads).toMatchObject({
    id: "reads-avoided-phase-peak",
    group: "protections",
    state: "held",
    observed: "90%",
    samples: 12_000,
    reason: expect.stringContaining("hot 60%, warm 30%, database 10%"),
  });
  expect(time).toMatchObject({ id: "reads-avoided-phase-peak-time", state: "held", observed: "90%" });
  expect(time?.reason).toContain("the replicas counted 1,200 statements, the applications 1,200");
});

test("nobody knows of a phase shorter than a minute: values live that long", () => {
  const input = inputFor({}, 0.87, { phase: "plateau" });
  expect(readsAvoidedChecker.check(input)).toMatchObject([
    { state: "unknown", lacking: "samples", reason: expect.stringContaining("20s are too short") },
    { state: "unknown", lacking: "samples" },
  ]);
});

test("half a minute is enough for caches that avoid not even half of what is asked", () => {
  const short = (atLeast: number, forMs: number): CheckInput => {
    const scenario = scenarioWith([{ kind: "reads-avoided", atLeast, window: { phase: "peak" } }]);
    const phases = scenario.load.phases.map((phase) => (phase.name === "peak" ? { ...phase, forMs } : phase));
    return inputOf({ ...scenario, load: { ...scenario.load, pace: "quick", phases } });
  };
  const unused = (input: CheckInput): CheckInput =>
    changed(input, (_, values) => {
      for (const [key, value] of Object.entries(values)) {
        if (key.includes('tier="database"')) values[key] = value * 100;
      }
    });
  expect(readsAvoidedChecker.check(short(0.87, 30_000))).toMatchObject([
    { state: "not-judged" },
    { state: "not-judged" },
  ]);
  expect(readsAvoidedChecker.check(unused(short(0.87, 30_000)))[0]).toMatchObject({ state: "broken" });
  expect(readsAvoidedChecker.check(unused(short(0.87, 20_000)))[0]).toMatchObject({ state: "not-judged" });
});

test("a share below the target is broken", () => {
  expect(readsAvoidedChecker.check(inputFor({}, 0.95))).toMatchObject([{ state: "broken" }, { state: "broken" }]);
});

test("a stale answer avoids the database, a failed read does not", () => {
  const input = changed(inputFor(), (_, values) => {
    for (const tier of ["hot", "warm"]) {
      const key = `shop_reads_total{kind="product",tier="${tier}"}`;
      if (values[key] === undefined) continue;
      values[`shop_reads_total{kind="product",tier="${tier === "hot" ? "stale" : "failed"}"}`] = values[key];
      delete values[key];
    }
  });
  expect(readsAvoidedChecker.check(input)[0]).toMatchObject({ state: "broken", observed: "60%" });
});

test("a process that begins anew in mid-window counts from nothing, and nothing is doubled", () => {
  const input = changed(inputFor(), (record, values) => {
    if (record.kind !== "sample" || record.node !== "app-eu-1" || record.at < 65_000) return;
    // Killed at 60 s of load: its counters began again.
    for (const key of Object.keys(values))
      if (key.startsWith("shop_")) values[key] = (values[key] ?? 0) * (1 - 60_000 / (record.at - 5_000));
  });
  expect(readsAvoidedChecker.check(input)[0]).toMatchObject({ state: "held", observed: "90%" });
  // What it did in the second between its last sample and its end nobody will ever know.
  expect(readsAvoidedChecker.check(input)[0]?.samples).toBe(11_900);
});

test("dear reads that are still made weigh more in time than in number", () => {
  const input = changed(inputFor(), (record, values) => {
    if (record.kind !== "sample" || !record.node.startsWith("app")) return;
    const done = values['shop_reads_total{kind="product",tier="database"}'] ?? 0;
    values['shop_reads_total{kind="search",tier="database"}'] = done / 10;
    values['shop_database_queries_total{class="read",server="replica",kind="search"}'] = done / 10;
    values['shop_database_seconds_total{class="read",server="replica",kind="search"}'] = done / 10;
  });
  const [reads, time] = readsAvoidedChecker.check(input);
  expect(reads).toMatchObject({ state: "held", observed: "89.1%" });
  expect(time).toMatchObject({ state: "broken" });
});

test("a database that counted more reads than the applications admit makes the time unknown", () => {
  const input = changed(inputFor(), (_, values) => {
    if (values.statement_calls !== undefined) values.statement_calls *= 2;
  });
  const [reads, time] = readsAvoidedChecker.check(input);
  expect(reads).toMatchObject({ state: "held" });
  expect(time).toMatchObject({ state: "unknown", reason: expect.stringContaining("uncounted") });
});

test("without samples it is unknown, without cache tiers not applicable, without a fault not judged", () => {
  const blind = inputFor({ without: (event) => event.kind === "sample" });
  expect(readsAvoidedChecker.check(blind)).toMatchObject([{ state: "unknown" }, { state: "unknown" }]);
  const input = inputFor();
  const bare = {
    ...input,
    topology: { ...input.topology, nodes: input.topology.nodes.filter(({ role }) => role === "app") },
  };
  expect(readsAvoidedChecker.check(bare)).toMatchObject([{ state: "not-applicable" }, { state: "not-applicable" }]);
  const calm = inputFor({ fault: ["skipped"] }, 0.87, "during-faults");
  expect(readsAvoidedChecker.check(calm)[0]).toMatchObject({ state: "not-judged" });
});

test("every window has its own count", () => {
  const counts = (["whole", "during-faults", "outside-faults"] as const).map(
    (window) => readsAvoidedChecker.check(inputFor({}, 0.87, window))[0]?.samples ?? 0,
  );
  expect(counts[0]).toBe(18_000);
  expect(counts[1]).toBeGreaterThan(2_000);
  expect((counts[1] ?? 0) + (counts[2] ?? 0)).toBeCloseTo(18_000, -3);
});

test("an application of which nothing was heard is named", () => {
  const input = inputFor({ without: (event) => event.kind === "sample" && event.node === "app-eu-2" });
  const unknown = { state: "unknown", reason: expect.stringContaining("app-eu-2") };
  expect(readsAvoidedChecker.check(input)).toMatchObject([unknown, unknown]);
});

/** `app-eu-2` says nothing from 31 s of load on, the peak being from 30 s; the one sample inside tells of a second. */
const silentInPeak = (also: Story["also"] = []): CheckInput => {
  const input = inputFor({ also });
  const isKept = (record: HistoryRecord) =>
    record.kind !== "sample" || record.node !== "app-eu-2" || record.at <= 36_000;
  return { ...input, records: input.records.filter(isKept) };
};

test("samples from before the window, and a single one inside, do not speak for an application", () => {
  const [reads] = readsAvoidedChecker.check(silentInPeak());
  expect(reads).toMatchObject({ state: "unknown", reason: expect.stringContaining("app-eu-2") });
});

test("an application that was killed in the window is excused, one that was back before it is not", () => {
  const node = (atMs: number, state: "killed" | "ready") =>
    ({ atMs, event: { kind: "node", node: "app-eu-2", state, detail: "" } }) as const;
  expect(readsAvoidedChecker.check(silentInPeak([node(31_500, "killed")]))[0]).toMatchObject({ state: "held" });
  const back = silentInPeak([node(10_000, "killed"), node(20_000, "ready")]);
  expect(readsAvoidedChecker.check(back)[0]).toMatchObject({ state: "unknown" });
});

test("where there are replicas and nobody asked them, the time avoided is unknown", () => {
  const input = inputFor({ without: (event) => event.kind === "sample" && event.node === "replica-eu" });
  expect(readsAvoidedChecker.check(input)).toMatchObject([
    { state: "held" },
    { state: "unknown", reason: expect.stringContaining("replica-eu") },
  ]);
});

/** The replica counts only this part of what it is asked. */
const shrunk = (input: CheckInput, factor: number) =>
  changed(input, (_, values) => {
    if (values.statement_calls !== undefined) values.statement_calls *= factor;
  });

test("replicas that counted next to nothing bear nothing out", () => {
  for (const factor of [0, 0.05, 0.5]) {
    const [reads, time] = readsAvoidedChecker.check(shrunk(inputFor(), factor));
    expect(reads).toMatchObject({ state: "held" });
    expect(time).toMatchObject({ state: "unknown", reason: expect.stringContaining("nobody bears out") });
  }
});

test("what a fault on the way to the replicas may have swallowed, these need not have counted", () => {
  const entry = { ...hang, fault: { kind: "blackhole", link: { from: "app", to: "replica", region: "eu" } } } as const;
  const silent = (timeline: CheckInput["scenario"]["timeline"]) => {
    const input = inputOf(
      scenarioWith([{ kind: "reads-avoided", atLeast: 0.87, window: { phase: "peak" } }], { timeline }),
    );
    // From 40 s of load to 52 s of it nothing arrives.
    return changed(input, (record, values) => {
      if (values.statement_calls === undefined) return;
      const lost = Math.min(12, Math.max(0, (record.at - 45_000) / 1_000));
      values.statement_calls -= 20 * lost;
    });
  };
  expect(readsAvoidedChecker.check(silent([entry]))[1]).toMatchObject({ state: "held" });
  expect(readsAvoidedChecker.check(silent([hang]))[1]).toMatchObject({ state: "unknown" });
});

/** Reads go to the primary, which counts these and so many statements of others in each second. */
const onPrimary = (others: number): CheckInput => {
  const node = { id: "primary", role: "primary", region: "eu", index: 1, cpu: 1 } as const;
  const also = Array.from({ length: 93 }, (_, i) => ({
    atMs: (i - 2) * 1_000,
    event: {
      kind: "sample",
      node: "primary",
      values: { statement_calls: (20 + others) * Math.max(0, i - 2) },
    } as const,
  }));
  const input = changed(inputFor({ also }), (_, values) => {
    for (const [key, value] of Object.entries(values)) {
      if (!key.includes('server="replica"')) continue;
      values[key.replace("replica", "primary")] = value;
      delete values[key];
    }
  });
  const nodes = [...input.topology.nodes.filter(({ role }) => role !== "replica"), node];
  const records = input.records.filter((record) => record.kind !== "sample" || record.node !== "replica-eu");
  return { ...input, topology: { ...input.topology, nodes }, records };
};

test("without replicas the primary bears witness, with the workers' statements taken for reads", () => {
  const time = (input: CheckInput) => readsAvoidedChecker.check(input)[1];
  expect(time(onPrimary(1))).toMatchObject({
    state: "held",
    reason: expect.stringContaining("the primary counted 1,260"),
  });
  expect(time(onPrimary(20))).toMatchObject({ state: "unknown", reason: expect.stringContaining("nobody bears out") });
  expect(time(onPrimary(-19))).toMatchObject({ state: "unknown", reason: expect.stringContaining("nobody bears out") });
  const input = onPrimary(1);
  const unasked = { ...input, records: input.records.filter((r) => r.kind !== "sample" || r.node !== "primary") };
  expect(time(unasked)).toMatchObject({ state: "unknown", reason: expect.stringContaining("primary did not tell") });
});

test("replicas that hardly anybody asked, by both counts, leave the applications' word", () => {
  const input = changed(inputFor(), (_, values) => {
    for (const key of Object.keys(values)) {
      if (key !== "statement_calls" && !key.startsWith("shop_database")) continue;
      values[key] = (values[key] ?? 0) / 10;
    }
  });
  expect(readsAvoidedChecker.check(input)[1]).toMatchObject({ state: "held" });
});
