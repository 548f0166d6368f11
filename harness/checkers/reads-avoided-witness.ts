import type { Role } from "#core/topology.ts";
import type { CheckInput } from "#core/verdict.ts";
import { type Increase, increases } from "./metrics.ts";
import { common, type Stretch } from "./stretches.ts";
import { faultSpans } from "./window.ts";
import { countWords } from "./words.ts";

/**
 * How far PostgreSQL's count and the applications' may lie apart. Both are read each second or two, so over a minute a
 * tenth is more than the readings' own doing; runs of the whole shop had less than a hundredth.
 */
const TOLERANCE = 0.1;
/** Below this a few checks of health weigh more than the reads. */
const MINIMUM = 200;

/**
 * Statements that PostgreSQL counted itself (`statement_calls` of an SQL sample, from pg_stat_statements), beside what
 * the applications say that they sent there.
 */
export interface Witness {
  /**
   * `replicas`: nobody but the applications reads there, so both counts speak of the same. `primary`, where reads went to
   * it: the workers' statements are among its own. `nobody`: by all accounts hardly anything was read.
   */
  readonly kind: "replicas" | "primary" | "nobody";
  readonly database: number;
  readonly applications: number;
  /** Of these, what was sent while no fault lay on the way: that at least must have arrived. */
  readonly arrived: number;
}

/** Who can bear out what the applications counted. */
export function witnessOf(stretches: readonly Stretch[], input: CheckInput): Witness {
  const replicas = countsAt("replica", ["replica"], stretches, input);
  if (Math.max(replicas.database, replicas.arrived) >= MINIMUM) return { kind: "replicas", ...replicas };
  const reads = sentTo("primary", stretches, input, "read");
  // Replicas that are in use and had hardly anything say as much; where none is in use they say nothing.
  if (reads < MINIMUM && replicas.applications > 0) return { kind: "nobody", ...replicas };
  return { kind: "primary", ...countsAt("primary", ["primary", "pooler"], stretches, input) };
}

/** Why a witness does not bear out the applications' count; undefined when it does. */
export function doubtOf(witness: Witness): string | undefined {
  const { kind, database, applications, arrived } = witness;
  if (kind === "nobody") return undefined;
  const both = countsInWords(witness);
  if (database < arrived * (1 - TOLERANCE)) {
    return `${both}, ${countWords(arrived)} of them with no fault on the way: nobody bears out what the applications counted`;
  }
  const isTooMuch = kind === "replicas" && database > applications * (1 + TOLERANCE);
  return isTooMuch ? `${both}: reads went uncounted` : undefined;
}

export function countsInWords({ kind, database, applications }: Witness): string {
  const who = kind === "primary" ? "primary" : "replicas";
  return `the ${who} counted ${countWords(database)} statements, the applications ${countWords(applications)}`;
}

function countsAt(
  server: "replica" | "primary",
  way: readonly Role[],
  stretches: readonly Stretch[],
  input: CheckInput,
): Omit<Witness, "kind"> {
  const applications = sentTo(server, stretches, input);
  const faulty = faultSpans(input.records).filter(({ id }) => {
    const fault = input.scenario.timeline.find((entry) => entry.id === id)?.fault;
    return fault !== undefined && way.includes("node" in fault ? fault.node.role : fault.link.to);
  });
  return {
    database: sum(grown("statement_calls", server, stretches, input)),
    applications,
    // What is sent into a black hole is counted by one side only.
    arrived: applications - sentTo(server, common(stretches, faulty), input),
  };
}

/** Statements that the applications sent to a server, of one class or all. */
function sentTo(server: string, stretches: readonly Stretch[], input: CheckInput, work?: string): number {
  return sum(
    grown("shop_database_queries_total", "app", stretches, input).filter(
      ({ series }) => series.labels.server === server && (work === undefined || series.labels.class === work),
    ),
  );
}

function grown(series: string, role: Role, stretches: readonly Stretch[], input: CheckInput): readonly Increase[] {
  const { topology } = input;
  const ids = new Set(topology.nodes.filter((node) => node.role === role).map(({ id }) => id));
  return stretches.flatMap(({ fromMs, toMs }) => increases(input, [series], (id) => ids.has(id), fromMs, toMs).found);
}

function sum(found: readonly Increase[]): number {
  return found.reduce((total, { value }) => total + value, 0);
}
