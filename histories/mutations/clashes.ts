import type { WriteClash } from "#core/history.ts";
import type { Mutation } from "./mutation.ts";
import { FREE_ID } from "./rows.ts";
import { mutation } from "./telling.ts";

/** Another answer to one key that came back with another body. */
function ofClash(
  name: string,
  does: string,
  to: (orderId: string | undefined) => Pick<WriteClash, "status" | "isRefused" | "orderId">,
): Mutation {
  return mutation(
    name,
    does,
    ["replies-agree"],
    (draft) => {
      const picked = draft.pick(draft.all("write.clash"));
      if (picked === undefined) return undefined;
      const first = draft.all("write.result").find(({ key, result }) => key === picked.key && result === "ok");
      draft.replace(picked, { ...picked, ...to(first?.orderId) });
      return `the other body of ${picked.key}`;
    },
    "broken",
  );
}

/** What may be wrong with the answers to keys that came back with another body. */
export const CLASH_MUTATIONS: readonly Mutation[] = [
  ofClash("clash-told-first-answer", "a key with another body got the answer to the first", (orderId) => ({
    ...{ status: 200, isRefused: false },
    ...(orderId === undefined ? {} : { orderId }),
  })),
  ofClash("clash-bought-again", "a key with another body was told of another order", () => ({
    ...{ status: 201, isRefused: false, orderId: FREE_ID },
  })),
  ofClash("clash-sold-out", "a key with another body was told that something is sold out", () => ({
    ...{ status: 410, isRefused: false },
  })),
  mutation("clashes-unanswered", "no key with another body ever got an answer", ["replies-agree"], (draft) => {
    const { length } = draft.all("write.clash");
    draft.change("write.clash", (record) => ({ ...record, status: 0, isRefused: false }));
    return length === 0 ? undefined : `${length} keys`;
  }),
  mutation("clashes-never-sent", "no key ever came back with another body", ["replies-agree"], (draft) => {
    const { length } = draft.all("write.clash");
    draft.change("write.clash", () => undefined);
    draft.renumber();
    return length === 0 ? undefined : `${length} keys`;
  }),
];
