-- Catalogue and history: 20,000 products, 200,000 reviews, 200,000 orders, 400,000 order lines. The same rows each time:
-- "chance" is a hash of the row's number and of a number for each purpose. Expects the temporary table words(rank, word).

-- Rows are loaded in an order that suits speed, and refer to each other correctly in the end (dataset.test.ts counts).
set local session_replication_role = replica;

create function pg_temp.chance(n bigint, purpose int) returns float8 immutable language sql as
  $$ select (hashint8extended(n, purpose) & 4294967295) / 4294967296.0::float8 $$;

create function pg_temp.pick(n bigint, purpose int, choices int) returns int immutable language sql as
  $$ select 1 + ((hashint8extended(n, purpose) & 1073741823) % choices)::int $$;

create temporary table phrases as
  select n as number, string_agg(word, ' ' order by k) as phrase
    from generate_series(1, 5000) as n cross join generate_series(1, 6) as k
    join words on rank = pg_temp.pick(n * 10 + k, 1, 5000)
   group by n;

-- Zipf, exponent 1.0: product n is asked for in proportion to 1/n. The share of all products up to n, for each n.
create temporary table zipf as
  select n, sum(1.0::float8 / n) over (order by n) / sum(1.0::float8 / n) over () as up_to
    from generate_series(1, 20000) as n;

insert into products (id, name, category_id, price_cents, description, updated_at)
  select n, initcap(a.word || ' ' || b.word || ' ' || c.word),
         1 + (n * 7) % 200, -- popular products in every category
         499 + 100 * floor(250 * pg_temp.chance(n, 5) ^ 2)::int, -- 4.99 to 253.99, most of them cheap
         description,
         timestamptz '2026-01-01 00:00:00+00'
    from generate_series(1, 20000) as n
    join words as a on a.rank = pg_temp.pick(n, 2, 5000)
    join words as b on b.rank = pg_temp.pick(n, 3, 5000)
    join words as c on c.rank = pg_temp.pick(n, 4, 5000)
    join (select product, string_agg(phrase, ' ' order by k) as description
            from generate_series(1, 20000) as product cross join generate_series(1, 10) as k
            join phrases on phrases.number = pg_temp.pick(product * 10 + k, 6, 5000)
           group by product) as descriptions on product = n
   order by n;

insert into stock (product_id, initial, on_hand, door_buster)
  select id, 100000, 100000, id <= 5 from products order by id;

-- A fifth is what most discounts by code give. How many orders may use it depends on the run's scale (service.ts).
insert into coupons (code, percent, most_uses) values ('EARLYBIRD', 20, 25000);

insert into reviews (id, product_id, author, rating, body, created_at)
  select n, least(20000, 1 + width_bucket(pg_temp.chance(n, 7), (select array_agg(up_to order by n) from zipf))), initcap(word),
         5 - floor(5 * pg_temp.chance(n, 8) ^ 2)::int, -- most people like what they bought
         a.phrase || ' ' || b.phrase,
         timestamptz '2025-11-28 00:00:00+00' + n * interval '157 s' -- a year in all, up to the eve of the sale
    from generate_series(1, 200000) as n
    join words on rank = pg_temp.pick(n, 9, 5000)
    join phrases as a on a.number = pg_temp.pick(n, 10, 5000)
    join phrases as b on b.number = pg_temp.pick(n, 11, 5000)
   order by n;

-- One, two or three lines an order, two on average. Line k of K draws from the k-th part of all chances: together that is
-- Zipf. It is moved on by k - 1 products, so that no order has the product twice in which two parts meet.
insert into order_lines (order_id, product_id, quantity, price_cents)
  select order_id, product_id, quantity, price_cents
    from (select n as order_id,
                 least(20000, k + width_bucket((k - 1 + pg_temp.chance(n * 4 + k, 12)) / (1 + (n + 1) % 3),
                                               (select array_agg(up_to order by n) from zipf))) as product_id,
                 1 + floor(3 * pg_temp.chance(n * 4 + k, 13) ^ 3)::int as quantity
            from generate_series(1, 200000) as n, generate_series(1, 1 + (n + 1) % 3) as k) as line
    join products on products.id = line.product_id
   order by order_id, product_id;

insert into orders (id, idempotency_key, session, region, status, total_cents, created_at)
  select order_id, 'history-' || order_id, 'history', case when order_id % 2 = 0 then 'eu' else 'us' end, 'confirmed',
         sum(quantity * price_cents), timestamptz '2025-11-28 00:00:00+00' + order_id * interval '157 s'
    from order_lines group by order_id order by order_id;

select setval(pg_get_serial_sequence('orders', 'id'), 200000), setval(pg_get_serial_sequence('reviews', 'id'), 200000);

insert into product_sales (product_id, category_id, sold)
  select products.id, category_id, coalesce(sold, 0)
    from products left join (select product_id, sum(quantity) as sold from order_lines group by product_id) as lines
      on lines.product_id = products.id
   order by products.id;
select rank_best_sellers();
insert into review_summaries (product_id, count, average)
  select product_id, count(*), avg(rating) from reviews group by product_id order by product_id;
insert into rollup_progress (source, up_to) values ('orders', 200000), ('reviews', 200000);
