import type { RunContext } from "./context.ts";
import { messageOf } from "./errors.ts";
import type { SystemEvidence } from "./evidence.ts";
import { describeFault, type TimelineEntry } from "./fault.ts";
import type { FaultEvent } from "./history.ts";
import type { ActiveFault, Coverage, Injector, ProbeReading, StageOutline } from "./injector.ts";
import type { LoadDriver } from "./load.ts";
import { loadLengthMs, phaseSpan, type Scenario } from "./scenario.ts";
import type { RaiseOptions, Stage, Substrate } from "./substrate.ts";
import type { Topology } from "./topology.ts";
import type { ObjectiveResult } from "./verdict.ts";

/** Everything that a run is made of; `harness/main.ts` chooses the adapters. */
export interface RunParts {
  readonly scenario: Scenario;
  readonly topology: Topology;
  readonly substrate: Substrate;
  readonly injectors: readonly Injector[];
  readonly load: LoadDriver;
  readonly evidence: SystemEvidence;
  /** Asks every page through the edge, from every region, until each has answered; throws at its deadline. */
  gate(stage: Stage, ctx: RunContext): Promise<string>;
  /** Begins to read the shop's numbers and the machine's into the history. */
  sample(stage: Stage, ctx: RunContext): AsyncDisposable;
  /** Judges the steady state from the history so far. */
  steady(ctx: RunContext): readonly ObjectiveResult[];
  /**
   * Joins what the generator recorded with what the shop's door logged, and writes the outcome into the history. Called
   * after the final reads, when nobody sends any more. Never rejects: what it could not join it writes as well.
   */
  witness?(stage: Stage, ctx: RunContext): Promise<void>;
  progress: RaiseOptions["progress"];
  /** Keeps the shop up after the final reads, until it resolves; load and samplers have ended by then. */
  linger?(stage: Stage, ctx: RunContext): Promise<void>;
}

/** Faults of a scenario that a planned stage can have, and those that it cannot. */
export interface CoveredTimeline {
  readonly entry: TimelineEntry;
  readonly injector: Injector | undefined;
  readonly coverage: Coverage;
}

/** How long the last word of every user may take after the planned end: 8 s of patience, a retry, and the generator's own end (29 s at most). */
const DRAIN_MS = 35_000;
/** Batches of a second reach the history within about two seconds of its end. */
const BATCH_DELAY_MS = 2_500;
/** Queues, retries and replicas need a few seconds; a shop that needs more than this is not quiet. */
const QUIESCE_MS = 60_000;
/** Between the two final reads: long enough for a commit that nobody waits for any more to show itself. */
const BETWEEN_READS_MS = 5_000;

/** Asks each injector whether it can bring about each fault here; nothing is started. */
export function coverTimeline(
  scenario: Scenario,
  injectors: readonly Injector[],
  outline: StageOutline,
): readonly CoveredTimeline[] {
  return scenario.timeline.map((entry) => {
    const injector = injectors.find((candidate) => candidate.kinds.includes(entry.fault.kind));
    const coverage: Coverage =
      injector === undefined
        ? { kind: "gap", reason: `no injector knows the fault "${entry.fault.kind}"` }
        : injector.covers(entry.fault, outline);
    return { entry, injector, coverage };
  });
}

/**
 * The one run loop: raise, load, steady state, faults, recovery, drain, final reads, dispose. It writes all that happens
 * to the history and judges nothing but the steady state.
 * @throws Failure when the stage cannot be raised or the shop never answers; the signal's reason when it is aborted.
 */
export async function run(parts: RunParts, covered: readonly CoveredTimeline[], ctx: RunContext): Promise<void> {
  const { scenario } = parts;
  for (const { entry, coverage } of covered) announce(entry, coverage, ctx);
  const began = ctx.clock.now();
  await using stage = await parts.substrate.raise(
    parts.topology,
    { scale: scenario.load.scale, progress: parts.progress },
    ctx,
  );
  ctx.history.append("harness", {
    kind: "run",
    state: "raised",
    detail: `${parts.topology.nodes.filter((node) => node.spare === undefined).length} nodes ready`,
    facts: { ...stage.facts(), readyMs: ctx.clock.now() - began },
  });
  await measure(parts, covered, stage, ctx);
  // The load and the samplers have ended: a shop that is kept for hands is not measured, or its history would never end.
  await parts.linger?.(stage, ctx);
}

