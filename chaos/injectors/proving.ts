import type { RunContext } from "#core/context.ts";
import { formatMs } from "#core/duration.ts";
import { messageOf } from "#core/errors.ts";
import type { TimelineEntry } from "#core/fault.ts";
import { describeFault } from "#core/fault.ts";
import type { ActiveFault, FaultProof, ProbeReading } from "#core/injector.ts";
import type { FaultUndo } from "#core/journal.ts";
import type { PathProbe } from "#core/substrate.ts";
import type { Effect } from "./effects.ts";
import {
  type Control,
  isAsBefore,
  isHealthy,
  measureAll,
  measureFastest,
  readBefore,
  readingsWords,
} from "./readings.ts";

/** A fault as a mechanism knows it; `prove` does the rest: control, journal, act, proof, healing. */
export interface FaultAct {
  readonly entry: TimelineEntry;
  readonly effect: Effect;
  readonly undo: FaultUndo;
  openProbes(): Promise<readonly PathProbe[]>;
  act(): Promise<void>;
  /** Takes the act back. Called more than once; also after an act that failed half-way. */
  takeBack(): Promise<void>;
  /** A condition beside the data path; answers what is missing, or undefined when it is met. */
  alsoMissing?(): string | undefined;
  /** Words on that condition for the proof. */
  alsoMeasured?(): string;
}

/** Between two looks at a path that answers at once. */
const LOOK_AGAIN_MS = 50;
/** From the end of healing to a path that answers as before. */
const HEALED_DEADLINE_MS = 10_000;
const HEALED_LOOK_MS = 2_000;
/** How long after its planned end a guardian may take a fault for forgotten: proof, observation and healing all have had their time. */
const JOURNAL_MARGIN_MS = 60_000;

/** Brings a fault about and answers with its proof, or with an unproven one after everything was taken back. */
export async function prove(fault: FaultAct, ctx: RunContext): Promise<ActiveFault> {
  const proving = new Proving(fault, ctx);
  await proving.begin();
  return proving;
}

class Proving implements ActiveFault {
  readonly #fault: FaultAct;
  readonly #ctx: RunContext;
  #probes: readonly PathProbe[] = [];
  #before: readonly ProbeReading[] = [];
  #last: readonly ProbeReading[] = [];
  #acted = false;
  #proof: FaultProof;
  #healing: Promise<FaultProof> | undefined;

  constructor(fault: FaultAct, ctx: RunContext) {
    this.#fault = fault;
    this.#ctx = ctx;
    this.#proof = this.#failed("not begun");
  }

  get proof(): FaultProof {
    return this.#proof;
  }

  async begin(): Promise<void> {
    const { entry, undo } = this.#fault;
    let controls: readonly Control[];
    try {
      this.#probes = await this.#fault.openProbes();
      controls = await readBefore(this.#probes);
    } catch (thrown) {
      this.#proof = this.#failed(`nothing was done, the paths could not be probed: ${messageOf(thrown)}`);
      return await this.#closeProbes();
    }
    this.#before = controls.map(({ reading }) => reading);
    const unfit = this.#unfit(controls);
    if (unfit !== undefined) {
      this.#proof = this.#failed(`nothing was done, the control before the fault failed: ${unfit}`);
      return await this.#closeProbes();
    }
    await this.#ctx.journal.write({
      verb: "fault",
      id: entry.id,
      description: describeFault(entry.fault),
      deadlineMs: entry.forMs + JOURNAL_MARGIN_MS,
      undo,
    });
    this.#acted = true;
    this.#proof = await this.#actAndLook();
    if (!this.#proof.proven) await this.heal();
  }

  /** Why the paths are no place for this fault, or undefined when they are. */
  #unfit(controls: readonly Control[]): string | undefined {
    const sick = this.#before.filter((reading) => !isHealthy(reading));
    if (sick.length > 0) return readingsWords(sick);
    const showing = controls.filter(({ reading }) => this.#canShow(reading));
    if (showing.length === 0) return "no path of it carries answers that a probe could miss";
    const { asked, toleranceMs } = this.#fault.effect;
    const restless = showing.filter(({ spreadMs }) => spreadMs > toleranceMs);
    if (restless.length === 0) return undefined;
    const how = restless.map(({ reading, spreadMs }) =>
      Number.isFinite(spreadMs)
        ? `${reading.target}: the best two of its looks lie ${formatMs(spreadMs)} apart`
        : `${reading.target}: but one of its looks was answered`,
    );
    const most = `two looks at a path may lie ${formatMs(toleranceMs)} apart`;
    return `the paths are too restless to tell "${asked}" from noise, ${most}: ${how.slice(0, 3).join("; ")}`;
  }

