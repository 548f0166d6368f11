-- What the shop does to its data in one round trip. All of it expects READ COMMITTED: each statement of a function sees
-- what was committed before that statement began.

-- Buys p_lines ([{"productId": 1, "quantity": 2}, ...]) under an idempotency key. With a coupon the total is less by its
-- percentage; one that is used up (or unknown) gives nothing, the order stands, and the answer says "discountCents": 0.
-- Outcomes:
--   created    the order exists now; body is the answer (status 201)
--   replayed   the key was finished before; body is that answer (status 200)
--   sold-out   nothing was bought; body names the product (status 410); stored under the key as well
--   in-flight  the same key is being worked on by somebody else at this moment; nothing was done (status 409)
--   mismatch   the key belongs to another request; nothing was done (status 422)
--   invalid    no lines, an unknown product, or a quantity outside 1 to 100; nothing was done or stored (status 422)
-- Ids of orders are text in JSON: a bigint does not fit into every reader's numbers.
create function place_order(p_key text, p_hash text, p_session text, p_region text, p_lines jsonb, p_coupon text default null)
returns table (outcome text, order_id bigint, body jsonb)
language plpgsql as $$
#variable_conflict use_column
declare
  v_done idempotency;
  v_first boolean;
  v_ids int[];
  v_quantities int[];
  v_prices int[];
  v_lines jsonb;
  v_total int;
  v_valid boolean;
  v_short int;
  v_changed int;
  v_percent int;
  v_discount int := 0;
  v_order_id bigint;
  v_body jsonb;
begin
  -- The lock goes with the transaction, after the order has become visible: whoever gets it next finds the answer.
  v_first := pg_try_advisory_xact_lock(hashtextextended(p_key, 0));
  select * into v_done from idempotency where key = p_key;
  if found then
    if v_done.request_hash <> p_hash then
      return query select 'mismatch'::text, null::bigint, null::jsonb;
    elsif v_done.status = 410 then
      return query select 'sold-out'::text, null::bigint, v_done.body;
    else
      return query select 'replayed'::text, (v_done.body ->> 'orderId')::bigint, v_done.body;
    end if;
    return;
  elsif not v_first then
    return query select 'in-flight'::text, null::bigint, null::jsonb;
    return;
  end if;

  -- Prices, validity, and what is sold out already (without a lock, which is what most late buyers meet).
  select array_agg(wanted.id order by wanted.id),
         array_agg(wanted.quantity order by wanted.id),
         array_agg(product.price_cents order by wanted.id),
         jsonb_agg(jsonb_build_object('productId', wanted.id, 'quantity', wanted.quantity,
                                      'priceCents', product.price_cents) order by wanted.id),
         sum(wanted.quantity * product.price_cents) filter (where wanted.quantity between 1 and 100),
         bool_and(product.id is not null and wanted.quantity between 1 and 100),
         min(wanted.id) filter (where stock.on_hand < wanted.quantity)
    into v_ids, v_quantities, v_prices, v_lines, v_total, v_valid, v_short
    from (select line."productId" as id, sum(line.quantity)::int as quantity
            from jsonb_to_recordset(p_lines) as line("productId" int, quantity int)
           group by 1) as wanted
    left join products as product on product.id = wanted.id
    left join stock on stock.product_id = wanted.id;
  if v_valid is not true then
    return query select 'invalid'::text, null::bigint, null::jsonb;
    return;
  end if;

  if v_short is null and cardinality(v_ids) > 1 then
    -- All rows in one order for everybody, so that two carts cannot wait for each other; the contended rows last.
    -- The lock shows the newest values: after it, nobody can take away what this order has seen.
    select min(locked.product_id) filter (where locked.on_hand < wanted.quantity) into v_short
      from (select stock.product_id, stock.on_hand from stock
             where stock.product_id = any (v_ids)
             order by stock.door_buster, stock.product_id
               for update) as locked
      join unnest(v_ids, v_quantities) as wanted(id, quantity) on wanted.id = locked.product_id;
  end if;
  if v_short is null then
    update stock set on_hand = stock.on_hand - wanted.quantity
      from unnest(v_ids, v_quantities) as wanted(id, quantity)
     where stock.product_id = wanted.id and stock.on_hand >= wanted.quantity;
    get diagnostics v_changed = row_count;
    -- Several rows were locked and checked above: only a single line can find here that it came too late.
    if v_changed < cardinality(v_ids) then
      v_short := v_ids[1];
    end if;
  end if;

  if v_short is not null then
    v_body := jsonb_build_object('code', 'sold-out', 'productId', v_short);
    insert into idempotency (key, request_hash, status, body) values (p_key, p_hash, 410, v_body);
    return query select 'sold-out'::text, null::bigint, v_body;
    return;
  end if;

  if p_coupon is not null then
    -- Every tenth order wants this one row: it is locked after the stock, so that whoever holds it waits for nobody, and
    -- not at all once it is used up.
    update coupons set used = used + 1 where code = p_coupon and used < most_uses returning percent into v_percent;
    v_discount := coalesce(v_total::bigint * v_percent / 100, 0);
    v_total := v_total - v_discount;
  end if;
  insert into orders (idempotency_key, session, region, status, total_cents)
    values (p_key, p_session, p_region, 'accepted', v_total) returning id into v_order_id;
  insert into order_lines (order_id, product_id, quantity, price_cents)
    select v_order_id, line.* from unnest(v_ids, v_quantities, v_prices) as line;
  insert into ledger (order_id, account, amount_cents)
    values (v_order_id, 'customer', -v_total), (v_order_id, 'revenue', v_total);
  insert into outbox (order_id, topic, payload)
    values (v_order_id, 'order.accepted',
            jsonb_build_object('orderId', v_order_id::text, 'session', p_session, 'region', p_region,
                               'totalCents', v_total, 'lines', v_lines, 'acceptedAt', now()));
  v_body := jsonb_build_object('orderId', v_order_id::text, 'totalCents', v_total, 'lines', v_lines,
                               'status', 'accepted');
  if p_coupon is not null then
    v_body := v_body || jsonb_build_object('discountCents', v_discount);
  end if;
  if v_percent is not null then
    insert into discounts (order_id, coupon, amount_cents) values (v_order_id, p_coupon, v_discount);
  end if;
  insert into idempotency (key, request_hash, status, body) values (p_key, p_hash, 201, v_body);
  return query select 'created'::text, v_order_id, v_body;
