/** What is done to a run, from outside. */
export type Sabotage =
  /** Nothing: the control, in which none of the expected findings may be. */
  | { readonly kind: "none" }
  /** A program of this name that lies earlier on the PATH, made of a file in `stand-ins/`. */
  | { readonly kind: "stand-in"; readonly program: StandInProgram; readonly file: string }
  /** A module of `stand-ins/` that the harness's own process loads before its first line. */
  | { readonly kind: "preload"; readonly file: string }
  /** An act at the moment when the run's terminal shows a line that contains this text. */
  | { readonly kind: "at-line"; readonly line: string; readonly act: Act }
  /** The history of the control, changed and judged again: nothing is started. */
  | { readonly kind: "history"; readonly change: HistoryChange };

export type StandInProgram = "k6" | "toxiproxy-server";

export type Act =
  /** To the one child of the harness whose command line contains this text. */
  | { readonly kind: "signal"; readonly child: string; readonly signal: "SIGSTOP" | "SIGTERM" }
  /** Takes every toxic of an injector out of the proxies, as a helpful colleague would. */
  | { readonly kind: "heal-faults" }
  /** Of the log that the edge writes: it ends here, or has lost single lines. */
  | { readonly kind: "edge-log"; readonly change: "cut-off" | "lines-missing" };

export type HistoryChange =
  | "cut-short"
  | "record-missing"
  | "clock-forward"
  | "clock-back"
  | "final-reads-missing"
  | "orders-missing"
  | "page-unvisited"
  | "checker-throws";

/** What has to stand in `result.json` for the trap to be caught: a finding that is unknown, and why. */
export interface Expectation {
  /** Id of the finding. */
  readonly objective: string;
  /** Regular expression that what it observed, and its reason behind a `; `, has to match. */
  readonly says: string;
}

/** A run that must not be believed: plain data. */
export interface Trap {
  /** Kebab-case, after what is wrong. */
  readonly name: string;
  /** What is sabotaged, for people. */
  readonly does: string;
  /** What a tool would say that looks at answers alone. */
  readonly naive: string;
  readonly sabotage: Sabotage;
  readonly expects: Expectation;
}
