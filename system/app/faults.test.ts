import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { freePort, until } from "#system/testing/parts.ts";
import { createShop } from "./shop.ts";
import { RecordedLog } from "./testing/recorded-log.ts";
import { ALL, type Answered, ask, raiseStand, type Stand, startShop, without } from "./testing/stand.ts";

let stand: Stand;
beforeAll(async () => {
  stand = await raiseStand();
}, 300_000);
afterAll(async () => {
  await stand[Symbol.asyncDispose]();
});
afterEach(() => {
  for (const link of Object.values(stand.links)) {
    if (link.mode.kind === "through") continue;
    link.mode = { kind: "through" };
    link.cut();
  }
});

function slowest(answers: readonly Answered[]): number {
  return Math.max(...answers.map((answer) => answer.tookMs));
}

describe("a region's replica that swallows every byte", () => {
  test("costs a few pages 150 ms, then the primary answers, and the replica is used again when it is back", async () => {
    await using started = await startShop(stand.config(without("warm-tier")));
    const { shop, log } = started;
    stand.links.replica.mode = { kind: "swallow" };
    const during: Answered[] = [];
    for (let id = 2; id <= 12; id += 1) during.push(await ask(shop, `/product/${id}`));
    expect(during.map((answer) => answer.status)).toEqual(during.map(() => 200));
    expect(slowest(during)).toBeLessThan(600);
    // Each page reads three values at once: five time-outs in a row are reached with the second page.
    expect(during.filter((answer) => answer.tookMs > 90).length).toBeLessThanOrEqual(5);
    expect(log.count("breaker-opened")).toBe(1);
    const metrics = (await shop.http.inject("/metrics")).body;
    expect(metrics).toMatch(/shop_fallback_total\{from="replica",to="primary"\} [1-9]/);
    expect(metrics).toContain('shop_breaker_open{target="replica-eu"} 1');

    stand.links.replica.mode = { kind: "through" };
    stand.links.replica.cut();
    await until(async () => {
      await ask(shop, `/search?q=word-${Math.round(performance.now())}`);
      return log.count("breaker-closed") === 1;
    }, 12_000);
  }, 20_000);

  test("is noticed by nobody who reads what is cached", async () => {
    await using started = await startShop(stand.config(ALL));
    const { shop } = started;
    await ask(shop, "/product/1");
    stand.links.replica.mode = { kind: "swallow" };
    for (let i = 0; i < 20; i += 1) expect((await ask(shop, "/product/1")).tookMs).toBeLessThan(50);
  });
});

describe("a warm tier that is two seconds late", () => {
  test("costs a few pages 50 ms", async () => {
    await using started = await startShop(stand.config(ALL));
    const { shop, log } = started;
    stand.links.cache.mode = { kind: "late", byMs: 2_000 };
    const during: Answered[] = [];
    for (let id = 2; id <= 25; id += 1) during.push(await ask(shop, `/product/${id}`));
    expect(during.map((answer) => answer.status)).toEqual(during.map(() => 200));
    // A loaded machine adds to the 50 ms; the two seconds are never waited for.
    expect(slowest(during)).toBeLessThan(600);
    expect(during.filter((answer) => answer.tookMs > 150).length).toBeLessThanOrEqual(4);
    expect(log.count("breaker-opened")).toBe(1);
  });
});

describe("carts that do not answer", () => {
  test("leave buying at once untouched, and never claim that nothing happened when it may have", async () => {
    await using started = await startShop(stand.config(ALL));
    const { shop } = started;
    // An answer proves that the connection is past its greeting.
    expect((await ask(shop, "/cart")).status).toBe(200);
    stand.links.carts.mode = { kind: "swallow" };
    expect(await ask(shop, "/cart")).toMatchObject({ status: 503, notExecuted: true });
    const add = await ask(shop, "/cart/items", { body: { productId: 1, quantity: 1 } });
    expect(add).toMatchObject({ status: 504, notExecuted: false });
    expect(await ask(shop, "/checkout", { body: {}, key: "no-cart" })).toMatchObject({
      status: 503,
      notExecuted: true,
    });
    const lines = [{ productId: 1, quantity: 1 }];
    expect(await ask(shop, "/checkout", { body: { lines }, key: "no-cart" })).toMatchObject({ status: 201 });
    expect(await ask(shop, "/functionalz")).toMatchObject({ status: 200, body: { status: "degraded" } });
  });
});

