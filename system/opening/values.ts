import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { QUERIES } from "#system/app/catalogue/queries.ts";
import { SHOP } from "#system/postgres/dataset.ts";
import { WORDS } from "#system/postgres/words.ts";
import type { LastingKind } from "./day.ts";

/** One value of the catalogue, as the application keeps it. Values of a kind come in the order of their popularity. */
export interface CatalogueValue {
  readonly kind: LastingKind;
  readonly id: string;
  readonly json: string;
}

export interface Rows {
  query<Row extends object>(text: string, values?: unknown[]): Promise<{ readonly rows: readonly Row[] }>;
}

const PRODUCTS = 20_000;
const CATEGORIES = 200;

/**
 * The same values as the application's statement gives, for all terms in one pass over the names: 5,000 searches would
 * take ten seconds. Words of the catalogue have one length, so that none hides inside another (`postgres/words.ts`).
 */
const ALL_SEARCHES = `
  select term as id, array_to_json(array_agg(item order by number))::text as value
    from (select lower(word) as term, products.id as number,
                 row_to_json((select listing from (select products.id, products.name,
                                                          products.price_cents as "priceCents") as listing)) as item,
                 row_number() over (partition by lower(word) order by products.id) as place
            from products cross join lateral (select distinct regexp_split_to_table(name, ' ') as word) as words) as hit
   where place <= 20 group by term`;

/** The same as the application's statement, which without its index would read all reviews for each product. */
const ALL_REVIEWS = `
  select products.id::text as id, row_to_json(item)::text as value
    from products
    left join review_summaries as summary on summary.product_id = products.id
    left join (select product_id, array_agg(row_to_json((select review from (select author, rating, body) as review))
                                            order by id desc) as latest
                 from (select *, row_number() over (partition by product_id order by id desc) as place
                         from reviews) as numbered
                where place <= 3 group by product_id) as recent on recent.product_id = products.id
    cross join lateral (select coalesce(summary.count, 0) as count, coalesce(summary.average, 0) as average,
                               coalesce(recent.latest, '{}') as latest) as item`;

/** Reads every value from the database: two seconds of it. */
export async function readValues(database: Rows): Promise<readonly CatalogueValue[]> {
  const range = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => String(i + 1));
  const plan: readonly (readonly [LastingKind, readonly string[], string, unknown[]])[] = [
    ["best-sellers", ["0"], QUERIES["best-sellers"], [["0"]]],
    ["category", range(CATEGORIES), QUERIES.category, [range(CATEGORIES)]],
    ["product", range(PRODUCTS), QUERIES.product, [range(PRODUCTS)]],
    ["reviews", range(PRODUCTS), ALL_REVIEWS, []],
    ["search", WORDS, ALL_SEARCHES, []],
  ];
  const values: CatalogueValue[] = [];
  for (const [kind, ids, query, parameters] of plan) {
    const { rows } = await database.query<{ id: string; value: string }>(query, parameters);
    const byId = new Map(rows.map((row) => [row.id, row.value]));
    // A term that no product has in its name is a value as well: the empty list.
    for (const id of ids) {
      const json = byId.get(id) ?? (kind === "search" ? "[]" : undefined);
      if (json !== undefined) values.push({ kind, id, json });
    }
  }
  return values;
}

/** Kept between runs beside compiled code: it can be made again at any time, and changes with the data it came from. */
function keptAt(): string {
  const key = createHash("sha256").update(SHOP.key).update(ALL_SEARCHES).update(ALL_REVIEWS);
  for (const query of Object.values(QUERIES)) key.update(query);
  const folder = join(import.meta.dirname, "..", "..", "node_modules", ".cache", "opening");
  return join(folder, `${key.digest("hex").slice(0, 16)}.tsv`);
}

/** The values, from the file of an earlier run or, the first time, from the database. JSON has neither tabs nor line ends. */
export async function catalogueValues(
  read: () => Promise<readonly CatalogueValue[]>,
): Promise<readonly CatalogueValue[]> {
  const path = keptAt();
  const kept = await readFile(path, "utf8").catch(() => undefined);
  if (kept !== undefined) return kept.split("\n").map(parseLine);
  const values = await read();
  await mkdir(dirname(path), { recursive: true });
  // What was made from earlier data is of no more use: 20 MB each.
  for (const old of await readdir(dirname(path))) await rm(join(dirname(path), old), { force: true });
  const partial = `${path}.${process.pid}`;
  await writeFile(partial, values.map(({ kind, id, json }) => `${kind}\t${id}\t${json}`).join("\n"));
  await rename(partial, path);
  return values;
}

const KINDS = ["best-sellers", "category", "product", "reviews", "search"] as const;

function parseLine(line: string): CatalogueValue {
  const [name, id, json] = line.split("\t");
  const kind = KINDS.find((each) => each === name);
  if (kind === undefined || id === undefined || json === undefined) {
    throw new Error("the kept values of the catalogue are damaged: remove node_modules/.cache/opening");
  }
  return { kind, id, json };
}
