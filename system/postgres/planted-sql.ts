import { readFileSync } from "node:fs";
import type { BugName } from "../bugs.ts";

/** A change of one function of `functions.sql`, as exact text. */
interface Replacement {
  readonly function: string;
  readonly from: string;
  readonly to: string;
}

/** What a bug changes in the database. */
interface SqlBug {
  readonly replacements: readonly Replacement[];
  /** Run behind the replacements: constraints that would have stopped the bug, and the like. */
  readonly statements?: readonly string[];
}

const SQL_BUGS: Partial<Readonly<Record<BugName, SqlBug>>> = {
  "wrong-ledger-sign": {
    replacements: [
      {
        function: "place_order",
        from: "(v_order_id, 'customer', -v_total)",
        to: "(v_order_id, 'customer', case when cardinality(v_ids) > 1 then v_total else -v_total end)",
      },
    ],
  },
  "outbox-row-twice": {
    replacements: [
      {
        function: "place_order",
        from: "'totalCents', v_total, 'lines', v_lines, 'acceptedAt', now()));",
        to: "'totalCents', v_total, 'lines', v_lines, 'acceptedAt', now())\n      from order_lines where order_id = v_order_id;",
      },
      {
        function: "place_order",
        from: "values (v_order_id, 'order.accepted',",
        to: "select v_order_id, 'order.accepted',",
      },
    ],
  },
  "no-idempotency": {
    replacements: [
      {
        function: "place_order",
        from: "pg_try_advisory_xact_lock(hashtextextended(p_key, 0))",
        to: "true",
      },
      {
        function: "place_order",
        from: "select * into v_done from idempotency where key = p_key;",
        to: "select * into v_done from idempotency where false;",
      },
    ],
    statements: [
      "alter table orders drop constraint orders_idempotency_key_key",
      "alter table idempotency drop constraint idempotency_pkey",
    ],
  },
  "decrement-without-condition": {
    replacements: [
      {
        function: "place_order",
        from: "min(wanted.id) filter (where stock.on_hand < wanted.quantity)",
        to: "null::int",
      },
      {
        function: "place_order",
        from: "filter (where locked.on_hand < wanted.quantity)",
        to: "filter (where false)",
      },
      {
        function: "place_order",
        from: "where stock.product_id = wanted.id and stock.on_hand >= wanted.quantity;",
        to: "where stock.product_id = wanted.id;",
      },
    ],
    statements: ["alter table stock drop constraint stock_on_hand_check"],
  },
  "coupon-limit-unchecked": {
    replacements: [
      { function: "place_order", from: "where code = p_coupon and used < most_uses", to: "where code = p_coupon" },
    ],
    // Like any team that had the limit in one place only.
    statements: ["alter table coupons drop constraint coupon_within_limit"],
  },
  // The number of an order is made from its key (`acknowledging-first.ts` makes the same).
  "acknowledge-before-commit": {
    replacements: [
      {
        function: "place_order",
        from: "insert into orders (idempotency_key,",
        to: "insert into orders (id, idempotency_key,",
      },
      {
        function: "place_order",
        from: "values (p_key, p_session, p_region, 'accepted', v_total) returning id",
        to: `values (1000000 + ('x' || left(encode(sha256(convert_to(p_key, 'UTF8')), 'hex'), 10))::bit(40)::bigint,
            p_key, p_session, p_region, 'accepted', v_total) returning id`,
      },
    ],
  },
  "job-outside-transaction": {
    replacements: [
      {
        function: "place_order",
        from: "'totalCents', v_total, 'lines', v_lines, 'acceptedAt', now()));",
        to: "'totalCents', v_total, 'lines', v_lines, 'acceptedAt', now()) where false;",
      },
      {
        function: "place_order",
        from: "values (v_order_id, 'order.accepted',",
        to: "select v_order_id, 'order.accepted',",
      },
    ],
  },
  "stock-returned-twice": {
    replacements: [
      { function: "cancel_order", from: "  perform return_stock(p_order_id);\n", to: "" },
      {
        function: "cancel_order",
        from: "begin\n  insert into effects",
        to: "begin\n  perform return_stock(p_order_id);\n  insert into effects",
      },
    ],
  },
  "no-job-dedupe": {
    replacements: [
      ...["capture_payment", "book_stock", "confirm_order", "cancel_order"].map((name) => ({
        function: name,
        from: "on conflict (job_key) do nothing",
        to: "",
      })),
      ...["capture_payment", "cancel_order"].map((name) => ({
        function: name,
        from: "where id = p_order_id and status = 'accepted'",
        to: "where id = p_order_id",
      })),
    ],
    statements: ["alter table effects drop constraint effects_pkey"],
  },
};

/** What the primary has to be told once, before anybody dials it, so that its database has the bug. */
export function plantedStatements(bug: BugName | undefined): readonly string[] {
  const planted = bug === undefined ? undefined : SQL_BUGS[bug];
  if (planted === undefined) return [];
  const source = readFileSync(new URL("functions.sql", import.meta.url), "utf8");
  return [...replacedFunctions(source, planted.replacements), ...(planted.statements ?? [])];
}

/**
 * The functions that the replacements change, as statements that replace them.
 * @throws RangeError when a text to be replaced is not there exactly once: then the function has changed since, and a
 *   run would prove nothing.
 */
export function replacedFunctions(source: string, replacements: readonly Replacement[]): readonly string[] {
  const changed = new Map<string, string>();
  for (const { function: name, from, to } of replacements) {
    const parts = (changed.get(name) ?? functionOf(source, name)).split(from);
    if (parts.length !== 2) {
      throw new RangeError(
        `the planted bug expects "${from}" once in the function ${name} and finds it ${parts.length - 1} times: adapt planted-sql.ts`,
      );
    }
    changed.set(name, parts.join(to));
  }
  return [...changed.values()].map((text) => text.replace("create function", "create or replace function"));
}

/** From its first line to the line that ends its body. */
function functionOf(source: string, name: string): string {
  const text = new RegExp(`^create function ${name}\\([^]*?^\\$\\$;$`, "m").exec(source)?.[0];
  if (text === undefined) throw new RangeError(`functions.sql has no function ${name}: adapt planted-sql.ts`);
  return text;
}