end
$$;

-- The three steps of fulfilment. Each is true when this call did it, false when it had been done before. A second call
-- with the same key waits for the first to end. They fail (and leave nothing) when the order does not exist or an
-- earlier step is missing, so that a queue tries again.

create function capture_payment(p_order_id bigint, p_job_key text, p_reference text) returns boolean
language plpgsql as $$
declare
  v_total int;
begin
  insert into effects (job_key, order_id, kind, detail)
    values (p_job_key, p_order_id, 'payment', jsonb_build_object('reference', p_reference))
    on conflict (job_key) do nothing;
  if not found then
    return false;
  end if;
  update orders set status = 'paid' where id = p_order_id and status = 'accepted' returning total_cents into v_total;
  if not found then
    raise exception 'order % cannot be paid: it is not in the state "accepted"', p_order_id;
  end if;
  insert into ledger (order_id, account, amount_cents)
    values (p_order_id, 'provider', -v_total), (p_order_id, 'receivable', v_total);
  return true;
end
$$;

create function book_stock(p_order_id bigint, p_job_key text) returns boolean
language plpgsql as $$
begin
  insert into effects (job_key, order_id, kind, detail)
    values (p_job_key, p_order_id, 'stock', '{}')
    on conflict (job_key) do nothing;
  if not found then
    return false;
  end if;
  insert into stock_movements (order_id, product_id, quantity)
    select order_id, product_id, quantity from order_lines where order_id = p_order_id;
  return true;
end
$$;

create function confirm_order(p_order_id bigint, p_job_key text) returns boolean
language plpgsql as $$
begin
  insert into effects (job_key, order_id, kind, detail)
    values (p_job_key, p_order_id, 'confirmation', '{}')
    on conflict (job_key) do nothing;
  if not found then
    return false;
  end if;
  update orders set status = 'confirmed' where id = p_order_id and status = 'paid';
  if not found then
    raise exception 'order % cannot be confirmed: it is not in the state "paid"', p_order_id;
  end if;
  return true;
