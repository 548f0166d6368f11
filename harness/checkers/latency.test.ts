import { expect, test } from "vitest";
import type { Objective, Subject, Window } from "#core/scenario.ts";
import { latencyChecker } from "./latency.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";

function judged(story: Story, subject: Subject = "all", window: Window = "whole") {
  const objective: Objective = { kind: "latency", subject, quantile: 0.99, belowMs: 200, window };
  const [result] = latencyChecker.check(inputOf(scenarioWith([objective]), story));
  return result;
}

/** The same in a quick run. */
function judgedQuick(story: Story, subject: Subject, window: Window) {
  const objective: Objective = { kind: "latency", subject, quantile: 0.99, belowMs: 200, window };
  const scenario = scenarioWith([objective]);
  return latencyChecker.check(inputOf({ ...scenario, load: { ...scenario.load, pace: "quick" } }, story));
}

test("a fast shop holds, with its interval, its samples and its phases", () => {
  const result = judged({});
  expect(result).toMatchObject({
    id: "latency-all-p99-whole",
    group: "load",
    state: "held",
    target: "< 200ms",
    observed: "24.1ms",
    samples: 90 * 101,
    window: "whole run",
  });
  expect(result?.scale).toMatchObject({ target: 200, better: "lower", unit: "ms" });
  expect(result?.phases).toMatchObject([
    { name: "normal", state: "held", observed: "24.1ms", samples: 1_010, interval: { level: 0.95 } },
    { name: "plateau", state: "held", observed: "24.1ms", samples: 2_020 },
    { name: "peak", state: "held", observed: "24.1ms", samples: 6_060 },
  ]);
});

test("a slow shop is broken, and the seconds that decide it are named", () => {
  const result = judged({
    attempts: (second, lane) =>
      lane === "shoppers" && second >= 60
        ? [
            ["ok", 20, 50],
            ["ok", 900, 50],
          ]
        : undefined,
  });
  expect(result).toMatchObject({ state: "broken", observed: "904ms" });
  expect(result?.decidedAt?.fromMs).toBeGreaterThanOrEqual(65_000);
  expect(result?.evidence).toHaveLength(10);
});

test("attempts without an answer are slower than any limit, however they stand in the histogram", () => {
  for (const outcome of ["lost", "unsent", "timeout", "refused", "broken-off"] as const) {
    const result = judged({
      attempts: (_, lane) =>
        lane === "shoppers"
          ? [
              ["ok", 10, 95],
              [outcome, 8_000, 5],
            ]
          : undefined,
    });
    expect(result, outcome).toMatchObject({ state: "broken", observed: "no answer" });
    expect(result?.scale, outcome).toBeUndefined();
    expect(result?.reason).toContain(`${90 * 5} of them without an answer`);
  }
});

test("a fast error is no fast answer: it stands in the histogram with a user's patience", () => {
  const result = judged({
    attempts: (_, lane) =>
      lane === "shoppers"
        ? [
            ["ok", 10, 95],
            ["error", 8_000, 5],
          ]
        : undefined,
  });
  expect(result).toMatchObject({ state: "broken" });
});

test("a quantile that a few seconds decide is unknown, and says so", () => {
  const result = judged({
    // One second in ninety holds slow attempts: a little more than one in a hundred of all.
    attempts: (second, lane) => (lane === "shoppers" && second === 30 ? [["ok", 500, 100]] : undefined),
  });
  expect(result).toMatchObject({ state: "unknown" });
  expect(result?.reason).toMatch(/straddles/);
});

test("the fault's seconds are judged apart, from the act and not from its proof", () => {
  const story: Story = {
    attempts: (second, lane) => (lane === "shoppers" && second >= 40 && second <= 52 ? [["ok", 700, 100]] : undefined),
  };
  expect(judged(story, "all", "during-faults")).toMatchObject({ state: "broken", samples: 13 * 101 });
  expect(judged(story, "all", "outside-faults")).toMatchObject({ state: "held", samples: 77 * 101 });
  expect(judged(story, "all", { phase: "plateau" })).toMatchObject({ state: "held", window: "phase plateau" });
});

