import type { Attempt } from "./judge-mutation.ts";
import type { Mutation } from "./mutation.ts";

/** What became of one mutation over all attempts. */
export interface Row {
  readonly mutation: Mutation;
  readonly tried: number;
  readonly caught: number;
  /** The findings that caught it. */
  readonly by: readonly string[];
  readonly missed: readonly Extract<Attempt, { readonly kind: "missed" }>[];
}

export function rowOf(mutation: Mutation, attempts: readonly Attempt[]): Row {
  const caught = attempts.filter((attempt) => attempt.kind === "caught");
  const missed = attempts.filter((attempt) => attempt.kind === "missed");
  return {
    mutation,
    tried: caught.length + missed.length,
    caught: caught.length,
    by: [...new Set(caught.map(({ by }) => by))],
    missed,
  };
}

export function lineOf({ mutation, tried, caught, by, missed }: Row): string {
  const name = mutation.name.padEnd(32);
  const counts = `${tried} tried, ${caught} caught`.padEnd(22);
  if (tried === 0) return `${name} no place for it here`;
  const more = by.length > 2 ? `, and ${by.length - 2} more` : "";
  const misses = missed.map(({ what, why }) => `\n${" ".repeat(33)}MISSED: ${what}: ${why}`).join("");
  return `${name} ${counts} ${by.slice(0, 2).join(", ")}${more}${misses}`;
}

/** What the whole says: enough were caught, and each kind was tried: what had no place in any history shows nothing. */
export function summaryOf(rows: readonly Row[]): { readonly text: string; readonly isEnough: boolean } {
  const tried = rows.reduce((sum, row) => sum + row.tried, 0);
  const caught = rows.reduce((sum, row) => sum + row.caught, 0);
  const untried = rows.filter((row) => row.tried === 0).map(({ mutation }) => mutation.name);
  const share = tried === 0 ? 0 : caught / tried;
  const operators = `${rows.length - untried.length} of ${rows.length} kinds of mutation had a place`;
  const text = `${caught} of ${tried} mutations caught (${(share * 100).toFixed(1)}%); ${operators}`;
  return {
    text: untried.length === 0 ? text : `${text}; NOT TRIED, give a history with a place for ${untried.join(", ")}`,
    isEnough: share >= LEAST_CAUGHT && untried.length === 0,
  };
}

/** Below this share the checkers are not worth their name. */
const LEAST_CAUGHT = 0.95;
