import type { HistoryRecord } from "./history.ts";
import type { Scenario } from "./scenario.ts";
import type { Topology } from "./topology.ts";
import type { ObjectiveResult, Verdict } from "./verdict.ts";

/** `result.json`: what a run says, and the source of every other file of its folder. */
export interface RunResult {
  readonly schema: "doorbuster/result/1";
  readonly runId: string;
  readonly scenarioName: string;
  readonly scenario: Scenario;
  readonly topology: Topology;
  readonly substrate: string;
  readonly seed: string;
  readonly commit: string;
  readonly startedAt: string;
  readonly verdict: Verdict;
  /** Set when the run did not come to its planned end: interrupted, or a defect of the testbed. */
  readonly cutShort?: string;
  /**
   * What of the run was still on the machine after its end and was not there before, a sentence each; empty when nothing
   * was. It changes no verdict, and the command ends with 70. Absent where nobody has looked.
   */
  readonly leftBehind?: readonly string[];
  readonly sentence: string;
  readonly objectives: readonly ObjectiveResult[];
  readonly repeat: string;
  readonly facts: Readonly<Record<string, unknown>>;
  /** Milliseconds from the start of the command: ready, first request, load ended, gone. */
  readonly timings: Readonly<Record<string, number>>;
}

/** What a renderer of the result folder is given. */
export interface RunRecord {
  readonly result: RunResult;
  readonly records: readonly HistoryRecord[];
}

/** Writes one file of the result folder from the record of a run: pure. */
export interface Renderer {
  readonly file: string;
  render(record: RunRecord): string;
}

/** Shows a run while it happens. */
export interface Reporter extends AsyncDisposable {
  /** Lines of setup, before the clock starts. */
  progress(line: string): void;
  /** The plan in words; the scenario and topology behind it for a view that knows how far a run has come. */
  planned(plan: readonly string[], run?: { readonly scenario: Scenario; readonly topology: Topology }): void;
  record(record: HistoryRecord): void;
  /** `bytes` is the size of all that lies in the folder, logs included; absent where nobody has counted. */
  ended(result: RunResult, folder: string, bytes?: number): void;
}