  async observe(): Promise<FaultProof> {
    if (this.#healing !== undefined || !this.#acted) return this.#proof;
    const missing = await this.#look(true);
    return missing === undefined ? this.#proven() : this.#failed(missing);
  }

  heal(): Promise<FaultProof> {
    this.#healing ??= this.#heal();
    return this.#healing;
  }

  async #actAndLook(): Promise<FaultProof> {
    const { clock, signal } = this.#ctx;
    try {
      await this.#fault.act();
    } catch (thrown) {
      return this.#failed(messageOf(thrown));
    }
    const deadline = clock.now() + this.#fault.effect.deadlineMs;
    for (;;) {
      const missing = await this.#look(false);
      if (missing === undefined) return this.#proven();
      if (signal.aborted) return this.#failed("the run was ended before the fault was observed");
      if (clock.now() >= deadline) return this.#failed(missing);
      await clock.sleep(LOOK_AGAIN_MS);
    }
  }

  /** Measures every path; answers what is missing for the proof, or undefined. */
  async #look(later: boolean): Promise<string | undefined> {
    const { effect } = this.#fault;
    this.#last = await measureFastest(this.#probes, effect.looks, effect.lookMs);
    const unmoved = this.#last.filter((now, index) => {
      const before = this.#before[index];
      return before !== undefined && this.#canShow(before) && !effect.isFelt(before, now, later);
    });
    return unmoved.length > 0 ? readingsWords(unmoved) : this.#fault.alsoMissing?.();
  }

  /** A path whose held connection says nothing is one of bare TCP: see `Effect.needsAnswers`. */
  #canShow(before: ProbeReading): boolean {
    return !this.#fault.effect.needsAnswers || before.held !== undefined;
  }

  async #heal(): Promise<FaultProof> {
    const { clock, journal } = this.#ctx;
    if (!this.#acted) return { ...this.#failed("nothing had been done"), proven: true };
    let failure: string | undefined;
    try {
      await this.#fault.takeBack();
    } catch (thrown) {
      failure = messageOf(thrown);
    }
    const deadline = clock.now() + HEALED_DEADLINE_MS;
    let after: readonly ProbeReading[];
    let sick: readonly ProbeReading[];
    for (;;) {
      after = await measureAll(this.#probes, HEALED_LOOK_MS);
      sick = after.filter((now, index) => {
        const before = this.#before[index];
        return before === undefined || !isAsBefore(before, now, this.#fault.effect.toleranceMs);
      });
      if (sick.length === 0 || clock.now() >= deadline) break;
      await clock.sleep(LOOK_AGAIN_MS);
    }
    await this.#closeProbes();
    const proven = failure === undefined && sick.length === 0;
    if (proven) await journal.write({ verb: "healed", id: this.#fault.entry.id });
    const slowest = Math.max(...after.map((reading) => reading.fresh.ms));
    const measured = proven
      ? `answers in ${(Math.round(slowest * 10) / 10).toString()}ms`
      : [failure, ...(sick.length > 0 ? [readingsWords(sick)] : [])].filter((part) => part !== undefined).join("; ");
    return { proven, asked: "as before", measured, before: this.#before, after };
  }

  #proven(): FaultProof {
    const { effect } = this.#fault;
    const shown = this.#before.map((reading) => this.#canShow(reading));
    const of = (readings: readonly ProbeReading[]) => readings.filter((_, index) => shown[index]);
    const also = this.#fault.alsoMeasured?.();
    const measured = [effect.measured(of(this.#before), of(this.#last)), ...(also === undefined ? [] : [also])];
    return {
      proven: true,
      asked: effect.asked,
      measured: measured.join("; "),
      before: this.#before,
      after: this.#last,
    };
  }

  #failed(measured: string): FaultProof {
    return { proven: false, asked: this.#fault.effect.asked, measured, before: this.#before, after: this.#last };
  }

  async #closeProbes(): Promise<void> {
    await Promise.all(this.#probes.map((probe) => probe[Symbol.asyncDispose]()));
  }
}
