import { expect, test } from "vitest";
import { drawFacts } from "#core/draw.ts";
import type { Objective, Window } from "#core/scenario.ts";
import { availabilityChecker } from "./availability.ts";
import { inputOf, type Story, scenarioWith } from "./testing/history.ts";

function judged(story: Story, atLeast: number, window: Window = "whole") {
  const objective: Objective = { kind: "availability", subject: "all", atLeast, window };
  const [result] = availabilityChecker.check(inputOf(scenarioWith([objective]), story));
  return result;
}

const badEach = (bad: number): Story => ({
  attempts: (_, lane) =>
    lane === "shoppers"
      ? [
          ["ok", 10, 100 - bad],
          ["unavailable", 8_000, bad],
        ]
      : undefined,
});

test("a shop that answers everything holds 99.9 %, with an exact interval", () => {
  const result = judged({}, 0.999);
  expect(result).toMatchObject({ state: "held", observed: "100%", target: ">= 99.9%", samples: 9_090 });
  expect(result?.interval).toMatchObject({ low: "99.97%", high: "100%", level: 0.9 });
});

test("a true 'sold out', a twin in flight and a refused cart are answers", () => {
  const result = judged(
    {
      attempts: (_, lane) =>
        lane === "shoppers"
          ? [
              ["ok", 10, 50],
              ["sold-out", 10, 30],
              ["twin", 9, 10],
              ["invalid", 9, 10],
            ]
          : undefined,
    },
    0.999,
  );
  expect(result).toMatchObject({ state: "held", observed: "100%" });
  expect(result?.reason).toContain('2,700 answers "sold out"');
});

test("every other outcome is bad, those included that never left", () => {
  const bad = ["refused", "unavailable", "error", "timeout", "broken-off", "lost", "unsent"] as const;
  for (const outcome of bad) {
    const result = judged(
      {
        attempts: (_, lane) =>
          lane === "shoppers"
            ? [
                ["ok", 10, 90],
                [outcome, 8_000, 10],
              ]
            : undefined,
      },
      0.99,
    );
    expect(result, outcome).toMatchObject({ state: "broken" });
    expect(result?.reason).toContain(`${outcome} 900`);
    expect(result?.decidedAt).toMatchObject({ fromMs: 5_000, toMs: 95_000 });
  }
});

test("broken needs the whole interval below the target, held the whole above; between lies unknown", () => {
  expect(judged(badEach(1), 0.999)).toMatchObject({ state: "broken", observed: "99.01%" });
  expect(judged(badEach(1), 0.98)).toMatchObject({ state: "held" });
  expect(judged(badEach(1), 0.99)).toMatchObject({ state: "unknown" });
});

test("a fault's window is judged by its own target, and below its minimum nobody knows", () => {
  const story: Story = {
    attempts: (second, lane) =>
      lane === "shoppers" && second >= 42 && second < 52
        ? [
            ["ok", 10, 90],
            ["error", 8_000, 10],
          ]
        : undefined,
  };
  expect(judged(story, 0.999, "outside-faults")).toMatchObject({ state: "held", samples: 77 * 101 });
  expect(judged(story, 0.99, "during-faults")).toMatchObject({ state: "broken" });
  expect(judged({}, 0.999, "during-faults")).toMatchObject({ state: "unknown", lacking: "samples", samples: 1_313 });
  expect(judged(story, 0.99, "during-faults")?.evidence.length).toBeGreaterThan(0);
});

const second = { id: "again", title: "the cache hangs again" } as const;
const course = [
  { atMs: 60_000, state: "injecting" },
  { atMs: 61_000, state: "in-force" },
  { atMs: 72_000, state: "healed" },
] as const;
const twice: NonNullable<Story["also"]> = course.map(({ atMs, state }) => ({
  atMs,
  event: { kind: "fault", fault: "latency", state, detail: "", ...second },
}));

