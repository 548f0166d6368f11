import type { RunContext } from "#core/context.ts";
import type { SystemEvidence } from "#core/evidence.ts";
import type { Injector } from "#core/injector.ts";
import type { Journal } from "#core/journal.ts";
import type { LeakAudit } from "#core/leaks.ts";
import type { LoadDriver } from "#core/load.ts";
import type { Reporter } from "#core/result.ts";
import type { LoadShape, Scenario } from "#core/scenario.ts";
import type { ScenarioVocabulary } from "#core/scenario-schema.ts";
import type { Stage, Substrate } from "#core/substrate.ts";
import type { SystemName, Topology } from "#core/topology.ts";
import type { Checker } from "#core/verdict.ts";

export const REPORTER_NAMES = ["live", "lines", "jsonl", "silent"] as const;
export type ReporterName = (typeof REPORTER_NAMES)[number];

/** What a guarded run writes its undo to, and who acts on it when the harness dies. */
export interface GuardedJournal extends AsyncDisposable {
  readonly journal: Journal;
  /** Of the run, in the state folder; it goes when the run is undone, whoever undoes it. */
  readonly folder: string;
  /** Aborted when nobody guards the run any more. */
  readonly lost: AbortSignal;
}

/** A check of the machine, for `doctor`. */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly mend?: string;
}

/** Where an unfinished run's journal lies, for `recover`. */
export interface Unfinished {
  readonly journalPath: string;
  readonly runId: string;
}

/** Every adapter that a command may need; `harness/main.ts` is the only place that knows which they are. */
export interface Adapters {
  /** Folder of the project. */
  readonly root: string;
  readonly resultsFolder: string;
  readonly vocabulary: ScenarioVocabulary;
  /** Bugs that a shop can be given. */
  readonly bugNames: readonly string[];
  /** @throws Failure of kind `usage` when this system, without these protections, lacks the code that the bug is in. */
  topologyOf(system: SystemName, without: readonly string[], plant?: string): Topology;
  /** The same load at another pace or scale; faults keep their place in proportion. */
  shaped(scenario: Scenario, change: { readonly pace?: LoadShape["pace"]; readonly scale?: number }): Scenario;
  /** @throws Failure when this machine, or the shop's door, cannot hold so many users; asked before anything is started. */
  refuseLoad(load: LoadShape): void;
  readonly substrateNames: readonly string[];
  /** Brings what the substrate needs, with progress. */
  substrate(name: string, progress: (line: string) => void, signal: AbortSignal): Promise<EquippedSubstrate>;
  readonly injectors: readonly Injector[];
  readonly evidence: SystemEvidence;
  readonly checkers: readonly Checker[];
  gate(stage: Stage, ctx: RunContext): Promise<string>;
  sample(stage: Stage, ctx: RunContext): AsyncDisposable;
  witness(stage: Stage, ctx: RunContext): Promise<void>;
  guard(runId: string): Promise<GuardedJournal>;
  /** Remembers the machine as it is before the run: to be asked for before anything of it is there. */
  audit(runId: string): LeakAudit;
  /** Other runs that are under way on this machine, as far as this user's state folder knows. */
  living(): Promise<readonly { readonly runId: string; readonly pid: number }[]>;
  /**
   * Runs that died; `say` is told of those that may have. @throws Failure of kind `environment` when the state folder is
   * not this user's alone: nothing in it is believed.
   */
  unfinished(say: (line: string) => void): Promise<readonly Unfinished[]>;
  /** The same by a look alone, for commands that change nothing. */
  lookForUnfinished(say: (line: string) => void): Promise<readonly Unfinished[]>;
  recover(unfinished: Unfinished, progress: (line: string) => void): Promise<void>;
  examine(): Promise<readonly Finding[]>;
  reporter(name: ReporterName): Reporter;
  commit(): Promise<string>;
}

export interface EquippedSubstrate {
  readonly substrate: Substrate;
  readonly load: LoadDriver;
  /** Versions and origins of the programs, for the report. */
  readonly facts: Readonly<Record<string, unknown>>;
}
