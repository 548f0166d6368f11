/** One thing that the doctor looked at. */
export interface Finding {
  readonly name: string;
  /** False only where a run would fail or mislead; what is merely worse has a detail that says so. */
  readonly ok: boolean;
  readonly detail: string;
  /** The command or change that helps; absent when nothing has to be done. */
  readonly mend?: string;
}
