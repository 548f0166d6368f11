import { expect, test } from "vitest";
import type { Objective } from "#core/scenario.ts";
import type { Checker } from "#core/verdict.ts";
import { CHECKERS, judge, steadyResults } from "./index.ts";
import { judgeWith } from "./judge.ts";
import { hang, inputOf, type Story, scenarioWith } from "./testing/history.ts";

const expectations: readonly Objective[] = [
  { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: "whole" },
  { kind: "availability", subject: "all", atLeast: 0.99, window: "during-faults" },
  { kind: "recovery", subject: "all", withinMs: 10_000 },
  { kind: "reads-avoided", atLeast: 0.87, window: { phase: "peak" } },
  { kind: "sometimes", property: "the surge reached its peak" },
];

const collapse: Story = {
  attempts: (second, lane) =>
    lane === "bots" || second < 10
      ? undefined
      : [
          ["ok", 900, 50],
          ["timeout", 8_000, 50],
        ],
};

const judged = (story: Story = {}) => judge(inputOf(scenarioWith(expectations), story), []);

test("a good run holds, and says by how much and through what", () => {
  const judgement = judged();
  expect(judgement.verdict, JSON.stringify(judgement.results.filter(({ state }) => state !== "held"))).toBe("held");
  expect(judgement.sentence).toMatch(
    /^Yes: all \d+ judged objectives held through 1 proven fault: p99 of all pages 24.1ms/,
  );
  const ids = judgement.results.map((result) => result.id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const result of judgement.results) expect(result.reason.length, result.id).toBeGreaterThan(5);
});

