import type { CachedKind } from "../cache/keys.ts";

/** Products on a list: what fits on a page, and about 1.3 kB of JSON. */
const LISTED = 20;

/** What a list shows of a product. */
const LISTING = `id, name, price_cents as "priceCents"`;

/**
 * The shop's optimised reads, one for each kind of cached value. Each takes one array of ids as `$1` and gives a row
 * `id, value` for each that exists, both text; `value` is the JSON that the tiers keep and pages are put together from.
 * So one value, a thousand, or all can be had by the same statement.
 */
export const QUERIES: Readonly<Record<CachedKind, string>> = {
  // Id 0 is the whole shop.
  "best-sellers": `
    select wanted.id::text as id, array_to_json(array(
      select row_to_json(item) from (
        select product.id, product.name, product.price_cents as "priceCents"
          from best_sellers join products as product on product.id = best_sellers.product_id
         where best_sellers.category_id = wanted.id
         order by best_sellers.rank limit ${LISTED}) as item))::text as value
      from unnest($1::int[]) as wanted(id)`,
  // The limit is applied outside, else the planner walks the primary key in the hope of early hits.
  search: `
    select wanted.id, array_to_json(array(
      select row_to_json(item) from (
        select * from (select ${LISTING} from products where name ilike '%' || wanted.id || '%' offset 0) as hit
         order by id limit ${LISTED}) as item))::text as value
      from unnest($1::text[]) as wanted(id)`,
  category: `
    select wanted.id::text as id, array_to_json(array(
      select row_to_json(item) from (
        select ${LISTING} from products where category_id = wanted.id order by id limit ${LISTED}) as item))::text as value
      from unnest($1::int[]) as wanted(id)`,
  product: `
    select item.id::text as id, row_to_json(item)::text as value from (
      select ${LISTING}, category_id as "categoryId", description from products where id = any($1::int[])) as item`,
  reviews: `
    select wanted.id::text as id, row_to_json(item)::text as value
      from unnest($1::int[]) as wanted(id)
      left join review_summaries as summary on summary.product_id = wanted.id
      cross join lateral (
        select coalesce(summary.count, 0) as count, coalesce(summary.average, 0) as average, array(
          select row_to_json(review) from (
            select author, rating, body from reviews where product_id = wanted.id order by id desc limit 3) as review
        ) as latest) as item`,
  stock: `select product_id::text as id, on_hand::text as value from stock where product_id = any($1::int[])`,
};

/** The heavy report of the back office: what was sold by category and day, over the whole history. */
export const SALES_REPORT = `
  select product.category_id as "categoryId", date_trunc('day', orders.created_at) as day,
         sum(line.quantity)::int as sold, sum(line.quantity * line.price_cents)::bigint::text as "revenueCents"
    from order_lines as line
    join orders on orders.id = line.order_id
    join products as product on product.id = line.product_id
   group by 1, 2 order by sum(line.quantity * line.price_cents) desc limit 100`;

/** Analytics where there is no warehouse: revenue by region and day over the whole history. */
export const REVENUE_QUERY = `
  select orders.region, date_trunc('day', orders.created_at) as day, count(distinct orders.id)::int as orders,
         sum(line.quantity * line.price_cents)::bigint::text as "revenueCents"
    from orders join order_lines as line on line.order_id = orders.id
   group by 1, 2 order by 2, 1`;
