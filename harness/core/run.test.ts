import { describe, expect, it } from "vitest";
import type { RunContext } from "./context.ts";
import type { TimelineEntry } from "./fault.ts";
import type { FaultEvent, HistoryRecord } from "./history.ts";
import type { FaultProof, Injector } from "./injector.ts";
import { memoryHistory } from "./memory-history.ts";
import { noopEvidence, noopInjector, noopJournal, noopLoad, noopStage, noopSubstrate } from "./noop.ts";
import { randomStream } from "./random.ts";
import { coverTimeline, type RunParts, run } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { virtualClock } from "./testing/virtual-clock.ts";
import type { Topology } from "./topology.ts";
import type { ObjectiveResult, ObjectiveState } from "./verdict.ts";

const topology: Topology = { system: "scaled", regions: ["eu"], nodes: [], links: [], protections: [] };

const fault: TimelineEntry = {
  id: "one",
  phase: "peak",
  afterMs: 5_000,
  forMs: 10_000,
  fault: { kind: "refuse", link: { from: "app", to: "cache" } },
  reason: "a test",
};

const scenario: Scenario = {
  title: "t",
  question: "q",
  background: "b",
  system: { name: "scaled", without: [] },
  load: {
    kind: "black-friday",
    scale: 500,
    pace: "quick",
    startUsers: 5_000,
    phases: [
      { name: "plateau", forMs: 20_000, users: 5_000 },
      { name: "peak", forMs: 40_000, users: 5_000 },
    ],
    buyersPerSecond: 0,
    steadyPhase: "plateau",
    peakPhase: "peak",
  },
  steady: [],
  timeline: [fault],
  expect: [],
};

function steadyResult(state: ObjectiveState): ObjectiveResult {
  return {
    id: "s",
    group: "load",
    title: "s",
    state,
    target: "",
    observed: "",
    samples: 1,
    window: "",
    reason: "",
    evidence: [],
  };
}

async function walk(change: Partial<RunParts> = {}, abortAtMs?: number): Promise<readonly HistoryRecord[]> {
  const clock = virtualClock();
  const history = memoryHistory(clock);
  const controller = new AbortController();
  const ctx: RunContext = {
    runId: "r",
    seed: "s",
    clock,
    random: (stream) => randomStream("s", stream),
    signal: controller.signal,
    history,
    journal: noopJournal,
    folder: "",
  };
  const parts: RunParts = {
    scenario,
    topology,
    substrate: noopSubstrate,
    injectors: [noopInjector],
    load: noopLoad,
    evidence: noopEvidence,
    gate: async () => "open",
    sample: () => ({ [Symbol.asyncDispose]: async () => undefined }),
    steady: () => [steadyResult("held")],
    progress: () => undefined,
    ...change,
  };
  if (abortAtMs !== undefined) void clock.sleep(abortAtMs).then(() => controller.abort(new Error("stop")));
  const covered = coverTimeline(scenario, parts.injectors, noopStage(topology));
  await run(parts, covered, ctx).catch((thrown) => {
    if (!controller.signal.aborted) throw thrown;
  });
  return history.records();
}

function faultStates(records: readonly HistoryRecord[]): readonly FaultEvent["state"][] {
  return records.flatMap((record) => (record.kind === "fault" ? [record.state] : []));
}

function injectorThat(change: Partial<Injector>): Injector {
  return { ...noopInjector, ...change };
}

const proof = (proven: boolean): FaultProof => ({ proven, asked: "a", measured: "m", before: [], after: [] });

describe("the run loop", () => {
  it("injects at the planned instant, holds the fault for its window, heals it, and reads the truth twice", async () => {
    const records = await walk();
    expect(faultStates(records)).toEqual(["planned", "injecting", "in-force", "healing", "healed"]);
    const at = (state: string) => records.find((record) => record.kind === "fault" && record.state === state)?.at;
    expect(at("injecting")).toBe(25_000);
    expect(at("healed")).toBe(35_000);
    const reads = records.flatMap((record) => (record.kind === "evidence" ? [record.name] : []));
    expect(reads).toEqual(["final/1/orders", "final/2/orders"]);
  });

  it("never injects into a shop that has not reached its steady state, and lets the load go on to its end", async () => {
    const records = await walk({ steady: () => [steadyResult("broken")] });
    expect(faultStates(records)).toEqual(["planned", "skipped"]);
    expect(records.some((record) => record.kind === "run" && record.state === "drained" && record.at >= 60_000)).toBe(
      true,
    );
  });

  it("takes a steady state that nothing was judged for as not reached", async () => {
    expect(faultStates(await walk({ steady: () => [] }))).toEqual(["planned", "skipped"]);
    expect(faultStates(await walk({ steady: () => [steadyResult("unknown")] }))).toEqual(["planned", "skipped"]);
  });

  it("undoes a fault that was not observed, and says so", async () => {
    let healed = 0;
    const injector = injectorThat({
      inject: async () => ({
        proof: proof(false),
        observe: async () => proof(false),
        heal: async () => {
          healed += 1;
          return proof(true);
        },
      }),
    });
    expect(faultStates(await walk({ injectors: [injector] }))).toEqual(["planned", "injecting", "unproven"]);
    expect(healed).toBe(1);
  });

  it("says when somebody else healed the fault before its window ended", async () => {
    const injector = injectorThat({
      inject: async () => ({ proof: proof(true), observe: async () => proof(false), heal: async () => proof(true) }),
    });
    expect(faultStates(await walk({ injectors: [injector] }))).toEqual([
      "planned",
      "injecting",
      "in-force",
      "unproven",
      "healed",
    ]);
  });

  it("turns an injector that throws into an unproven fault, not into a crash", async () => {
    const injector = injectorThat({ inject: async () => Promise.reject(new Error("the proxies do not answer")) });
    const records = await walk({ injectors: [injector] });
    expect(faultStates(records)).toEqual(["planned", "injecting", "unproven"]);
    expect(JSON.stringify(records)).toContain("the proxies do not answer");
  });

  it("heals an active fault, and sweeps the stage, when it is interrupted in the middle", async () => {
    let swept = 0;
    const injector = injectorThat({
      healAll: async () => {
        swept += 1;
      },
    });
    const records = await walk({ injectors: [injector] }, 30_000);
    expect(faultStates(records)).toEqual(["planned", "injecting", "in-force", "healed"]);
    expect(swept).toBe(1);
  });

  it("tells that something could not be healed at the end, and reads the truth all the same", async () => {
    const injector = injectorThat({ healAll: async () => Promise.reject(new Error("the proxies do not answer")) });
    const records = await walk({ injectors: [injector] });
    expect(records.some((record) => record.kind === "system" && record.event === "healing-failed")).toBe(true);
    expect(records.some((record) => record.kind === "evidence")).toBe(true);
  });

  it("says that the load had not ended when its deadline passes", async () => {
    const load: RunParts["load"] = {
      ...noopLoad,
      prepare: async (shape, target, ctx) => {
        const prepared = await noopLoad.prepare(shape, target, ctx);
        return {
          ...prepared,
          begin: async () => {
            const begun = await prepared.begin();
            return { ...begun, running: { ...begun.running, ended: new Promise<void>(() => undefined) } };
          },
        };
      },
    };
    const drained = (await walk({ load })).find((record) => record.kind === "run" && record.state === "drained");
    expect(drained).toMatchObject({ at: 95_000, detail: "the load had not ended at its deadline" });
  });

  it("answers a fault that no injector knows with a gap", () => {
    const [covered] = coverTimeline(scenario, [], noopStage(topology));
    expect(covered?.coverage.kind).toBe("gap");
  });
});
