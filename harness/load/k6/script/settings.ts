import type { RETRY_BUDGET, TIMES } from "../../plan/mix.ts";

/** What the driver tells the script, in one file of JSON. */
export interface Settings {
  readonly runId: string;
  /** Base address of the shop's edge, the only door for load. */
  readonly edge: string;
  /** Base address of the driver's control server. */
  readonly control: string;
  /** File of timetables, one a line: the users first, the places of the buyers' lane after them. */
  readonly plan: string;
  readonly users: number;
  readonly places: number;
  readonly lengthMs: number;
  readonly patienceMs: (typeof TIMES)["patienceMs"];
  readonly retryBudget: typeof RETRY_BUDGET;
}
