import { EXIT_CODES, type ObjectiveState, type Verdict } from "#core/verdict.ts";
import type { LeftResult } from "./result.ts";

/** What one run of a series came to; plain data, a line of the series' file each. */
export interface Row {
  readonly seed: string;
  readonly exitCode: number;
  /** `none`: the run left no result. */
  readonly verdict: Verdict | "none";
  /** The run ended otherwise than its verdict says: it left something behind, or was killed behind its last word. */
  readonly isUnclean: boolean;
  readonly sentence: string;
  /** Objectives that were broken or unknown. */
  readonly notHeld: readonly { readonly id: string; readonly state: ObjectiveState; readonly reason: string }[];
  /** Acknowledged orders that were compared with the books. */
  readonly orders: number;
  /** Invariants of the orders that were broken. */
  readonly violated: readonly string[];
  /** As the result words it; empty where it was not judged. */
  readonly p99: string;
}

/** The invariant whose samples are the orders that buyers were told of. */
const COUNTED_BY = "no-order-lost";
const HEADLINE = "latency-all-p99-whole";

export function rowOf(seed: string, exitCode: number, result: LeftResult | undefined, lastWords: string): Row {
  const objectives = result?.objectives ?? [];
  const isBad = ({ state }: { readonly state: ObjectiveState }): boolean => state === "broken" || state === "unknown";
  return {
    seed,
    exitCode,
    verdict: result?.verdict ?? "none",
    isUnclean: result === undefined || exitCode !== EXIT_CODES[result.verdict],
    sentence: result?.sentence ?? `no result: ${lastWords || "it said nothing"}`,
    notHeld: objectives.filter(isBad).map(({ id, state, reason }) => ({ id, state, reason })),
    orders: objectives.find(({ id }) => id === COUNTED_BY)?.samples ?? 0,
    violated: objectives.filter(({ group, state }) => group === "orders" && state === "broken").map(({ id }) => id),
    p99: objectives.find(({ id }) => id === HEADLINE)?.observed ?? "",
  };
}

export interface Summary {
  readonly held: number;
  readonly broken: number;
  /** Runs that left no result count here too: nothing is known of them. */
  readonly unknown: number;
  /** Runs whose exit code was another than their verdict's. */
  readonly unclean: number;
  readonly orders: number;
  readonly violations: number;
  /** Whether a series of clean runs may end like this. */
  readonly isClean: boolean;
}

/** @param allowedUnknown runs that may be unknown, whose reasons are shown. */
export function summaryOf(rows: readonly Row[], allowedUnknown: number): Summary {
  const held = rows.filter(({ verdict }) => verdict === "held").length;
  const broken = rows.filter(({ verdict }) => verdict === "broken").length;
  const unknown = rows.length - held - broken;
  const unclean = rows.filter(({ isUnclean }) => isUnclean).length;
  const violations = rows.reduce((sum, { violated }) => sum + violated.length, 0);
  return {
    held,
    broken,
    unknown,
    unclean,
    orders: rows.reduce((sum, { orders }) => sum + orders, 0),
    violations,
    isClean: rows.length > 0 && broken === 0 && violations === 0 && unclean === 0 && unknown <= allowedUnknown,
  };
}

export function rowLine({ seed, verdict, isUnclean, exitCode, sentence, orders, p99 }: Row): string {
  const figures = [...(p99 === "" ? [] : [`p99 ${p99}`]), `${orders.toLocaleString("en")} orders`];
  if (isUnclean) figures.push(`exit code ${exitCode}`);
  return `${verdict.padEnd(8)}${seed}: ${figures.join(", ")}${verdict === "held" ? "" : `; ${sentence}`}`;
}

export function summaryLines(rows: readonly Row[], summary: Summary): readonly string[] {
  const reasons = rows
    .filter(({ verdict, isUnclean }) => verdict !== "held" || isUnclean)
    .map(({ seed, verdict, exitCode, sentence }) => `        ${verdict}, exit code ${exitCode}, ${seed}: ${sentence}`);
  return [
    `${rows.length} runs: ${summary.held} held, ${summary.broken} broken, ${summary.unknown} unknown`,
    ...reasons,
    `${summary.orders.toLocaleString("en")} acknowledged orders compared, ${summary.violations} invariants broken`,
  ];
}
