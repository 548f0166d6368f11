/** Half full is normal at the peak; from there on the weight falls. */
const COMFORTABLE = 0.5;
/** A loop that is this late has used up a page's time before it begins. */
const HOPELESS_MS = 200;
const LEAST_PERCENT = 10;
/** A replica that has lost a part works at a quarter less, if others of its region have not. */
const PENALTY = 0.75;

export interface Condition {
  /** Share of the in-flight limit in use. */
  readonly load: number;
  readonly eventLoopP99Ms: number;
  readonly openBreakers: number;
}

/** The weight that a replica asks its balancer for, percent of its full one, in steps of five. */
export function weightOf(condition: Condition): number {
  const strain = Math.max(condition.load, condition.eventLoopP99Ms / HOPELESS_MS);
  const room = strain <= COMFORTABLE ? 1 : Math.max(0, 1 - (strain - COMFORTABLE) / (1 - COMFORTABLE));
  const percent = 100 * room * (condition.openBreakers > 0 ? PENALTY : 1);
  return Math.max(LEAST_PERCENT, Math.round(percent / 5) * 5);
}

/** Moves a third of the way at each step: a balancer that follows every tremor makes more of them. */
export function smoothed(before: number, now: number): number {
  const next = before + (now - before) / 3;
  return Math.abs(next - now) < 2.5 ? now : next;
}
