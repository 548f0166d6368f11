import type { Random } from "#core/random.ts";
import { type Moment, PARTS_OF_A_RUN, type PartOfRun, type Phase } from "./blow.ts";

/** When a blow falls: behind the nth beginning of a phase. `born`: as soon as the run's journal exists. */
export interface Due {
  readonly phase: Phase | "born";
  /** 1 is the first. */
  readonly time: number;
  readonly afterMs: number;
  /** Whether a run that ends before it has only been lucky. */
  readonly mayMiss: boolean;
}

/** A piece of a run, behind the nth beginning of a phase, and what it lasts. */
interface Span {
  readonly phase: Phase;
  readonly time: number;
  readonly lengthMs: number;
}

/**
 * The parts of a run that random blows take in turn, by the records of short runs on a quiet machine, and rather shorter:
 * a blow that falls behind its part has met another one. Drawn from the whole run, most would fall into the load, and a
 * report of a second would hardly ever be met.
 */
const SPANS: Readonly<Record<PartOfRun, readonly Span[]>> = {
  // From the first line of the harness to the first request.
  start: [{ phase: "start", time: 1, lengthMs: 6_000 }],
  steady: [{ phase: "steady", time: 1, lengthMs: 9_000 }],
  fault: [
    // The first fault, a kill, is in force within 150 ms; the others take one second and two to be proven.
    { phase: "inject", time: 2, lengthMs: 1_500 },
    { phase: "inject", time: 3, lengthMs: 800 },
    { phase: "fault", time: 1, lengthMs: 2_400 },
    { phase: "fault", time: 2, lengthMs: 2_000 },
    { phase: "fault", time: 3, lengthMs: 2_000 },
  ],
  heal: [
    // The part that was killed starts again within two seconds.
    { phase: "heal", time: 1, lengthMs: 1_700 },
    { phase: "heal", time: 2, lengthMs: 250 },
    { phase: "heal", time: 3, lengthMs: 600 },
  ],
  drain: [
    // The shop comes to rest, and is read twice five seconds apart.
    { phase: "drain", time: 1, lengthMs: 11_000 },
    { phase: "teardown", time: 1, lengthMs: 1_500 },
  ],
  // From the record of the end to the end of the process: half a second at most, and a look takes some of it.
  report: [{ phase: "report", time: 1, lengthMs: 350 }],
};

/** The part of a run that the random blow with this number is for. */
export function partFor(number: number): PartOfRun {
  const part = PARTS_OF_A_RUN[number % PARTS_OF_A_RUN.length];
  if (part === undefined) throw new RangeError("there are no parts of a run");
  return part;
}

/** The moment in a run at which the blow with this number is due. */
export function dueOf(moment: Moment, number: number, random: Random): Due {
  switch (moment.kind) {
    case "phase":
      return { phase: moment.phase, time: 1, afterMs: moment.afterMs, mayMiss: false };
    case "born":
      return { phase: "born", time: 1, afterMs: moment.afterMs, mayMiss: false };
    case "random":
      return { ...momentIn(SPANS[partFor(number)], random), mayMiss: true };
  }
}

/** Every moment of the spans is as likely as any other. */
function momentIn(spans: readonly Span[], random: Random): Pick<Due, "phase" | "time" | "afterMs"> {
  let afterMs = random.next() * spans.reduce((sum, { lengthMs }) => sum + lengthMs, 0);
  for (const { phase, time, lengthMs } of spans) {
    if (afterMs < lengthMs) return { phase, time, afterMs };
    afterMs -= lengthMs;
  }
  throw new RangeError("the moment lies behind the last span");
}