/** From the shop's opening to the final reads, with everything that sends or samples ended behind it. */
async function measure(
  parts: RunParts,
  covered: readonly CoveredTimeline[],
  stage: Stage,
  ctx: RunContext,
): Promise<void> {
  const { scenario, evidence } = parts;
  await evidence.open?.(stage, ctx);
  parts.progress(await parts.gate(stage, ctx));
  await using prepared = await parts.load.prepare(
    scenario.load,
    { edge: stage.edge, regions: parts.topology.regions },
    ctx,
  );
  await using _samples = parts.sample(stage, ctx);
  const { firstRequestInMs, running } = await prepared.begin();
  await using load = running;
  const zeroAt = ctx.clock.now() + firstRequestInMs;
  ctx.history.append("harness", {
    kind: "run",
    state: "load-begun",
    detail: "first request planned",
    facts: { zeroAt },
  });
  try {
    const steady = judgeSteady(parts, zeroAt, ctx);
    await allOf([
      walkPhases(scenario, zeroAt, ctx),
      steady,
      ...covered.map((fault) => walkFault(fault, scenario, zeroAt, stage, steady, ctx)),
    ]);
    const ended = await withDeadline(
      load.ended,
      loadLengthMs(scenario.load) + DRAIN_MS - (ctx.clock.now() - zeroAt),
      ctx,
    );
    const detail = ended ? "the load has ended" : "the load had not ended at its deadline";
    ctx.history.append("harness", { kind: "run", state: "drained", detail });
  } finally {
    await healEverything(parts, stage, ctx);
  }
  await readTruth(parts, stage, ctx);
  await parts.witness?.(stage, ctx);
}

