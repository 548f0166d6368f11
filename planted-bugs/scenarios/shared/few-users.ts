import type { LoadShape } from "#core/scenario.ts";
import { blackFriday } from "#scenarios/shared/load.ts";

/** An eighth of the users of the default scale. */
const SCALE = 4_000;

/**
 * What comes before the peak is shorter than in a quick run, so that all runs together take some twenty minutes: nothing
 * happens there, and the gate needs 60 buyers to tell that 95 of 100 are served.
 */
const MS_BEFORE_PEAK: Readonly<Record<string, number>> = { normal: 2_000, surge: 3_000, plateau: 6_000, climb: 2_000 };

/**
 * The quick surge with few users and all of the buyers: mistakes show where people buy, and a machine that is busy with
 * others' work has to keep up all the same. The stock of the door-busters is divided by the scale as well: ten of each,
 * which are sold out early.
 */
export function fewUsers(): LoadShape {
  const quick = blackFriday({ scale: SCALE, pace: "quick" });
  return {
    ...quick,
    phases: quick.phases.map((phase) => ({ ...phase, forMs: MS_BEFORE_PEAK[phase.name] ?? phase.forMs })),
  };
}

/**
 * The same, with so many door-busters on the shelf (1,000 of each) that none is ever sold out: for runs in which "sold
 * out" would hide what they are about.
 */
export function fewUsersFullShelves(): LoadShape {
  const load = fewUsers();
  const fuller = 100;
  return {
    ...load,
    scale: load.scale / fuller,
    startUsers: load.startUsers / fuller,
    phases: load.phases.map((phase) => ({ ...phase, users: phase.users / fuller })),
  };
}
