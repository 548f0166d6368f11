/** A process by what the kernel cannot reuse: pid, start time (field 22 of stat) and boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string;
}

/**
 * Environment variable that every process of a run is started with; its children inherit it. Who was started a moment
 * before the journal could name him is found by it.
 */
export const RUN_MARK = "DOORBUSTER_RUN";

/** What a run is about to do to the machine, and by that what undoes it. Closed verbs, plain data. */
export type JournalEntry =
  | { readonly verb: "run"; readonly runId: string; readonly harness: ProcessIdentity }
  | { readonly verb: "folder"; readonly path: string }
  | { readonly verb: "cgroup"; readonly path: string }
  | {
      readonly verb: "process";
      readonly name: string;
      readonly identity: ProcessIdentity;
      /** Ends it in good order; SIGTERM where absent. */
      readonly stop?: NodeJS.Signals;
    }
  | {
      readonly verb: "fault";
      readonly id: string;
      readonly description: string;
      readonly deadlineMs: number;
      readonly undo: FaultUndo;
    }
  | { readonly verb: "healed"; readonly id: string }
  | { readonly verb: "end" };

/** How a fault is undone without the harness that injected it. */
export type FaultUndo =
  | {
      readonly kind: "remove-toxics";
      readonly api: string;
      readonly toxics: readonly { readonly proxy: string; readonly toxic: string }[];
    }
  | { readonly kind: "enable-proxies"; readonly api: string; readonly proxies: readonly string[] }
  | { readonly kind: "continue-process"; readonly identity: ProcessIdentity }
  /** The process is gone; its end needs no undoing, its supervisor may start it again. */
  | { readonly kind: "none" };

export interface Journal {
  /** Returns once the entry is on disk (fsync): only then may the act follow. */
  write(entry: JournalEntry): Promise<void>;
}
