import blackFriday from "#scenarios/black-friday.ts";
import { blackFriday as surge } from "#scenarios/shared/load.ts";
import { availability, shopInvariants } from "#scenarios/shared/objectives.ts";
import { scenario } from "#scenarios/shared/scenario.ts";

/** A fraction of the users: two of these fit a machine side by side, and on a busy one the shop is still well. */
const load = surge({ scale: 4_000, pace: "quick", buyersPerSecond: 5 });

const FORS_MS: Readonly<Record<string, number>> = {
  normal: 1_000,
  surge: 1_000,
  // Some 100 attempts with the buyers': enough to tell nine of ten, which opens the way to the faults.
  plateau: 4_000,
  climb: 1_000,
  // The three faults, one after the other.
  peak: 16_000,
  down: 1_000,
};

/**
 * The kill once the steady state is known, 2.5 s behind the plateau; the others behind the heal of the one before, which
 * takes 2 s for a part that has to start again. A proof takes up to 2 s.
 */
const AFTERS_MS: Readonly<Record<string, number>> = {
  "app-killed": 2_000,
  "cache-hangs": 7_000,
  "replica-silent": 12_000,
};

/** Long enough for a blow to fall into it. */
const IN_FORCE_MS = 2_500;

/**
 * The default scenario's whole shop and its faults in half the time: forty seconds from the command to the verdict, so
 * that seventy of them can be hit in an hour. What it says of the shop's speed is worth nothing.
 */
export default scenario({
  ...blackFriday,
  title: `${blackFriday.title}, with few users and in a hurry`,
  load: { ...load, phases: load.phases.map((phase) => ({ ...phase, forMs: FORS_MS[phase.name] ?? phase.forMs })) },
  steady: [availability("all", { atLeast: 0.9, window: { phase: "plateau" } })],
  timeline: blackFriday.timeline.map((entry) => ({
    ...entry,
    afterMs: AFTERS_MS[entry.id] ?? entry.afterMs,
    forMs: IN_FORCE_MS,
  })),
  expect: [availability("all", { atLeast: 0.9, window: "whole" }), ...shopInvariants],
});
