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
 * others' work has to keep up all the same. The stock of the door-busters is divided by the scale as well: five of each,
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
 * The same, with 1,000 of each door-buster on the shelf, so that none is ever sold out: for runs in which "sold out" would
 * hide what they are about.
 */
export function fewUsersFullShelves(): LoadShape {
  return withShelves(200);
}

/** The same, with three of each on the shelf, so that nearly everybody who wants one comes too late. */
export function fewUsersBareShelves(): LoadShape {
  return withShelves(1 / 2);
}

/** Stock is divided by the scale and users are as well: so many times the stock, and the users as they were. */
function withShelves(times: number): LoadShape {
  const load = fewUsers();
  return {
    ...load,
    scale: load.scale / times,
    startUsers: load.startUsers / times,
    phases: load.phases.map((phase) => ({ ...phase, users: phase.users / times })),
  };
}