/** Waits for all of them, also when one fails: a fault that is being healed must not lose its stage. Throws the first failure. */
async function allOf(tasks: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(tasks)).find((task) => task.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function announce(entry: TimelineEntry, coverage: Coverage, ctx: RunContext): void {
  const state = { covered: "planned", "not-applicable": "not-applicable", gap: "gap" } as const;
  ctx.history.append("harness", {
    ...faultEvent(entry, state[coverage.kind], coverage.kind === "covered" ? entry.reason : coverage.reason),
    ...(coverage.kind === "covered" ? { targets: coverage.targets } : {}),
  });
}

function faultEvent(entry: TimelineEntry, state: FaultEvent["state"], detail: string): FaultEvent {
  return { kind: "fault", id: entry.id, fault: entry.fault.kind, state, title: describeFault(entry.fault), detail };
}

/** Whatever injectors may have left; a failure to heal is part of the story, and never hides how the run ended. */
async function healEverything(parts: RunParts, stage: Stage, ctx: RunContext): Promise<void> {
  for (const injector of parts.injectors) {
    await injector.healAll(stage).catch((thrown: unknown) => {
      const detail = `${injector.name}: ${messageOf(thrown)}`;
      ctx.history.append("harness", { kind: "system", node: "harness", event: "healing-failed", detail });
    });
  }
}

async function sleepUntil(at: number, ctx: RunContext): Promise<void> {
  const ms = at - ctx.clock.now();
  if (ms > 0) await ctx.clock.sleep(ms, ctx.signal);
}

/** Whether the work was done before the deadline. */
async function withDeadline(work: Promise<void>, ms: number, ctx: RunContext): Promise<boolean> {
  const cancel = new AbortController();
  const signal = AbortSignal.any([cancel.signal, ctx.signal]);
  try {
    return await Promise.race([work.then(() => true), ctx.clock.sleep(Math.max(0, ms), signal).then(() => false)]);
  } finally {
    cancel.abort();
  }
}

async function walkPhases(scenario: Scenario, zeroAt: number, ctx: RunContext): Promise<void> {
  let at = zeroAt;
  for (const phase of scenario.load.phases) {
    await sleepUntil(at, ctx);
    ctx.history.append("harness", { kind: "phase", name: phase.name, state: "begin" });
    at += phase.forMs;
    await sleepUntil(at, ctx);
    ctx.history.append("harness", { kind: "phase", name: phase.name, state: "end" });
  }
}

/** Whether faults may be injected: never into a shop that is already sick. */
async function judgeSteady(parts: RunParts, zeroAt: number, ctx: RunContext): Promise<boolean> {
  const span = phaseSpan(parts.scenario.load, parts.scenario.load.steadyPhase);
  if (span === undefined) return false;
  await sleepUntil(zeroAt + span.toMs + BATCH_DELAY_MS, ctx);
  const results = parts.steady(ctx);
  const isSteady = results.length > 0 && results.every((result) => result.state === "held");
  ctx.history.append("harness", {
    kind: "run",
    state: isSteady ? "steady" : "not-steady",
    detail: results
      .map((result) => `${result.title}: ${result.observed} (${result.target}, ${result.state})`)
      .join("; "),
    facts: { results },
  });
  return isSteady;
}

async function walkFault(
  { entry, injector, coverage }: CoveredTimeline,
  scenario: Scenario,
  zeroAt: number,
  stage: Stage,
  steady: Promise<boolean>,
  ctx: RunContext,
): Promise<void> {
  const span = phaseSpan(scenario.load, entry.phase);
  if (coverage.kind !== "covered" || injector === undefined || span === undefined) return;
  if (!(await steady)) {
    ctx.history.append("harness", faultEvent(entry, "skipped", "the shop was not in its steady state"));
    return;
  }
  await sleepUntil(zeroAt + span.fromMs + entry.afterMs, ctx);
  ctx.history.append("harness", faultEvent(entry, "injecting", entry.reason));
  try {
    const active = await injector.inject(entry, stage, ctx);
    await holdFault(entry, active, ctx);
  } catch (thrown) {
    if (ctx.signal.aborted) throw thrown;
    ctx.history.append("harness", faultEvent(entry, "unproven", `the injector failed: ${messageOf(thrown)}`));
  }
}

async function holdFault(entry: TimelineEntry, active: ActiveFault, ctx: RunContext): Promise<void> {
  const { proof } = active;
  const told = { asked: proof.asked, measured: proof.measured };
  const readings = [...labelled("before", proof.before), ...labelled("in-force", proof.after)];
  if (!proof.proven) {
    ctx.history.append("harness", {
      ...faultEvent(entry, "unproven", "not observed in the data path"),
      ...told,
      readings,
    });
    await active.heal();
    return;
  }
  const inForceAt = ctx.clock.now();
  ctx.history.append("harness", { ...faultEvent(entry, "in-force", entry.reason), ...told, readings });
  try {
    // The window counts from the proof, and the fault must still be there when it ends.
    await sleepUntil(inForceAt + entry.forMs, ctx);
    const still = await active.observe();
    ctx.history.append("harness", {
      ...faultEvent(
        entry,
        still.proven ? "healing" : "unproven",
        still.proven ? "window over" : "gone before its window ended",
      ),
      asked: still.asked,
      measured: still.measured,
      readings: labelled("during", still.after),
    });
  } finally {
    const healed = await active.heal();
    ctx.history.append("harness", {
      ...faultEvent(
        entry,
        healed.proven ? "healed" : "not-healed",
        healed.proven ? "observed gone" : "still felt after healing",
      ),
      measured: healed.measured,
      readings: labelled("after", healed.after),
    });
  }
}

function labelled(
  when: "before" | "in-force" | "during" | "after",
  readings: readonly ProbeReading[],
): NonNullable<FaultEvent["readings"]> {
  return readings.map((reading) => ({ when, ...reading }));
}

async function readTruth(parts: RunParts, stage: Stage, ctx: RunContext): Promise<void> {
  const { quiet, detail } = await parts.evidence.quiesce(stage, ctx, QUIESCE_MS);
  ctx.history.append("harness", { kind: "run", state: quiet ? "quiesced" : "not-quiesced", detail });
  for (const round of [1, 2] as const) {
    if (round === 2) await ctx.clock.sleep(BETWEEN_READS_MS, ctx.signal);
    const reads = await parts.evidence.finalReads(stage, ctx, round);
    for (const [name, data] of Object.entries(reads)) {
      ctx.history.append("harness", { kind: "evidence", name: `final/${round}/${name}`, data });
    }
  }
}
