/** One thing that the doctor looked at. */
export interface Finding {
  readonly name: string;
  /** False only where a run would fail or mislead; what is merely worse has a detail that says so. */
  readonly ok: boolean;
  readonly detail: string;
  /** The command or change that helps; absent when nothing has to be done. */
  readonly mend?: string;
}

/** A finding about a quantity: what is needed, and the mend, are said only where it falls short. */
export function judged(
  name: string,
  ok: boolean,
  detail: string,
  otherwise: { readonly needed: string; readonly mend: string },
): Finding {
  return ok
    ? { name, ok, detail }
    : { name, ok, detail: `${detail}; needed: ${otherwise.needed}`, mend: otherwise.mend };
}
