import { expect, test } from "vitest";
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

test("a fault's window is judged by its own target and below its minimum not at all", () => {
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
  expect(judged({}, 0.999, "during-faults")).toMatchObject({ state: "not-judged", samples: 1_313 });
  expect(judged(story, 0.99, "during-faults")?.evidence.length).toBeGreaterThan(0);
});

test("no attempts at all are unknown", () => {
  expect(judged({ without: (event) => event.kind === "load.batch" }, 0.99)).toMatchObject({ state: "unknown" });
  expect(judged({ fault: ["not-applicable"] }, 0.99, "during-faults")).toMatchObject({ state: "not-judged" });
});
