import type { Draft } from "./draft.ts";

/** A way to spoil a clean history so that it must not be found clean any more. */
export interface Mutation {
  /** Unique, kebab-case. */
  readonly name: string;
  /** The violation, as it would come about. */
  readonly does: string;
  /**
   * Findings of which one at least must have held before and not hold now; `*` stands for the rest of a name. A violation
   * of the shop's own must be broken; what the testbed did not see must be unknown.
   */
  readonly expects: readonly string[];
  readonly as: "broken" | "unknown" | "either";
  /** Spoils one place that chance chooses, and says which; undefined where this history has no place for it. */
  spoil(draft: Draft): string | undefined;
}