test("buyers are a lane of their own, pages are the shoppers', and bots are nobody", () => {
  const slowBuyers: Story = { attempts: (_, lane) => (lane === "buyers" ? [["ok", 400, 20]] : undefined) };
  expect(judged(slowBuyers, "buyers")).toMatchObject({ state: "broken", samples: 1_800 });
  expect(judged(slowBuyers, "all")).toMatchObject({ state: "held" });
  expect(judged(slowBuyers, "home")).toMatchObject({ state: "held", samples: 9_000 });
  expect(judged({}, "checkout")).toMatchObject({ state: "unknown", samples: 0 });
});

test("each phase is told by itself with its interval, and one with too few attempts is not judged", () => {
  const story: Story = {
    attempts: (second, lane) =>
      lane === "buyers" ? (second < 10 ? [["ok", 10, 2]] : [["ok", second < 30 ? 400 : 10, 20]]) : undefined,
  };
  const phases = judged(story, "buyers")?.phases;
  expect(phases?.map(({ name, state, samples }) => [name, state, samples])).toEqual([
    ["normal", "not-judged", 20],
    ["plateau", "broken", 400],
    ["peak", "held", 1_200],
  ]);
  expect(phases?.[1]?.interval).toMatchObject({ high: expect.stringMatching(/^40\dms$/) });
  expect(judged(story, "buyers", "outside-faults")?.phases).toHaveLength(3);
  expect(judged(story, "buyers", { phase: "peak" })?.phases).toBeUndefined();
});

test("too few attempts are unknown, and only in a quick run not judged", () => {
  const sparse: Story = { attempts: (_, lane) => (lane === "buyers" ? [["ok", 10, 1]] : undefined) };
  expect(judged(sparse, "buyers", { phase: "peak" })).toMatchObject({ state: "unknown", samples: 60 });
  expect(judged(sparse, "buyers", { phase: "peak" })?.reason).toContain("299");
  expect(judged(sparse, "buyers")).toMatchObject({ state: "unknown", samples: 90, lacking: "samples" });
  expect(judgedQuick(sparse, "buyers", "whole")).toMatchObject([{ state: "not-judged", lacking: "samples" }]);
});

const again = (["injecting", "in-force", "healed"] as const).map((state, index) => ({
  atMs: [60_000, 61_000, 72_000][index] ?? 0,
  event: { kind: "fault", fault: "latency", state, detail: "", id: "again", title: "the cache hangs again" } as const,
}));

/** One attempt in so many is slow between these seconds. */
const slowOne =
  (from: number, to: number, of: number): NonNullable<Story["attempts"]> =>
  (at, lane) =>
    lane === "shoppers" && at >= from && at < to
      ? [
          ["ok", 10, of - 1],
          ["ok", 700, 1],
        ]
      : undefined;

test("a slow fault does not hide among calm ones", () => {
  const objective: Objective = {
    kind: "latency",
    subject: "all",
    quantile: 0.99,
    belowMs: 200,
    window: "during-faults",
  };
  // 25 seconds of faults; in the second one's twelve, one attempt in fifty is slow: in one pot less than one in a hundred.
  const calm: NonNullable<Story["attempts"]> = (at, lane) =>
    lane === "shoppers" && at >= 40 && at < 53 ? [["ok", 10, 300]] : undefined;
  const slow = slowOne(60, 72, 50);
  const story: Story = { also: again, attempts: (at, lane) => calm(at, lane) ?? slow(at, lane) };
  expect(latencyChecker.check(inputOf(scenarioWith([objective]), story))).toMatchObject([
    { id: "latency-all-p99-during-cache-hangs", state: "held", window: "during cache-hangs", samples: 13 * 301 },
    { id: "latency-all-p99-during-again", state: "broken", window: "during again", samples: 12 * 51 },
  ]);
});

