import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { faultSchema } from "#chaos/faults/index.ts";
import { processInjector } from "#chaos/injectors/process/index.ts";
import { toxiproxyInjector } from "#chaos/injectors/toxiproxy/index.ts";
import { Failure } from "#core/errors.ts";
import type { Scenario } from "#core/scenario.ts";
import { SOMETIMES_NAMES } from "#harness/checkers/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import orderStorm from "#scenarios/order-storm.ts";
import { paced } from "#scenarios/shared/pace.ts";
import { invariantCheckers } from "#system/evidence/index.ts";
import { PROTECTION_NAMES } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import { loadScenario } from "./load-scenario.ts";
import { refuseVainPlan } from "./refuse-plan.ts";

const adapters = {
  injectors: [processInjector, toxiproxyInjector],
  topologyOf: (system: "scaled" | "monolith", without: readonly string[]) =>
    topologyOf(
      system,
      PROTECTION_NAMES.filter((name) => without.includes(name)),
    ),
  // What the machine can send is asked elsewhere.
  refuseLoad: () => undefined,
};

function problemsOf(scenario: Scenario, declared: Scenario = scenario): readonly string[] {
  try {
    refuseVainPlan({ name: "tried", scenario, declared }, adapters);
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

test("a fault on what the scenario itself does without is refused, and one on what an arm goes without is not", () => {
  const bare: Scenario = { ...blackFriday, system: { name: "scaled", without: ["warm-tier", "replicas"] } };
  expect(problemsOf(bare)).toEqual([
    expect.stringMatching(/^fault "cache-hangs": /),
    expect.stringMatching(/^fault "replica-silent": /),
  ]);
  expect(problemsOf(bare, blackFriday)).toEqual([]);
  expect(problemsOf({ ...blackFriday, system: { name: "monolith", without: [] } }, blackFriday)).toEqual([]);
});

test("a recovery that nobody could tell is refused, but in a quick run", () => {
  const sparse: Scenario = { ...blackFriday, load: { ...blackFriday.load, scale: 100_000, buyersPerSecond: 10 } };
  const ofRecovery = (scenario: Scenario) => problemsOf(scenario).filter((problem) => problem.startsWith("recovery"));
  expect(ofRecovery(sparse)).toEqual([
    expect.stringMatching(/^recovery of all pages within 10s .* about 14 attempts, and it takes 75/),
    expect.stringMatching(/^recovery of the buyers' lane .* about 50 attempts, and it takes 75/),
  ]);
  expect(ofRecovery(paced(sparse, { pace: "quick" }))).toEqual([]);
});

test("every scenario that ships is taken, those of the traps, the planted bugs and the blows too", async () => {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const vocabulary = {
    fault: faultSchema,
    protections: PROTECTION_NAMES,
    invariants: invariantCheckers.map(({ name }) => name),
    sometimes: SOMETIMES_NAMES,
  };
  const files = ["scenarios", "traps/scenarios", "planted-bugs/scenarios", "survival/scenarios"].flatMap((folder) =>
    readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map(({ name }) => join(root, folder, name)),
  );
  expect(files.length).toBeGreaterThanOrEqual(9);
  for (const file of files) {
    const { scenario } = await loadScenario(file, { root, vocabulary });
    expect(problemsOf(scenario), file).toEqual([]);
    expect(problemsOf(paced(scenario, { pace: "quick" })), `${file}, quick`).toEqual([]);
  }
});
