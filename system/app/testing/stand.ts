import pg from "pg";
import { PROTECTION_NAMES, type ProtectionName } from "#system/switches.ts";
import { raisePostgres, raiseRedis, toolbox } from "#system/testing/parts.ts";
import { type AppConfig, type AppSettings, parseAppConfig } from "../config.ts";
import { createShop, type Shop } from "../shop.ts";
import { type Link, openLink } from "./link.ts";
import { RecordedLog } from "./recorded-log.ts";

/** Thirty products with sales in the order of their ids, and reviews of the first three. */
const HISTORY = `
  insert into orders (idempotency_key, session, region, status, total_cents, created_at)
    select 'history-' || n, 'history', 'eu', 'confirmed', 100, now() - interval '1 day' from generate_series(1, 3) as n;
  insert into order_lines (order_id, product_id, quantity, price_cents)
    select orders.id, n, 31 - n, 100 * n from orders cross join generate_series(1, 30) as n;
  insert into product_sales select product_id, 1, sum(quantity) from order_lines group by product_id;
  select rank_best_sellers();
  insert into reviews (product_id, author, rating, body)
    select product, 'Ada ' || n, n, 'body ' || n from generate_series(1, 3) as product cross join generate_series(1, 5) as n;
  insert into review_summaries select product_id, count(*), avg(rating) from reviews group by product_id`;

/** Real servers, each behind a link that a test can make sick. */
export interface Stand extends AsyncDisposable {
  readonly links: Readonly<Record<"primary" | "replica" | "cache" | "carts", Link>>;
  readonly sql: (text: string, values?: readonly unknown[]) => Promise<readonly Record<string, unknown>[]>;
  config(protections: readonly ProtectionName[], change?: (settings: AppSettings) => AppSettings): AppConfig;
}

export async function raiseStand(): Promise<Stand> {
  const tools = await toolbox();
  const [postgres, redis] = await Promise.all([raisePostgres(tools, 30), raiseRedis(tools)]);
  const links = {
    primary: await openLink(postgres),
    replica: await openLink(postgres),
    cache: await openLink(redis),
    carts: await openLink(redis),
  };
  const client = new pg.Client(postgres);
  await client.connect();
  await client.query(HISTORY);
  return {
    links,
    async sql(text, values = []) {
      const result = await client.query<Record<string, unknown>>(text, [...values]);
      return result.rows;
    },
    config(protections, change = (settings) => settings) {
      const at = (link: Link) => ({ host: link.host, port: link.port });
      return parseAppConfig(
        change({
          id: "app-eu-1",
          region: "eu",
          listen: { http: { host: "127.0.0.1", port: 0 }, agent: { host: "127.0.0.1", port: 0 } },
          protections: [...protections],
          database: {
            user: postgres.user,
            name: postgres.database,
            password: postgres.password,
            primary: at(links.primary),
            replica: at(links.replica),
          },
          cache: { address: at(links.cache), password: redis.password },
          carts: { regions: { eu: at(links.carts) }, password: redis.password },
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      await client.end();
      await Promise.all(Object.values(links).map((link) => link[Symbol.asyncDispose]()));
      await Promise.all([postgres[Symbol.asyncDispose](), redis[Symbol.asyncDispose]()]);
    },
  };
}

export const ALL: readonly ProtectionName[] = PROTECTION_NAMES;

export function without(...names: readonly ProtectionName[]): readonly ProtectionName[] {
  return ALL.filter((name) => !names.includes(name));
}

/** A shop in this process, ready. */
export async function startShop(
  config: AppConfig,
): Promise<{ readonly shop: Shop; readonly log: RecordedLog } & AsyncDisposable> {
  const log = new RecordedLog();
  const shop = createShop(config, log);
  await shop.start();
  return { shop, log, [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose]() };
}

export interface Answered {
  readonly status: number;
  readonly body: unknown;
  readonly notExecuted: boolean;
  readonly tookMs: number;
}

/** Asks as a user of the shop does. */
export async function ask(
  shop: Shop,
  path: string,
  post?: { readonly body: unknown; readonly key?: string },
  session = "eu-1-test",
): Promise<Answered> {
  const began = performance.now();
  const response = await shop.http.inject({
    method: post === undefined ? "GET" : "POST",
    url: path,
    headers: {
      "x-session": session,
      "x-geo": "eu",
      ...(post?.key === undefined ? {} : { "idempotency-key": post.key }),
      ...(post === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(post === undefined ? {} : { payload: JSON.stringify(post.body) }),
  });
  const json = String(response.headers["content-type"]).includes("json");
  return {
    status: response.statusCode,
    body: json ? JSON.parse(response.body) : response.body,
    notExecuted: response.headers["x-not-executed"] === "1",
    tookMs: performance.now() - began,
  };
}
