import type { Part } from "#system/evidence/truth.ts";
import type { Draft } from "./draft.ts";
import type { Mutation } from "./mutation.ts";

/** No order has this number. */
export const FREE_ID = "999999999";

type Listed = "orders" | "prices" | "coupons" | "replies" | "stock" | "ledger" | "outbox" | "effects" | "payments";
type Row<Name extends Listed> = Part<Name>[number];

/** Rows of a cancelled order hold nothing that could be missing or wrong in these ways. */
function stands(row: object): boolean {
  return !("cancellation" in row && row.cancellation === 1) && !("revenue" in row && row.revenue === 0);
}

/** One row of a book spoiled, and nothing else. The change answers false where the row has no place for it. */
export function ofRow<Name extends Listed>(
  name: string,
  does: string,
  book: Name,
  expects: readonly string[],
  spoil: (row: Row<Name>, rows: Row<Name>[], draft: Draft) => boolean | undefined,
): Mutation {
  return {
    name,
    does,
    expects,
    as: "broken",
    spoil(draft) {
      // A part is an array of its rows; TypeScript does not see that through the generic name.
      const rows = draft.book(book) as Row<Name>[] | undefined;
      const row = draft.pick((rows ?? []).filter(stands));
      if (rows === undefined || row === undefined) return undefined;
      const before = JSON.stringify(row).slice(0, 120);
      return spoil(row, rows, draft) === false ? undefined : `${book} ${before}`;
    },
  };
}

export function dropped<Row>(row: Row, rows: Row[]): boolean {
  rows.splice(rows.indexOf(row), 1);
  return true;
}

export function assigned<Row extends object>(row: Row, change: Partial<Row>): boolean {
  Object.assign(row, change);
  return true;
}
