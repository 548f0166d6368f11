import type { Sample } from "#core/history.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";

/** Five minutes, as when a machine is told the date anew. */
export const STEP_MS = 5 * 60_000;

export function mutation(
  name: string,
  does: string,
  expects: readonly string[],
  spoil: (draft: Draft) => string | undefined,
  as: Mutation["as"] = "unknown",
): Mutation {
  return { name, does, expects, as, spoil };
}

/** Samples changed, or taken out; a change that gives the same values leaves one alone. */
export function ofSamples(
  name: string,
  does: string,
  expects: readonly string[],
  to: (sample: Sample & { readonly at: number }, draft: Draft) => Readonly<Record<string, number>> | undefined,
  as: Mutation["as"] = "unknown",
): Mutation {
  return mutation(
    name,
    does,
    expects,
    (draft) => {
      let touched = 0;
      draft.change("sample", (record) => {
        const values = to(record, draft);
        if (values === record.values) return record;
        touched += 1;
        return values === undefined ? undefined : { ...record, values };
      });
      draft.renumber();
      return touched === 0 ? undefined : `${touched} samples`;
    },
    as,
  );
}
