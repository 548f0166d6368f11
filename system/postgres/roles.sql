-- Who may do what. Passwords are those of a run: the primary gets them when it starts.

create role shop login;
create role replicator login replication;

grant select, insert, update, delete on all tables in schema public to shop;
-- Rows of these two remember how low a shelf and how high a coupon's use ever was. Loading makes them, and selling only
-- changes them: whoever could delete one and insert it again would make it forget.
revoke insert, delete, truncate on stock, coupons from shop;
-- The catalogue is made before the shop opens. Whoever changed a price while it sells could charge any price and be right.
revoke insert, update, delete on products from shop;
grant usage on all sequences in schema public to shop;

-- Administration never waits for a replica: the passwords that let the replicas in are set by it.
alter role postgres set synchronous_commit = local;
