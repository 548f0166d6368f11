-- The indexes that the shop's queries need; protection `indexes`. What is missing here is missing on purpose: each index
-- makes every order dearer.

create extension pg_trgm;

-- Search: a word anywhere in the name, in either case (`name ilike '%word%'`).
create index products_name_words on products using gin (name gin_trgm_ops) with (fastupdate = off);
-- Category page, most popular first.
create index products_by_category on products (category_id, id);
-- The latest reviews of a product, and its summary without the rollup (read from the index alone).
create index reviews_by_product on reviews (product_id, id) include (rating);
-- Best sellers and sales reports without the rollup, read from the index alone.
create index order_lines_by_product on order_lines (product_id) include (quantity);
-- Reports over a span of time: orders lie in the table in the order of time, so a summary per 16 pages is enough.
create index orders_by_time on orders using brin (created_at) with (pages_per_range = 16);
-- The relay looks for what it has not published: nearly always next to nothing.
create index outbox_unpublished on outbox (id) where published_at is null;