describe("the functional check", () => {
  test("is fine when the replica can sell", async () => {
    await using started = await startShop(stand.config(ALL));
    expect(await ask(started.shop, "/functionalz")).toMatchObject({ status: 200, body: { status: "ok" } });
  });

  test("calls a primary that is away for everybody a degradation", async () => {
    await using started = await startShop(stand.config(ALL));
    stand.links.primary.mode = { kind: "swallow" };
    const answer = await ask(started.shop, "/functionalz");
    expect(answer).toMatchObject({ status: 200, body: { status: "degraded" } });
    expect(answer.tookMs).toBeLessThan(1_000);
  });

  test("fails a replica whose own settings are wrong", async () => {
    const log = new RecordedLog();
    const config = stand.config(ALL, (settings) => ({
      ...settings,
      database: { ...settings.database, name: "nowhere" },
    }));
    await using shop = createShop(config, log);
    shop.start().catch(() => undefined);
    await until(async () => (await ask(shop, "/livez")).status === 200);
    expect((await ask(shop, "/readyz")).status).toBe(503);
    expect((await ask(shop, "/functionalz")).status).toBe(503);
  });
});

describe("a replica of the application", () => {
  test("starts before its database, and is ready soon after it", async () => {
    for (const link of [stand.links.primary, stand.links.replica]) link.mode = { kind: "swallow" };
    await using shop = createShop(stand.config(ALL), new RecordedLog());
    const starting = shop.start();
    await sleep(300);
    expect(await ask(shop, "/readyz")).toMatchObject({ status: 503, body: { status: "starting" } });
    for (const link of [stand.links.primary, stand.links.replica]) {
      link.mode = { kind: "through" };
      link.cut();
    }
    await starting;
    expect(await ask(shop, "/readyz")).toMatchObject({ status: 200 });
  });

  test("is ready after some seconds when only its fall-backs are there", async () => {
    for (const link of [stand.links.replica, stand.links.cache]) link.mode = { kind: "swallow" };
    await using started = await startShop(stand.config(ALL));
    expect((await ask(started.shop, "/product/3")).status).toBe(200);
  }, 15_000);

  test("finishes what it has in hand when it is told to go, and goes", async () => {
    const folder = await mkdtemp(join(tmpdir(), "app-"));
    const port = await freePort();
    const file = join(folder, "config.json");
    const config = stand.config(ALL, (settings) => ({
      ...settings,
      listen: { http: { host: "127.0.0.1", port }, agent: { host: "127.0.0.1", port: 0 } },
    }));
    await writeFile(file, JSON.stringify({ ...config, protections: [...config.protections] }));
    const child = spawn(process.execPath, [join(import.meta.dirname, "main.ts"), file], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exited = once(child, "exit");
    try {
      const at = `http://127.0.0.1:${port}`;
      await until(async () => (await fetch(`${at}/readyz`)).ok);
      stand.links.primary.mode = { kind: "late", byMs: 300 };
      const inHand = fetch(`${at}/orders/1`, { headers: { "x-request-id": "1" } });
      await sleep(50);
      child.kill("SIGTERM");
      await sleep(50);
      expect((await fetch(`${at}/readyz`)).status).toBe(503);
      // Requests that the balancer sent before it noticed are answered as ever.
      expect((await fetch(`${at}/product/1`)).status).toBe(200);
      expect((await inHand).status).toBe(200);
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    }
  }, 20_000);
});