test("a quick run's answer names what it had too little of, and any other run does not hold without it", () => {
  const thin: Objective = { kind: "availability", subject: "buyers", atLeast: 0.999, window: { phase: "plateau" } };
  const scenario = scenarioWith([...expectations, thin]);
  const quick = judge(inputOf({ ...scenario, load: { ...scenario.load, pace: "quick" } }), []);
  expect(quick.verdict).toBe("held");
  expect(quick.sentence).toContain(
    "In this quick run 1 objective was not judged for lack of samples: availability of the buyers' lane (phase plateau).",
  );
  const other = judge(inputOf(scenario), []);
  expect(other.verdict).toBe("unknown");
  expect(other.sentence).toMatch(/^Not known: availability of the buyers' lane .*it takes 2995 attempts/);
});

test("what was judged over several faults together, and what was not tried, is in the answer", () => {
  const again = (["injecting", "in-force", "healing", "healed"] as const).map((state, index) => ({
    atMs: [60_000, 61_000, 71_000, 71_500][index] ?? 0,
    event: {
      kind: "fault",
      fault: "latency",
      state,
      detail: "",
      id: "again",
      title: "again",
      readings: [{ when: "in-force", target: "app@eu>cache-eu", fresh: { kind: "answered", ms: 2_003 } }],
    } as const,
  }));
  const lane: Objective = { kind: "availability", subject: "buyers", atLeast: 0.99, window: "during-faults" };
  const timeline = [hang, { ...hang, id: "again", afterMs: 30_000 }];
  const together = judge(inputOf(scenarioWith([lane], { timeline }), { also: again }), []);
  expect(together.verdict, together.sentence).toBe("held");
  expect(together.sentence).toContain(
    "Judged over several faults together, because single ones left too few attempts: availability of the buyers' lane (cache-hangs, again).",
  );
  const lacking = judged({ fault: ["not-applicable"] });
  expect(lacking.verdict, lacking.sentence).toBe("held");
  expect(lacking.sentence).toContain(
    "No fault was in force: this system lacks the parts that they lie on (cache-hangs), so nothing is said of failures.",
  );
  const none = { kind: "fault", fault: "kill", state: "not-applicable", id: "again", title: "", detail: "" } as const;
  const one = judge(inputOf(scenarioWith(expectations, { timeline }), { also: [{ atMs: -5, event: none }] }), []);
  expect(one.sentence).toContain("through 1 proven fault");
  expect(one.sentence).toContain("Not tried were again: this system lacks the parts");
  expect(judged().sentence).not.toMatch(/together|Not tried|No fault/);
});

test("an attempt of several says so, with the confidence that it was asked for", () => {
  const planned = (facts: Readonly<Record<string, unknown>>): Story => ({
    also: [{ atMs: -5_000, event: { kind: "run", state: "planned", detail: "", facts } }],
  });
  const second = judged(planned({ repeat: { attempt: 2, of: 3 } }));
  expect(second.verdict).toBe("held");
  expect(second.sentence).toMatch(/ This was attempt 2 of at most 3, so each bound is told with 98\.3% confidence\.$/);
  expect(judged(planned({})).sentence).not.toContain("attempt");
});

test("a broken objective comes first and answers the question", () => {
  const judgement = judged(collapse);
  expect(judgement.verdict).toBe("broken");
  expect(judgement.results[0]?.state).toBe("broken");
  expect(judgement.sentence).toMatch(/^No: /);
});

test("a shop that never reached its steady state is judged on the load alone", () => {
  const sick = { kind: "run", state: "not-steady", detail: "p99 8s" } as const;
  const judgement = judged({ ...collapse, fault: ["planned", "skipped"], also: [{ atMs: 32_000, event: sick }] });
  expect(judgement.verdict).toBe("broken");
  expect(judgement.sentence).toContain("The load alone was enough");
  const state = (id: string) => judgement.results.find((result) => result.id === id)?.state;
  expect(state("latency-all-p99-whole")).toBe("broken");
  expect(state("availability-all-during-faults")).toBe("not-judged");
  expect(state("recovery-all")).toBe("not-judged");
  expect(state("fault-cache-hangs")).toBe("not-judged");
});

test("a generator that was not well makes its figures unknown, even those against the shop", () => {
  const judgement = judged({ ...collapse, without: (event) => event.kind === "load.ended" });
  expect(judgement.verdict).toBe("unknown");
  const latency = judgement.results.find((result) => result.id === "latency-all-p99-whole");
  expect(latency).toMatchObject({ state: "unknown", reason: expect.stringContaining("the generator was not well") });
});

test("a gap in the history takes nothing from what the generator saw", () => {
  const input = inputOf(scenarioWith(expectations), collapse);
  const judgement = judge({ ...input, records: input.records.filter((record) => record.seq !== 3) }, []);
  expect(judgement.verdict).toBe("broken");
});

test("an unproven fault makes a good run unknown, with the reason in the sentence", () => {
  const judgement = judged({ fault: ["planned", "injecting", "unproven"] });
  expect(judgement.verdict).toBe("unknown");
  expect(judgement.sentence).toMatch(/^Not known: .*without it nothing is proven/);
});

test("a fault on a part that the system lacks weighs nothing", () => {
  expect(judged({ fault: ["not-applicable"] }).verdict).toBe("held");
});

test("a checker that throws is an unknown that names it, and the others go on", () => {
  const broken: Checker = {
    name: "clumsy",
    check: () => {
      throw new Error("dropped it");
    },
  };
  const judgement = judge(inputOf(scenarioWith(expectations)), [broken]);
  expect(judgement.verdict).toBe("unknown");
  expect(judgement.results.find((result) => result.id === "checker-clumsy")?.reason).toContain("dropped it");
  expect(judgement.results.some((result) => result.id === "latency-all-p99-whole")).toBe(true);
});

test("an invariant that nobody answers for, an empty history and no checkers at all are unknown", () => {
  const invariant: Objective = { kind: "invariant", name: "no-order-lost" };
  const judgement = judge(inputOf(scenarioWith([...expectations, invariant])), []);
  expect(judgement.verdict).toBe("unknown");
  expect(judgement.results[0]?.reason).toContain("no checker knows");
  expect(judge({ ...inputOf(scenarioWith(expectations)), records: [] }, []).verdict).toBe("unknown");
  expect(judgeWith(inputOf(scenarioWith(expectations)), []).verdict).toBe("unknown");
});

test("an invariant whose name is part of another's is answered by nobody, and one whose checker failed by that", () => {
  const invariants = ["no-order", "no-order-lost"].map((name) => ({ kind: "invariant", name }) as const);
  const input = inputOf(scenarioWith([...expectations, ...invariants]));
  const [finding] = judge(input, []).results.filter(({ state }) => state === "held");
  const lost: Checker = {
    name: "no-order-lost",
    check: () => (finding === undefined ? [] : [{ ...finding, id: "no-order-lost", group: "orders" }]),
  };
  const judgement = judge(input, [lost]);
  expect(judgement.verdict).toBe("unknown");
  const open = (each: typeof judgement) => each.results.filter(({ state }) => state === "unknown").map(({ id }) => id);
  expect(open(judgement)).toEqual(["unclaimed-no-order"]);
  const failing: Checker = {
    ...lost,
    check: () => {
      throw new Error("dropped it");
    },
  };
  expect(open(judge(input, [failing]))).toEqual(["unclaimed-no-order", "checker-no-order-lost"]);
});

test("a checker that is given twice runs once, and two findings of one name are kept apart", () => {
  const input = inputOf(scenarioWith(expectations));
  expect(judge(input, CHECKERS).results).toEqual(judge(input, []).results);
  const [finding] = judge(input, []).results;
  const twice: Checker = { name: "twice", check: () => (finding === undefined ? [] : [finding, finding]) };
  const ids = judgeWith(input, [twice]).results.map((result) => result.id);
  expect(ids).toEqual([finding?.id, `${finding?.id}-2`]);
});

test("the same history gives the same judgement", () => {
  expect(judged(collapse)).toEqual(judged(collapse));
});

test("the steady-state gate goes by what was observed, and needs enough of it", () => {
  const gate = (story: Story, atLeast = 0.99) => {
    const scenario = scenarioWith([], {
      steady: [
        { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: { phase: "plateau" } },
        { kind: "availability", subject: "all", atLeast, window: { phase: "plateau" } },
      ],
    });
    const { topology, records } = inputOf(scenario, story);
    return steadyResults(scenario, topology, records).map((result) => result.state);
  };
  expect(gate({})).toEqual(["held", "held"]);
  expect(gate(collapse)).toEqual(["broken", "broken"]);
  // 20 of 2,020 failed: 99.01 %, inside by what was seen though the interval straddles.
  const few: Story = {
    attempts: (_, lane) =>
      lane === "shoppers"
        ? [
            ["ok", 10, 99],
            ["error", 150, 1],
          ]
        : undefined,
  };
  expect(gate(few)[1]).toBe("held");
  expect(gate({}, 0.999)[1]).toBe("unknown");
  expect(gate({ without: (event) => event.kind === "load.batch" })).toEqual(["unknown", "unknown"]);
});

const sickShop = { atMs: 32_000, event: { kind: "run", state: "not-steady", detail: "p99 8s" } } as const;

test("a shop that failed its gate never ends held, though nothing else broke", () => {
  // Broken on the plateau only, and expected of the peak only.
  const peak: readonly Objective[] = [
    { kind: "latency", subject: "all", quantile: 0.99, belowMs: 200, window: { phase: "peak" } },
  ];
  const story: Story = {
    attempts: (second, lane) => (lane === "shoppers" && second >= 10 && second < 30 ? [["ok", 900, 100]] : undefined),
    fault: ["planned", "skipped"],
    also: [sickShop],
  };
  const judgement = judge(inputOf(scenarioWith(peak), story), []);
  expect(judgement.verdict).toBe("broken");
  expect(judgement.results[0]).toMatchObject({
    id: "steady-state-latency-all-p99-phase-plateau",
    group: "load",
    state: "broken",
    title: "steady state: p99 of all pages",
  });
  // The gate saw too little: nothing is broken, and nothing is known.
  const blind: Story = {
    ...story,
    attempts: () => undefined,
    without: (event) => event.kind === "load.batch" && event.second < 30,
  };
  const unknown = judge(inputOf(scenarioWith(peak), blind), []);
  expect(unknown.verdict).toBe("unknown");
  expect(unknown.results.filter(({ id }) => id.startsWith("steady-state")).map(({ state }) => state)).toEqual([
    "unknown",
    "unknown",
  ]);
  // A gate without objectives never opens.
  const none = judge(inputOf(scenarioWith(peak, { steady: [] }), { ...story, attempts: () => undefined }), []);
  expect(none.results.find(({ id }) => id === "steady-state")).toMatchObject({ state: "unknown" });
});

test("a gate that never spoke, and a fault that was skipped without it, make a good run unknown", () => {
  const silent = judged({ without: (event) => event.kind === "run" && event.state === "steady" });
  expect(silent.verdict).toBe("unknown");
  expect(silent.sentence).toContain("the steady state was never judged");
  expect(judged({ fault: ["planned", "skipped"] }).verdict).toBe("unknown");
});

test("a shop that did not come to rest makes a good run unknown, and leaves a broken one broken", () => {
  const also = [{ atMs: 96_000, event: { kind: "run", state: "not-quiesced", detail: "3 jobs in hand" } }] as const;
  expect(judged({ also }).verdict).toBe("unknown");
  expect(judged({ also }).sentence).toContain("3 jobs in hand");
  expect(judged({ ...collapse, also }).verdict).toBe("broken");
});
