import { loadZero } from "#core/history.ts";
import { recordsOf } from "#core/records.ts";
import { loadLengthMs } from "#core/scenario.ts";
import type { Checker, CheckInput, ObjectiveResult } from "#core/verdict.ts";
import { countWords } from "./words.ts";

/**
 * The clock that tells the date may be slewed by half a thousandth (clock_adjtime(2)), and a busy harness reads both
 * clocks some microseconds apart. A second between two looks is neither: somebody set it, or the machine slept.
 */
const STEP_MS = 1_000;
/** The most that a date may run apart by slewing, a share of the time that has passed (adjtimex(2): 500 ppm), and its noise. */
const MOST_SLEW = 0.0005;
/** Looks come once a second; the harness misses some on a busy machine, and a run in which most are missing was not watched. */
const FEWEST_LOOKS_A_SECOND = 0.5;

/**
 * Whether the machine's date kept step with the monotonic clock that orders the run. Everything that is dated by others
 * hangs on it: how old a value in a cache may be, when a job counts as forgotten, which lines of a log belong together.
 */
export const machineClockChecker: Checker = { name: "machine-clock", check: (input) => [machineClock(input)] };

interface Look {
  readonly seq: number;
  readonly at: number;
  /** Date minus run clock, ms. */
  readonly offsetMs: number;
}

function machineClock(input: CheckInput): ObjectiveResult {
  const { scenario, records } = input;
  const looks = looksOf(input);
  const zero = loadZero(records);
  const lengthMs = loadLengthMs(scenario.load);
  const underLoad = looks.filter(({ at }) => zero !== undefined && at >= zero && at <= zero + lengthMs);
  const fewest = Math.ceil((lengthMs / 1_000) * FEWEST_LOOKS_A_SECOND);
  const first = looks[0];
  const steps = looks.filter((look, index) => stepOf(look, looks[index - 1]) > STEP_MS || isApart(look, first));
  const worst = steps.toSorted((a, b) => stepOf(b, first) - stepOf(a, first))[0];
  const isWatched = underLoad.length >= fewest && underLoad.length > 0;
  return {
    id: "trust-machine-clock",
    group: "trust",
    title: "nobody set the machine's clock",
    state: isWatched && worst === undefined ? "held" : "unknown",
    target: `no more than ${STEP_MS / 1_000}s away from the monotonic clock, but for slewing`,
    observed: looks.length === 0 ? "not looked at" : `${countWords(steps.length)} looks off`,
    samples: looks.length,
    window: "whole run",
    reason:
      worst !== undefined && first !== undefined
        ? `${((worst.offsetMs - first.offsetMs) / 1_000).toFixed(1)}s away from where it began: it was set, it drifts, or the machine slept`
        : isWatched
          ? "the date kept step with the monotonic clock"
          : `${countWords(underLoad.length)} looks under load, ${countWords(fewest)} are needed`,
    evidence: steps.slice(0, 10).map(({ seq }) => seq),
  };
}

/** Many small steps are no slewing either. */
function isApart(look: Look, first: Look | undefined): boolean {
  return first !== undefined && stepOf(look, first) > STEP_MS + MOST_SLEW * (look.at - first.at);
}

function stepOf(look: Look, before: Look | undefined): number {
  return before === undefined ? 0 : Math.abs(look.offsetMs - before.offsetMs);
}

function looksOf(input: CheckInput): readonly Look[] {
  const looks: Look[] = [];
  for (const { seq, at, values } of recordsOf(input, "sample", (node) => node === "harness")) {
    if (values.wall_ms !== undefined) looks.push({ seq, at, offsetMs: values.wall_ms - at });
  }
  return looks;
}