function judgedByFault(story: Story, atLeast: number, subject: "all" | "buyers" = "all") {
  const objective: Objective = { kind: "availability", subject, atLeast, window: "during-faults" };
  return availabilityChecker.check(inputOf(scenarioWith([objective]), story));
}

test("one fault does not use up the failures that others were allowed", () => {
  const failing: NonNullable<Story["attempts"]> = (at, lane) =>
    lane === "shoppers" && at >= 60 && at < 72
      ? [
          ["ok", 10, 983],
          ["error", 8_000, 17],
        ]
      : undefined;
  // Thirteen seconds of 1,001 without a failure and twelve with 17 in each: less than 1 % in the pot.
  const busy: NonNullable<Story["attempts"]> = (at, lane) =>
    failing(at, lane) ?? (lane === "shoppers" && at >= 40 && at < 53 ? [["ok", 10, 1_000]] : undefined);
  expect(judgedByFault({ attempts: busy, also: twice }, 0.99)).toMatchObject([
    { id: "availability-all-during-cache-hangs", state: "held", window: "during cache-hangs", samples: 13 * 1_001 },
    { id: "availability-all-during-again", state: "broken", window: "during again", samples: 12 * 1_001 },
  ]);
});

test("a fault with too few attempts is judged with the others, and where no fault has enough, all of them are", () => {
  expect(judgedByFault({ also: twice, attempts: thin(60, 72) }, 0.99)).toMatchObject([
    { id: "availability-all-during-cache-hangs", state: "held" },
    {
      id: "availability-all-during-faults",
      state: "held",
      window: "during cache-hangs and again together, for again",
      together: ["cache-hangs", "again"],
      samples: 13 * 101 + 12 * 3,
    },
  ]);
  // Whoever came was failed: too few to hold alone, and enough to be broken.
  const failed: NonNullable<Story["attempts"]> = (at, lane) =>
    lane === "shoppers" && at >= 60 && at < 72 ? [["error", 8_000, 2]] : undefined;
  expect(judgedByFault({ also: twice, attempts: failed }, 0.99)).toMatchObject([
    { state: "held" },
    { id: "availability-all-during-again", state: "broken", samples: 12 * 3 },
  ]);
  // The lane brings 20 a second: 260 and 240, and it takes 299.
  expect(judgedByFault({ also: twice }, 0.99, "buyers")).toMatchObject([
    { id: "availability-buyers-during-faults", state: "held", window: "during cache-hangs and again together" },
  ]);
});

/** In each second of the second fault so many of the lane's twenty fail, until so many have. */
const failedBuyers = (each: number, most: number): NonNullable<Story["attempts"]> => {
  return (at, lane) => {
    if (lane !== "buyers" || at < 60 || at >= 72) return undefined;
    const bad = Math.max(0, Math.min(each, most - (at - 60) * each));
    return [
      ["ok", 15, 20 - bad],
      ["error", 8_000, bad],
    ];
  };
};
/** The first fault has 2,600 checkouts, none of which fails. */
const busyFirst: NonNullable<Story["attempts"]> = (at, lane) =>
  lane === "buyers" && at >= 40 && at < 53 ? [["ok", 15, 200]] : undefined;

test("a short fault that fails many is broken by itself, and calm ones do not pay for it", () => {
  const story = (most: number): Story => {
    const failed = failedBuyers(1, most);
    return { also: twice, attempts: (at, lane) => busyFirst(at, lane) ?? failed(at, lane) };
  };
  // 12 of 240 alone; of both together 99.6 % are good.
  expect(judgedByFault(story(12), 0.99, "buyers")).toMatchObject([
    { id: "availability-buyers-during-cache-hangs", state: "held" },
    { id: "availability-buyers-during-again", state: "broken", samples: 240, observed: "95%" },
  ]);
  // 4 of 240 may be chance, and lie below the target: together they hold, and nobody knows of this one.
  expect(judgedByFault(story(4), 0.99, "buyers")).toMatchObject([
    { state: "held" },
    { state: "unknown", lacking: "samples", reason: expect.stringContaining("again alone lay outside the target") },
  ]);
  expect(judgedByFault(story(2), 0.99, "buyers")).toMatchObject([{ state: "held" }, { state: "held" }]);
});

