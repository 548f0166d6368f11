import type { PlantedBugRun } from "./planted-bug.ts";
import { fewUsers } from "./scenarios/shared/few-users.ts";

/**
 * Fewer than these could be chance, or hide behind a run that was cut short.
 */
export const LEAST_FOUND = 5;

/** The buyers' lane: all that is counted on. Shoppers buy as well, which only adds to what is found. */
const LANE = { of: "orders of the buyers' lane", perSecond: fewUsers().buyersPerSecond } as const;

/** The whole length of a quick run. */
const WHOLE_RUN_SECONDS = fewUsers().phases.reduce((sum, phase) => sum + phase.forMs, 0) / 1_000;

/** Which run exposes which bug, and how often it has to show. */
export const PLANTED_BUGS: readonly PlantedBugRun[] = [
  {
    bug: "wrong-ledger-sign",
    scenario: "planted-calm",
    expected: {
      ...LANE,
      seconds: WHOLE_RUN_SECONDS,
      share: 0.13,
      because: "13 % of the purchases have a second line",
    },
  },
  {
    bug: "outbox-row-twice",
    scenario: "planted-calm",
    expected: {
      ...LANE,
      seconds: WHOLE_RUN_SECONDS,
      share: 0.13,
      because: "13 % of the purchases have a second line",
    },
  },
];
