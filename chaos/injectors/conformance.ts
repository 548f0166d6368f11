import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunContext } from "#core/context.ts";
import type { Fault, TimelineEntry } from "#core/fault.ts";
import type { Injector, ProbeReading } from "#core/injector.ts";
import type { JournalEntry } from "#core/journal.ts";
import type { Stage } from "#core/substrate.ts";

/** What an injector is tried on. */
export interface ConformanceBench {
  readonly injector: Injector;
  /** Faults of every kind that it has, on parts that the stage has. */
  readonly faults: readonly Fault[];
  /** A fault on a part that the stage's system lacks. */
  readonly missing: Fault;
  /** A context whose journal tells each entry before it counts as written. */
  context(onJournal: (entry: JournalEntry) => Promise<void>, signal?: AbortSignal): RunContext;
  raise(): Promise<Stage>;
  /** A stage that obeys in words and does nothing in fact. */
  raiseDeaf(): Promise<Stage>;
  /** A stage whose control fails at once. */
  raiseMute(): Promise<Stage>;
  /** Makes every path of the fault sick, without the injector. */
  sicken(stage: Stage): Promise<void>;
  /** Whether anything of a fault is left on the stage. */
  isClean(stage: Stage): Promise<boolean>;
}

function entryOf(fault: Fault): TimelineEntry {
  return { id: `try-${fault.kind}`, phase: "peak", afterMs: 0, forMs: 1_000, fault, reason: "to see it work" };
}

const quiet = async (): Promise<void> => undefined;

/** What every injector must do, whatever its mechanism. */
export function injectorConformance(bench: ConformanceBench): void {
  const { injector } = bench;

  describe(`${injector.name}: before anything starts`, () => {
    const outlineOf = (stage: Stage, can = stage.can) => ({
      substrate: stage.substrate,
      topology: stage.topology,
      can,
    });
    let stage: Stage;
    beforeAll(async () => {
      stage = await bench.raise();
    });
    afterAll(() => stage[Symbol.asyncDispose]());

    test("a fault that it can bring about is covered, with the names of its targets", () => {
      expect([...new Set(bench.faults.map((fault) => fault.kind))].sort()).toEqual([...injector.kinds].sort());
      for (const fault of bench.faults) {
        const coverage = injector.covers(fault, outlineOf(stage));
        expect(coverage).toMatchObject({ kind: "covered" });
        expect(coverage.kind === "covered" && coverage.targets.length).toBeGreaterThan(0);
      }
    });

    test("a fault on a part that the system lacks is not applicable, even where the stage could do nothing", () => {
      expect(injector.covers(bench.missing, outlineOf(stage))).toMatchObject({ kind: "not-applicable" });
      expect(injector.covers(bench.missing, outlineOf(stage, new Set()))).toMatchObject({ kind: "not-applicable" });
    });

    test("a fault that the stage has no ability for is a gap, with the reason", () => {
      for (const fault of bench.faults) {
        expect(injector.covers(fault, outlineOf(stage, new Set()))).toMatchObject({
          kind: "gap",
          reason: expect.stringContaining(stage.substrate),
        });
      }
    });
  });

  for (const fault of bench.faults) describe(`${injector.name}: ${fault.kind}`, () => faultCases(bench, fault));
}

function faultCases(bench: ConformanceBench, fault: Fault): void {
  const { injector } = bench;

  test("is proven with numbers, stays, heals observably, and heals once", async () => {
    await using stage = await bench.raise();
    const journal: JournalEntry[] = [];
    const cleanAtJournal: boolean[] = [];
    const ctx = bench.context(async (entry) => {
      journal.push(entry);
      if (entry.verb === "fault") cleanAtJournal.push(await bench.isClean(stage));
    });
    const active = await injector.inject(entryOf(fault), stage, ctx);
    expect(active.proof.proven, active.proof.measured).toBe(true);
    expect(active.proof.measured).toMatch(/\d/);
    expect(active.proof.before.length).toBeGreaterThan(0);
    expect(active.proof.before.every((reading) => reading.fresh.kind === "answered")).toBe(true);
    expect(active.proof.after.map((reading) => reading.target)).toEqual(
      active.proof.before.map((reading) => reading.target),
    );
    expect(cleanAtJournal, "the undo is on disk before the act").toEqual([true]);

    const still = await active.observe();
    expect(still.proven, still.measured).toBe(true);

    const healed = await active.heal();
    expect(healed.proven, healed.measured).toBe(true);
    expect(healed.after.every((reading: ProbeReading) => reading.fresh.kind === "answered")).toBe(true);
    expect(await active.heal()).toEqual(healed);
    expect(await bench.isClean(stage)).toBe(true);
    expect(journal).toMatchObject([
      { verb: "fault", id: `try-${fault.kind}` },
      { verb: "healed", id: `try-${fault.kind}` },
    ]);
  });

  test("is unproven, and taken back, on a stage that only says that it obeyed", async () => {
    await using stage = await bench.raiseDeaf();
    const active = await injector.inject(entryOf(fault), stage, bench.context(quiet));
    expect(active.proof.proven).toBe(false);
    expect(active.proof.measured).toMatch(/answered in|not ended/);
    expect(await bench.isClean(stage)).toBe(true);
  });

  test("is unproven with an honest error where the control fails, and never throws", async () => {
    await using stage = await bench.raiseMute();
    const active = await injector.inject(entryOf(fault), stage, bench.context(quiet));
    expect(active.proof.proven).toBe(false);
    expect(active.proof.measured.length).toBeGreaterThan(10);
    expect((await active.heal()).proven).toBe(false);
  });

  test("is not injected into a path that is sick already", async () => {
    await using stage = await bench.raise();
    await bench.sicken(stage);
    const journal: JournalEntry[] = [];
    const ctx = bench.context(async (entry) => {
      journal.push(entry);
    });
    const active = await injector.inject(entryOf(fault), stage, ctx);
    expect(active.proof.proven).toBe(false);
    expect(active.proof.measured).toMatch(/nothing was done/);
    expect(journal).toEqual([]);
    expect((await active.heal()).proven).toBe(true);
  });

  test("is removed by healAll, without memory of it", async () => {
    await using stage = await bench.raise();
    const active = await injector.inject(entryOf(fault), stage, bench.context(quiet));
    expect(active.proof.proven, active.proof.measured).toBe(true);
    expect(await bench.isClean(stage)).toBe(false);
    await injector.healAll(stage);
    expect(await bench.isClean(stage)).toBe(true);
    expect((await active.heal()).proven).toBe(true);
    await injector.healAll(stage);
  });
}