test("of a quick run too, whoever fails everybody is broken, however few they are", () => {
  const objective: Objective = { kind: "availability", subject: "buyers", atLeast: 0.99, window: "during-faults" };
  const scenario = scenarioWith([objective]);
  const quick = { ...scenario, load: { ...scenario.load, pace: "quick" as const } };
  const failing: NonNullable<Story["attempts"]> = (at, lane) =>
    lane === "buyers" && at >= 40 && at < 53 ? [["error", 8_000, 20]] : undefined;
  expect(availabilityChecker.check(inputOf(quick, { attempts: failing }))).toMatchObject([
    { state: "broken", observed: "0%", samples: 260 },
  ]);
  expect(availabilityChecker.check(inputOf(quick))).toMatchObject([{ state: "not-judged", lacking: "samples" }]);
});

/** Hardly anybody comes between these seconds. */
function thin(from: number, to: number): NonNullable<Story["attempts"]> {
  return (at, lane) => (lane === "shoppers" && at >= from && at < to ? [["ok", 10, 2]] : undefined);
}

test("faults that leave too few, and enough together, are judged without the others", () => {
  const third: NonNullable<Story["also"]> = course.map(({ atMs, state }) => ({
    atMs: atMs + 15_000,
    event: { kind: "fault", fault: "latency", state, detail: "", id: "third", title: "and again" },
  }));
  // The first fault brings the lane 40 a second, the two others 20: 240 each.
  const busy: NonNullable<Story["attempts"]> = (at, lane) =>
    lane === "buyers" && at >= 40 && at < 53 ? [["ok", 15, 40]] : undefined;
  expect(judgedByFault({ also: [...twice, ...third], attempts: busy }, 0.99, "buyers")).toMatchObject([
    { id: "availability-buyers-during-cache-hangs", samples: 13 * 40 },
    { id: "availability-buyers-during-again-and-third", window: "during again and third together", samples: 24 * 20 },
  ]);
});

test("a run that may be tried again is asked for more confidence, the first attempt too", () => {
  const judgedAs = (bad: number, of: number) => {
    const facts = drawFacts({ attempt: 1, of });
    const also: Story["also"] = [{ atMs: -5_000, event: { kind: "run", state: "planned", detail: "", facts } }];
    return judged({ ...badEach(bad), also }, 0.9879);
  };
  expect(judgedAs(1, 1)).toMatchObject({ state: "held", interval: { level: 0.9 } });
  expect(judgedAs(1, 10)).toMatchObject({ state: "unknown", interval: { level: 0.99 } });
});

test("each phase is told by itself with its interval and does not weigh", () => {
  const story: Story = {
    attempts: (second, lane) =>
      lane === "shoppers" && second < 10
        ? [
            ["ok", 10, 95],
            ["error", 8_000, 5],
          ]
        : undefined,
  };
  const result = judged(story, 0.99);
  expect(result).toMatchObject({ state: "held" });
  expect(result?.phases).toMatchObject([
    { name: "normal", state: "broken", observed: "95%", samples: 1_010, interval: { level: 0.9 } },
    { name: "plateau", state: "held", observed: "100%", samples: 2_020 },
    { name: "peak", state: "held", samples: 6_060 },
  ]);
  expect(judged(story, 0.999)?.phases?.[0]).toMatchObject({ state: "not-judged", samples: 1_010 });
});

test("no attempts at all are unknown", () => {
  expect(judged({ without: (event) => event.kind === "load.batch" }, 0.99)).toMatchObject({ state: "unknown" });
  expect(judged({ fault: ["not-applicable"] }, 0.99, "during-faults")).toMatchObject({ state: "not-judged" });
});
