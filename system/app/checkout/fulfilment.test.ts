import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, until } from "#system/testing/parts.ts";
import { ask, raiseStand, type Stand, startShop } from "../testing/stand.ts";

const TOKEN = "test";
let stand: Stand;
beforeAll(async () => {
  stand = await raiseStand();
}, 300_000);
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});

/** The payment provider, as a process of its own. */
async function startProvider(declinedShare = 0): Promise<{ readonly port: number } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), "provider-"));
  const port = await freePort();
  const config = join(folder, "config.json");
  await writeFile(
    config,
    JSON.stringify({
      listen: { host: "127.0.0.1", port },
      token: TOKEN,
      seed: "s",
      declinedShare,
      ledgerPath: join(folder, "ledger"),
    }),
  );
  const main = join(import.meta.dirname, "..", "..", "payment", "main.ts");
  const child = spawn(process.execPath, [main, config], { stdio: "ignore" });
  await until(async () => (await fetch(`http://127.0.0.1:${port}/livez`)).ok);
  return {
    port,
    async [Symbol.asyncDispose]() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test("without a queue the checkout pays and confirms, and a resend takes up what was left", async () => {
  const lines = [{ productId: 3, quantity: 2 }];
  const port = await freePort();
  const config = stand.config([], (settings) => ({
    ...settings,
    payment: { address: { host: "127.0.0.1", port }, token: TOKEN },
  }));
  {
    await using unpaid = await startShop(config);
    const first = await ask(unpaid.shop, "/checkout", { body: { lines }, key: "inline" });
    // The order stands and is not paid: nobody can say that nothing happened.
    expect(first).toMatchObject({ status: 504, notExecuted: false });
  }
  await using provider = await startProvider();
  await using started = await startShop({
    ...config,
    payment: { address: { host: "127.0.0.1", port: provider.port }, token: TOKEN },
  });
  const { shop } = started;
  const again = await ask(shop, "/checkout", { body: { lines }, key: "inline" });
  expect(again).toMatchObject({ status: 200, body: { status: "paid", totalCents: 600 } });
  expect(await ask(shop, "/checkout", { body: { lines }, key: "inline" })).toMatchObject({
    status: 200,
    body: again.body,
  });
  const fresh = await ask(shop, "/checkout", { body: { lines }, key: "inline-2" });
  expect(fresh).toMatchObject({ status: 201, body: { status: "paid" } });
  const rows = await stand.sql(
    `select status, (select count(*)::int from effects where order_id = orders.id) as effects,
            (select sum(amount_cents)::int from ledger where order_id = orders.id) as ledger,
            (select count(*)::int from outbox where order_id = orders.id and published_at is null) as waiting
       from orders where idempotency_key like 'inline%'`,
  );
  const done = { status: "confirmed", effects: 3, ledger: 0, waiting: 0 };
  expect(rows).toEqual([done, done]);
});

test("without a queue a declined card cancels the order within the checkout, and a resend is told the same", async () => {
  await using provider = await startProvider(1);
  await using started = await startShop(
    stand.config([], (settings) => ({
      ...settings,
      payment: { address: { host: "127.0.0.1", port: provider.port }, token: TOKEN },
    })),
  );
  const { shop } = started;
  const shelf = "select on_hand from stock where product_id = 4";
  const before = await stand.sql(shelf);
  const body = { lines: [{ productId: 4, quantity: 2 }], coupon: "EARLYBIRD" };
  const first = await ask(shop, "/checkout", { body, key: "declined" });
  expect(first).toMatchObject({ status: 201, body: { status: "cancelled", totalCents: 640, discountCents: 160 } });
  expect(await ask(shop, "/checkout", { body, key: "declined" })).toMatchObject({ status: 200, body: first.body });
  expect(await stand.sql(shelf)).toEqual(before);
  const rows = await stand.sql(
    `select status, (select used from coupons) as used,
            (select json_agg(kind) from effects where order_id = orders.id) as effects,
            (select json_agg(quantity) from stock_movements where order_id = orders.id) as moved,
            (select sum(amount_cents)::int from ledger where order_id = orders.id and account = 'customer') as owed,
            (select count(*)::int from outbox where order_id = orders.id and published_at is null) as waiting
       from orders where idempotency_key = 'declined'`,
  );
  expect(rows).toEqual([{ status: "cancelled", used: 0, effects: ["cancellation"], moved: [-2], owed: 0, waiting: 0 }]);
});
