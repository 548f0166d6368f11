import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PaymentConfig } from "./config.ts";
import { type PaymentServer, paymentServer } from "./server.ts";

let folder: string;
let config: PaymentConfig;
let server: PaymentServer;
let base: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "payment-"));
  config = {
    listen: { host: "127.0.0.1", port: 0 },
    token: "token-of-the-test",
    seed: "seed",
    ledgerPath: join(folder, "ledger.jsonl"),
  };
  server = await paymentServer(config);
  base = await server.http.listen(config.listen);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function capture(key: string, orderKey: string, amountCents: number, token = config.token): Promise<Response> {
  return fetch(`${base}/captures`, {
    method: "POST",
    headers: { "idempotency-key": key, authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ orderKey, amountCents }),
  });
}

async function ledger(): Promise<readonly { readonly idempotencyKey: string; readonly captureId: string }[]> {
  const response = await fetch(`${base}/captures`, { headers: { authorization: `Bearer ${config.token}` } });
  const body = (await response.json()) as { captures: { idempotencyKey: string; captureId: string }[] };
  return body.captures;
}

test("one key takes money once, whether its requests come together or later", async () => {
  const together = await Promise.all([1, 2, 3].map(() => capture("key-1", "order-1", 500)));
  const later = await capture("key-1", "order-1", 500);
  const bodies = await Promise.all([...together, later].map((response) => response.json()));
  expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1);
  expect(together.map((response) => response.status).sort()).toEqual([200, 200, 201]);
  expect((await ledger()).filter((entry) => entry.idempotencyKey === "key-1")).toHaveLength(1);
});

test("a key with another amount is refused and takes nothing", async () => {
  await capture("key-2", "order-2", 500);
  expect((await capture("key-2", "order-2", 700)).status).toBe(422);
  expect((await ledger()).filter((entry) => entry.idempotencyKey === "key-2")).toHaveLength(1);
});

test("without the token nothing is told and nothing is taken", async () => {
  expect((await capture("key-3", "order-3", 500, "wrong")).status).toBe(401);
  expect((await fetch(`${base}/captures`)).status).toBe(401);
  expect((await ledger()).some((entry) => entry.idempotencyKey === "key-3")).toBe(false);
});

test("a client that breaks off after sending has paid all the same", async () => {
  const broken = fetch(`${base}/captures`, {
    method: "POST",
    headers: {
      "idempotency-key": "key-4",
      authorization: `Bearer ${config.token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ orderKey: "order-4", amountCents: 500 }),
    signal: AbortSignal.timeout(30),
  });
  await expect(broken).rejects.toThrow();
  expect((await capture("key-4", "order-4", 500)).status).toBe(200);
});

test("two hundred captures at once take no longer than the slowest of them", async () => {
  const began = performance.now();
  const responses = await Promise.all(Array.from({ length: 200 }, (_, i) => capture(`many-${i}`, `many-${i}`, 100)));
  expect(responses.every((response) => response.status === 201)).toBe(true);
  // The largest of 200 log-normal answer times lies near 1.6 s.
  expect(performance.now() - began).toBeLessThan(4_000);
});

test("a declined card takes nothing, is declined each time, and is in the books as such", async () => {
  await server[Symbol.asyncDispose]();
  server = await paymentServer({ ...config, declinedShare: 1 });
  base = await server.http.listen(config.listen);
  const before = await ledger();
  const together = await Promise.all([1, 2].map(() => capture("key-6", "order-6", 500)));
  const later = await capture("key-6", "order-6", 500);
  for (const response of [...together, later]) {
    expect([response.status, await response.json()]).toEqual([402, { code: "declined" }]);
  }
  expect((await capture("key-6", "order-6", 700)).status).toBe(422);
  expect(await ledger()).toEqual(before);
  await server[Symbol.asyncDispose]();
  server = await paymentServer(config);
  base = await server.http.listen(config.listen);
  // The bank has said so: a provider that is started anew does not ask again.
  expect((await capture("key-6", "order-6", 500)).status).toBe(402);
  const books = await fetch(`${base}/captures`, { headers: { authorization: `Bearer ${config.token}` } });
  expect(await books.json()).toMatchObject({ declined: ["order-6"] });
});

test("a restart keeps the books and drops a line that was torn by a kill", async () => {
  const before = await ledger();
  await server[Symbol.asyncDispose]();
  await appendFile(config.ledgerPath, '{"captureId":"torn');
  server = await paymentServer(config);
  base = await server.http.listen(config.listen);
  expect(await ledger()).toEqual(before);
  expect((await capture("key-5", "order-5", 500)).status).toBe(201);
  expect(await ledger()).toHaveLength(before.length + 1);
});
