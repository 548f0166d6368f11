import { expect, it } from "vitest";
import { faultSchema } from "#chaos/faults/index.ts";
import { processInjector } from "#chaos/injectors/process/index.ts";
import { toxiproxyInjector } from "#chaos/injectors/toxiproxy/index.ts";
import { Failure } from "#core/errors.ts";
import { noopEvidence, noopLoad, noopSubstrate } from "#core/noop.ts";
import type { Scenario } from "#core/scenario.ts";
import { reporterNamed } from "#harness/reporters/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import { PROTECTION_NAMES } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import type { Adapters } from "./adapters.ts";
import { readCommandLine } from "./options.ts";
import { runScenario } from "./run.ts";

/** Real injectors and topology; whatever would start something fails the test. */
const adapters: Adapters = {
  root: "",
  resultsFolder: "",
  vocabulary: { fault: faultSchema, protections: PROTECTION_NAMES, invariants: [] },
  topologyOf: (system) => topologyOf(system),
  shaped: (scenario) => scenario,
  substrateNames: ["local"],
  substrate: async () => ({ substrate: noopSubstrate, load: noopLoad, facts: {} }),
  injectors: [processInjector, toxiproxyInjector],
  evidence: noopEvidence,
  checkers: [],
  gate: async () => Promise.reject(new Error("started")),
  sample: () => ({ [Symbol.asyncDispose]: async () => undefined }),
  guard: async () => Promise.reject(new Error("started")),
  unfinished: async () => [],
  recover: async () => undefined,
  examine: async () => [],
  reporter: () => reporterNamed("silent", process.stdout),
  commit: async () => "0000000",
};

async function problemsOf(scenario: Scenario): Promise<readonly string[]> {
  const request = {
    named: { name: "test", scenario, declared: scenario },
    line: readCommandLine([], {}, ["local"]),
    adapters,
    reporter: reporterNamed("silent", process.stdout),
    signal: new AbortController().signal,
  };
  return runScenario(request).then(
    () => [],
    (thrown: unknown) => (thrown instanceof Failure ? thrown.problems : Promise.reject(thrown)),
  );
}

it("refuses faults on parts that the scenario's own system does not run, before anything is started", async () => {
  const [first] = blackFriday.timeline;
  if (first === undefined) throw new Error("the scenario has no fault");
  const timeline = [
    { ...first, id: "spare", fault: { kind: "kill", node: { role: "app", region: "eu", index: 3 } } as const },
    { ...first, id: "swapped", fault: { kind: "refuse", link: { from: "cache", to: "app" } } as const },
  ];
  const problems = await problemsOf({ ...blackFriday, timeline });
  expect(problems).toHaveLength(2);
  expect(problems.join()).toContain("spare");
  expect(problems.join()).toContain("swapped");
});

it("refuses an objective that its window can never decide, with the number", async () => {
  const strict = { kind: "availability", subject: "buyers", atLeast: 0.9999, window: "outside-faults" } as const;
  const problems = await problemsOf({ ...blackFriday, expect: [...blackFriday.expect, strict] });
  expect(problems.join()).toMatch(/\d,\d{3}/);
});
