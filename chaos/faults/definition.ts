import type { z } from "zod";
import type { Fault, FaultKind } from "#core/fault.ts";

/** What is known of a kind of fault, wherever it is injected. */
export interface FaultDefinition<K extends FaultKind> {
  readonly kind: K;
  /** Checks a fault of this kind as it stands in a scenario. */
  readonly schema: z.ZodType<Extract<Fault, { readonly kind: K }>>;
  /** What it does to real clients, on connections that exist and on new ones: a paragraph for learners and reports. */
  readonly lesson: string;
}
