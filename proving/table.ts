/** What one run came to. */
export interface Finding {
  readonly name: string;
  readonly isCaught: boolean;
  readonly verdict: string;
  /** The finding that caught it, or why it was not caught. */
  readonly reason: string;
}

export function findingLine({ name, isCaught, verdict, reason }: Finding): string {
  return `${isCaught ? "caught " : "MISSED "} ${name}: ${verdict}: ${reason}`;
}

/** Longer reasons are in the lines above. */
const REASON_CHARACTERS = 100;

/** What all runs came to, a line each, and a sum. `what` is their plural. */
export function table(findings: readonly Finding[], what: string): readonly string[] {
  const width = Math.max(...findings.map(({ name }) => name.length)) + 2;
  const rows = findings.map(({ name, isCaught, verdict, reason }) => {
    const short = reason.length > REASON_CHARACTERS ? `${reason.slice(0, REASON_CHARACTERS - 3)}...` : reason;
    return `${isCaught ? "caught" : "MISSED"}  ${name.padEnd(width)}${verdict.padEnd(9)}${short}`;
  });
  const caught = findings.filter(({ isCaught }) => isCaught).length;
  return [...rows, `${caught} of ${findings.length} ${what} caught`];
}
