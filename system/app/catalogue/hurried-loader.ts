import type { CachedKind } from "../cache/keys.ts";
import type { Load } from "../cache/tiered-cache.ts";
import type { Reader } from "../database/reader.ts";

const LISTED = 20;

interface ProductRow {
  readonly id: number;
  readonly name: string;
  readonly price_cents: number;
  readonly category_id: number;
  readonly description: string;
}

/**
 * The queries that a team in a hurry writes: figures are counted anew at each reading, and a list costs a query for
 * each of its products. The values are the same as the optimised loader's.
 */
export function hurriedLoader(reader: Reader): Load {
  return async (kind, id) => JSON.stringify(await fetchValue(reader, kind, id));
}

async function fetchValue(reader: Reader, kind: CachedKind, id: string): Promise<unknown> {
  switch (kind) {
    case "best-sellers":
      return bestSellers(reader);
    case "search":
      return listing(
        reader,
        kind,
        await reader.read<{ id: number }>(kind, `select id from products where name ilike $1 order by id limit $2`, [
          `%${id}%`,
          LISTED,
        ]),
      );
    case "category":
      return listing(
        reader,
        kind,
        await reader.read<{ id: number }>(kind, "select id from products where category_id = $1 order by id limit $2", [
          Number(id),
          LISTED,
        ]),
      );
    case "product":
      return product(reader, id);
    case "reviews":
      return reviews(reader, id);
    case "stock": {
      const rows = await reader.read<{ on_hand: number }>(kind, "select on_hand from stock where product_id = $1", [
        Number(id),
      ]);
      return rows[0]?.on_hand ?? null;
    }
  }
}

async function bestSellers(reader: Reader): Promise<unknown> {
  const ranked = await reader.read<{ id: number }>(
    "best-sellers",
    `select product_id as id, sum(quantity) as sold from order_lines
      group by product_id order by sold desc, product_id limit $1`,
    [LISTED],
  );
  return listing(reader, "best-sellers", ranked);
}

async function listing(reader: Reader, kind: CachedKind, ids: readonly { readonly id: number }[]): Promise<unknown> {
  const products: unknown[] = [];
  for (const { id } of ids) {
    const rows = await reader.read<ProductRow>(kind, "select * from products where id = $1", [id]);
    const row = rows[0];
    if (row !== undefined) products.push({ id: row.id, name: row.name, priceCents: row.price_cents });
  }
  return products;
}

async function product(reader: Reader, id: string): Promise<unknown> {
  const rows = await reader.read<ProductRow>("product", "select * from products where id = $1", [Number(id)]);
  const row = rows[0];
  if (row === undefined) return null;
  return {
    id: row.id,
    name: row.name,
    priceCents: row.price_cents,
    categoryId: row.category_id,
    description: row.description,
  };
}

async function reviews(reader: Reader, id: string): Promise<unknown> {
  const figures = await reader.read<{ count: number; average: string | null }>(
    "reviews",
    "select count(*)::int as count, round(avg(rating), 2) as average from reviews where product_id = $1",
    [Number(id)],
  );
  const latest = await reader.read<{ author: string; rating: number; body: string }>(
    "reviews",
    "select author, rating, body from reviews where product_id = $1 order by id desc limit 3",
    [Number(id)],
  );
  return { count: figures[0]?.count ?? 0, average: Number(figures[0]?.average ?? 0), latest };
}
