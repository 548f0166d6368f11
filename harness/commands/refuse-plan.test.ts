import { expect, test } from "vitest";
import { processInjector } from "#chaos/injectors/process/index.ts";
import { toxiproxyInjector } from "#chaos/injectors/toxiproxy/index.ts";
import { Failure } from "#core/errors.ts";
import type { Scenario } from "#core/scenario.ts";
import blackFriday from "#scenarios/black-friday.ts";
import orderStorm from "#scenarios/order-storm.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { topologyOf } from "#system/topology.ts";
import { refuseVainPlan } from "./refuse-plan.ts";

const adapters = {
  injectors: [processInjector, toxiproxyInjector],
  topologyOf: (system: "scaled" | "monolith") => topologyOf(system),
  // What the machine can send is asked elsewhere.
  refuseLoad: () => undefined,
};

function problemsOf(scenario: Scenario): readonly string[] {
  try {
    refuseVainPlan({ name: "tried", scenario, declared: scenario }, adapters);
    return [];
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.kind === "usage") return thrown.problems;
    throw thrown;
  }
}

test("the scenarios of the project are taken, at their own pace and quick", () => {
  for (const each of [blackFriday, orderStorm]) {
    expect(problemsOf(each)).toEqual([]);
    expect(problemsOf(paced(each, { pace: "quick" }))).toEqual([]);
  }
});

test("a fault that lies where hardly anybody is left is refused, also in a quick run", () => {
  const [first] = blackFriday.timeline;
  if (first === undefined) throw new Error("the scenario has no fault");
  const late: Scenario = {
    ...paced(blackFriday, { pace: "quick" }),
    load: {
      ...blackFriday.load,
      pace: "quick",
      buyersPerSecond: 0,
      phases: [...blackFriday.load.phases, { name: "night", forMs: 60_000, users: 5_000 }],
    },
    timeline: [{ ...first, phase: "night", afterMs: 40_000, forMs: 10_000 }],
    expect: blackFriday.expect.filter((objective) => !("subject" in objective) || objective.subject !== "buyers"),
  };
  expect(problemsOf(late)).toEqual([
    expect.stringMatching(/^the fault "app-killed" would try nothing: .* about 14 attempts .* takes 29/),
  ]);
});