test("a window of a few seconds says nothing of a percentile, however many attempts it has", () => {
  const objective: Objective = {
    kind: "latency",
    subject: "all",
    quantile: 0.99,
    belowMs: 200,
    window: { phase: "normal" },
  };
  const { load } = scenarioWith([objective]);
  const phases = load.phases.map((phase) => (phase.name === "normal" ? { ...phase, forMs: 7_000 } : phase));
  const short = (pace: "quick" | "compressed") =>
    latencyChecker.check(inputOf({ ...scenarioWith([objective]), load: { ...load, pace, phases } }))[0];
  expect(short("compressed")).toMatchObject({
    state: "unknown",
    lacking: "samples",
    samples: 7 * 101,
    interval: { high: "no answer" },
    reason: expect.stringContaining("came in 7 seconds"),
  });
  expect(short("quick")).toMatchObject({ state: "not-judged", lacking: "samples" });
});

test("too few attempts, or too few seconds, that are certainly too slow are broken, also in a quick run", () => {
  // Of the lane 260 checkouts, of which it takes 299 to hold.
  const slow = (count: number): Story => ({
    attempts: (at, lane) =>
      lane === "buyers" && at >= 40 && at < 53
        ? [
            ["ok", 15, 20 - count],
            ["ok", 700, count],
          ]
        : undefined,
  });
  for (const count of [1, 20]) {
    const reason = `${13 * count} of 260 attempts were slower`;
    expect(judged(slow(count), "buyers", "during-faults")).toMatchObject({ state: "broken", samples: 260 });
    expect(judgedQuick(slow(count), "buyers", "during-faults")).toMatchObject([
      { state: "broken", reason: expect.stringContaining(reason) },
    ]);
  }
  const unanswered: Story = {
    attempts: (at, lane) => (lane === "buyers" && at >= 40 && at < 53 ? [["timeout", 8_000, 20]] : undefined),
  };
  expect(judgedQuick(unanswered, "buyers", "during-faults")).toMatchObject([
    { state: "broken", observed: "no answer" },
  ]);
  // All in one second: the others say that it was this one.
  const once: Story = {
    attempts: (at, lane) => (lane === "buyers" && at === 45 ? [["ok", 700, 20]] : undefined),
  };
  expect(judgedQuick(once, "buyers", "during-faults")).toMatchObject([{ state: "not-judged", lacking: "samples" }]);
});

test("a fault with few attempts that are slow does not hide among calm ones", () => {
  const calm: NonNullable<Story["attempts"]> = (at, lane) =>
    lane === "buyers" && at >= 40 && at < 53 ? [["ok", 15, 200]] : undefined;
  const during = (count: number) => {
    const slow: NonNullable<Story["attempts"]> = (at, lane) =>
      lane === "buyers" && at >= 60 && at < 60 + count
        ? [
            ["ok", 15, 19],
            ["ok", 700, 1],
          ]
        : undefined;
    const story: Story = { also: again, attempts: (at, lane) => calm(at, lane) ?? slow(at, lane) };
    const objective: Objective = {
      kind: "latency",
      subject: "buyers",
      quantile: 0.99,
      belowMs: 200,
      window: "during-faults",
    };
    return latencyChecker.check(inputOf(scenarioWith([objective]), story));
  };
  expect(during(12)).toMatchObject([{ state: "held" }, { id: "latency-buyers-p99-during-again", state: "broken" }]);
  expect(during(4)).toMatchObject([
    { state: "held" },
    { state: "unknown", lacking: "samples", reason: expect.stringContaining("again alone lay outside the target") },
  ]);
  expect(during(2)).toMatchObject([{ state: "held" }, { state: "held", together: ["cache-hangs", "again"] }]);
});

test("no data is unknown, and no fault is nothing to judge", () => {
  expect(judged({ without: (event) => event.kind === "load.batch" })).toMatchObject({ state: "unknown", samples: 0 });
  expect(judged({ fault: ["skipped"] }, "all", "during-faults")).toMatchObject({ state: "not-judged" });
});
