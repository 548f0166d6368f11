import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { faultSchema } from "#chaos/faults/index.ts";
import { processInjector } from "#chaos/injectors/process/index.ts";
import { toxiproxyInjector } from "#chaos/injectors/toxiproxy/index.ts";
import { Failure } from "#core/errors.ts";
import type { HistoryRecord } from "#core/history.ts";
import type { LeakMoment } from "#core/leaks.ts";
import { noopEvidence, noopJournal, noopLeakAudit, noopLoad, noopSubstrate } from "#core/noop.ts";
import type { Reporter, RunResult } from "#core/result.ts";
import type { Scenario } from "#core/scenario.ts";
import { SOMETIMES_NAMES } from "#harness/checkers/index.ts";
import { Interruption } from "#harness/context/interrupt.ts";
import { reporterNamed } from "#harness/reporters/index.ts";
import blackFriday from "#scenarios/black-friday.ts";
import { BUG_NAMES, bugNamed } from "#system/bugs.ts";
import { PROTECTION_NAMES } from "#system/switches.ts";
import { topologyOf } from "#system/topology.ts";
import type { Adapters } from "./adapters.ts";
import { readCommandLine } from "./options.ts";
import { runScenario } from "./run.ts";

/** Real injectors and topology; whatever would start something fails the test. */
const adapters: Adapters = {
  root: "",
  resultsFolder: "",
  vocabulary: { fault: faultSchema, protections: PROTECTION_NAMES, invariants: [], sometimes: SOMETIMES_NAMES },
  bugNames: [],
  topologyOf: (system) => topologyOf(system),
  shaped: (scenario) => scenario,
  refuseLoad: () => undefined,
  substrateNames: ["local"],
  substrate: async () => ({ substrate: noopSubstrate, load: noopLoad, facts: {} }),
  injectors: [processInjector, toxiproxyInjector],
  evidence: noopEvidence,
  checkers: [],
  gate: async () => Promise.reject(new Error("started")),
  sample: () => ({ [Symbol.asyncDispose]: async () => undefined }),
  witness: async () => undefined,
  guard: async () => Promise.reject(new Error("started")),
  audit: () => noopLeakAudit,
  living: async () => [],
  unfinished: async () => [],
  lookForUnfinished: async () => [],
  recover: async () => undefined,
  examine: async () => [],
  reporter: () => reporterNamed("silent", process.stdout),
  commit: async () => "0000000",
};

