import type { Random } from "#core/random.ts";
import type { Moment, Phase } from "./blow.ts";

/** When a blow falls: behind the nth beginning of a phase. `born`: as soon as the run's journal exists. */
export interface Due {
  readonly phase: Phase | "born";
  /** 1 is the first. */
  readonly time: number;
  readonly afterMs: number;
  /** Whether a run that ends before it has only been lucky. */
  readonly mayMiss: boolean;
}

interface Stratum {
  readonly phase: Phase;
  /** Which times in a quick run it may be: 1 is the first. */
  readonly times: readonly number[];
  /** What it lasts in a quick run of the default scenario, from its records; of the short ones the shortest. */
  readonly lengthMs: number;
}

/**
 * The phases that random blows take in turn. Drawn from the whole run, most would fall into the half minute before the
 * first fault, and a report of two seconds would hardly ever be met.
 */
const STRATA: readonly Stratum[] = [
  { phase: "start", times: [1], lengthMs: 7_000 },
  { phase: "fault", times: [1, 2, 3], lengthMs: 6_000 },
  { phase: "report", times: [1], lengthMs: 1_500 },
  { phase: "steady", times: [1], lengthMs: 27_000 },
  { phase: "heal", times: [1, 2, 3], lengthMs: 2_500 },
  // With the final reads, twelve seconds behind the end of the load.
  { phase: "drain", times: [1], lengthMs: 12_000 },
  // The first fault, a kill, is in force within 150 ms; the others take a second or two to be proven.
  { phase: "inject", times: [2, 3], lengthMs: 1_000 },
];

/** The moment in a run at which the blow with this number is due. */
export function dueOf(moment: Moment, number: number, random: Random): Due {
  switch (moment.kind) {
    case "phase":
      return { phase: moment.phase, time: 1, afterMs: moment.afterMs, mayMiss: false };
    case "born":
      return { phase: "born", time: 1, afterMs: moment.afterMs, mayMiss: false };
    case "random": {
      const stratum = STRATA[number % STRATA.length];
      if (stratum === undefined) throw new RangeError("there are no phases");
      const { phase, times, lengthMs } = stratum;
      const time = times[Math.floor(random.next() * times.length)] ?? 1;
      return { phase, time, afterMs: random.next() * lengthMs, mayMiss: true };
    }
  }
}