end
$$;

-- Ends an order whose payment was declined, in place of the three steps: its goods go back to the shelf, its entries are
-- reversed, and its coupon may be used by somebody else. True when this call did it, false when it had been done before.
create function cancel_order(p_order_id bigint, p_job_key text, p_reason text) returns boolean
language plpgsql as $$
declare
  v_total int;
begin
  insert into effects (job_key, order_id, kind, detail)
    values (p_job_key, p_order_id, 'cancellation', jsonb_build_object('reason', p_reason))
    on conflict (job_key) do nothing;
  if not found then
    return false;
  end if;
  update orders set status = 'cancelled' where id = p_order_id and status = 'accepted' returning total_cents into v_total;
  if not found then
    raise exception 'order % cannot be cancelled: it is not in the state "accepted"', p_order_id;
  end if;
  insert into ledger (order_id, account, amount_cents)
    values (p_order_id, 'customer', v_total), (p_order_id, 'revenue', -v_total);
  perform return_stock(p_order_id);
  -- Last, as in place_order.
  update coupons set used = used - 1
   where code = (select coupon from discounts where order_id = p_order_id);
  return true;
end
$$;

create function return_stock(p_order_id bigint) returns void
language plpgsql as $$
begin
  -- In the order of place_order, so that a return and a sale of the same two products cannot wait for each other.
  perform 1 from stock
    where product_id in (select product_id from order_lines where order_id = p_order_id)
    order by door_buster, product_id for update;
  update stock set on_hand = stock.on_hand + line.quantity
    from order_lines as line
   where line.order_id = p_order_id and stock.product_id = line.product_id;
  insert into stock_movements (order_id, product_id, quantity)
    select order_id, product_id, -quantity from order_lines where order_id = p_order_id;
end
$$;

-- Brings the rollups up to date. Reads only what is new since the last call, ranks 20,000 counters, and writes only rows
-- that changed: its cost does not grow with the history. An order counts once it is 10 s old, because ids are given out
-- in another order than they are committed; one that takes longer than that to commit is missing from a ranking, which
-- nobody can tell. Two callers take turns.
create function refresh_rollups() returns void
language plpgsql as $$
declare
  v_from bigint;
  v_to bigint;
begin
  select up_to into v_from from rollup_progress where source = 'orders' for update;
  -- Backwards along the primary key: it ends after the orders of the last ten seconds.
  select id into v_to from orders where created_at < now() - interval '10 s' order by id desc limit 1;
  if v_to > v_from then
    update product_sales set sold = product_sales.sold + fresh.sold
      from (select product_id, sum(quantity) as sold from order_lines
             where order_id > v_from and order_id <= v_to group by product_id) as fresh
     where product_sales.product_id = fresh.product_id;
    update rollup_progress set up_to = v_to where source = 'orders';
    perform rank_best_sellers();
  end if;

  select up_to into v_from from rollup_progress where source = 'reviews' for update;
  select id into v_to from reviews where created_at < now() - interval '10 s' order by id desc limit 1;
  if v_to > v_from then
    insert into review_summaries (product_id, count, average)
      select product_id, count(*), avg(rating) from reviews
       where product_id in (select product_id from reviews where id > v_from and id <= v_to)
       group by product_id
      on conflict (product_id) do update set count = excluded.count, average = excluded.average;
    update rollup_progress set up_to = v_to where source = 'reviews';
  end if;
end
$$;

-- The first 24 of the shop and of each category: as many as a page shows.
create function rank_best_sellers() returns void
language sql as $$
  insert into best_sellers (category_id, rank, product_id, sold)
    select category_id, rank, product_id, sold
      from (select category_id, product_id, sold,
                   row_number() over (partition by category_id order by sold desc, product_id) as rank
              from product_sales
             union all
            select 0, product_id, sold, row_number() over (order by sold desc, product_id) as rank
              from (select product_id, sold from product_sales order by sold desc, product_id limit 24) as best) as ranked
     where rank <= 24
    on conflict (category_id, rank) do update set product_id = excluded.product_id, sold = excluded.sold
     where (best_sellers.product_id, best_sellers.sold) is distinct from (excluded.product_id, excluded.sold)
$$;