async function problemsOf(scenario: Scenario, given = adapters): Promise<readonly string[]> {
  const request = {
    named: { name: "test", scenario, declared: scenario },
    line: readCommandLine([], {}, { substrates: ["local"], bugs: [], protections: [] }),
    adapters: given,
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

it("refuses a load that finds no room before it brings anything", async () => {
  const full: Adapters = {
    ...adapters,
    refuseLoad: () => {
      throw new Failure("usage", ["too many users"], "Fewer.");
    },
    substrate: async () => Promise.reject(new Error("started")),
  };
  expect(await problemsOf(blackFriday, full)).toEqual(["too many users"]);
});

/** A shop of a second, without faults, that is kept until it is interrupted. */
const shortly: Scenario = {
  ...blackFriday,
  load: { ...blackFriday.load, pace: "quick", phases: blackFriday.load.phases.map((each) => ({ ...each, forMs: 50 })) },
  steady: [],
  timeline: [],
};

it("says what a kept shop left behind, ends with 70, and has neither load nor samples while it is kept", async () => {
  const resultsFolder = await mkdtemp(join(tmpdir(), "doorbuster-kept-"));
  const controller = new AbortController();
  const told: string[] = [];
  let open = 0;
  let whileKept: number | undefined;
  let bytes: number | undefined;
  const reporter: Reporter = {
    ...reporterNamed("silent", process.stdout),
    progress: (text) => void told.push(text),
    ended(_result, _folder, size) {
      whileKept = open;
      bytes = size;
      setTimeout(() => controller.abort(new Interruption("Ctrl-C", 130)), 50);
    },
  };
  const leaky: Adapters = {
    ...adapters,
    resultsFolder,
    gate: async () => "open",
    sample: () => {
      open += 1;
      return {
        async [Symbol.asyncDispose]() {
          open -= 1;
        },
      };
    },
    guard: async () => ({
      journal: noopJournal,
      folder: resultsFolder,
      lost: new AbortController().signal,
      [Symbol.asyncDispose]: async () =>
        Promise.reject(new Failure("environment", ["process 7 still runs"], "Recover.")),
    }),
  };
  const exit = await runScenario({
    named: { name: "kept", scenario: shortly, declared: shortly },
    line: readCommandLine(["kept", "--keep"], {}, { substrates: ["local"], bugs: [], protections: [] }),
    adapters: leaky,
    reporter,
    signal: controller.signal,
  });
  expect(exit).toBe(70);
  expect(told.join("\n")).toContain("process 7 still runs");
  expect(whileKept).toBe(0);
  expect(bytes).toBeGreaterThan(1_000);
  await rm(resultsFolder, { recursive: true });
}, 30_000);

it("keeps the verdict of a run that left something behind, says what, and ends with 70", async () => {
  const resultsFolder = await mkdtemp(join(tmpdir(), "doorbuster-leak-"));
  const ends: RunResult[] = [];
  const reporter: Reporter = {
    ...reporterNamed("silent", process.stdout),
    ended: (result) => void ends.push(result),
  };
  const guarded: Adapters = {
    ...adapters,
    resultsFolder,
    gate: async () => "open",
    guard: async () => ({
      journal: noopJournal,
      folder: resultsFolder,
      lost: new AbortController().signal,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
  const exitWith = (left: readonly string[], moment: LeakMoment): Promise<number> =>
    runScenario({
      named: { name: "leak", scenario: blackFriday, declared: blackFriday },
      line: readCommandLine(["leak"], {}, { substrates: ["local"], bugs: [], protections: [] }),
      adapters: {
        ...guarded,
        // Nobody can bring its faults about: such a run starts nothing and ends at once.
        injectors: [],
        audit: () => ({ note: () => undefined, left: async (now) => (now === moment ? left : []) }),
      },
      reporter,
      signal: new AbortController().signal,
    });
  expect(await exitWith([], "ended")).toBe(2);
  expect(await exitWith(["process 7 (k6)"], "torn-down")).toBe(70);
  expect(await exitWith(["folder /somewhere"], "ended")).toBe(70);
  expect(ends.map(({ leftBehind }) => leftBehind)).toEqual([
    [],
    ["not ended by the run itself, and left to its undo: process 7 (k6)"],
    ["folder /somewhere"],
  ]);
  expect(ends.map(({ verdict, cutShort }) => [verdict, cutShort])).toEqual(
    Array.from({ length: 3 }, () => ["unknown", undefined]),
  );
  await rm(resultsFolder, { recursive: true });
});

it("tells of a planted bug in the plan, the first record, the verdict's sentence and the command that repeats the run", async () => {
  const resultsFolder = await mkdtemp(join(tmpdir(), "doorbuster-planted-"));
  const records: HistoryRecord[] = [];
  let plan: readonly string[] = [];
  let result: RunResult | undefined;
  const reporter: Reporter = {
    ...reporterNamed("silent", process.stdout),
    planned(words) {
      plan = words;
    },
    record: (record) => void records.push(record),
    ended(ended) {
      result = ended;
    },
  };
  const planting: Adapters = {
    ...adapters,
    resultsFolder,
    topologyOf: (system, _without, plant) => topologyOf(system, [], bugNamed(plant)),
    gate: async () => "open",
    sample: () => ({ [Symbol.asyncDispose]: async () => undefined }),
    guard: async () => ({
      journal: noopJournal,
      folder: resultsFolder,
      lost: new AbortController().signal,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
  await runScenario({
    named: { name: "planted", path: "somewhere/planted.ts", scenario: shortly, declared: shortly },
    line: readCommandLine(
      ["planted", "--plant", "wrong-ledger-sign"],
      {},
      { substrates: ["local"], bugs: BUG_NAMES, protections: [] },
    ),
    adapters: planting,
    reporter,
    signal: new AbortController().signal,
  });
  expect(plan.join("\n")).toMatch(/^BUG .*planted bug.*wrong-ledger-sign/m);
  expect(records[0]).toMatchObject({ kind: "run", facts: { plantedBug: { name: "wrong-ledger-sign" } } });
  expect(result?.sentence).toMatch(/^This shop has a planted bug: .*\(wrong-ledger-sign\)\. /);
  expect(result?.topology.plantedBug?.name).toBe("wrong-ledger-sign");
  expect(result?.repeat).toMatch(/^npm run scenario somewhere\/planted\.ts -- .*--plant wrong-ledger-sign/);
  await rm(resultsFolder, { recursive: true });
});
