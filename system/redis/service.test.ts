import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { topologyOf } from "#system/topology.ts";
import { Ground } from "../testing/standing.ts";
import { cache, carts, queue } from "./service.ts";

let ground: Ground;

beforeAll(async () => {
  ground = await Ground.open(topologyOf("scaled"), ["cache-eu:redis", "carts-eu:redis", "queue:redis"]);
});

afterAll(() => ground?.[Symbol.asyncDispose]());

async function withClient<T>(
  node: string,
  password: string | undefined,
  work: (redis: Redis) => Promise<T>,
): Promise<T> {
  const redis = new Redis({
    ...ground.address(node, "redis"),
    ...(password === undefined ? {} : { password }),
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on("error", () => {});
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

test("a stranger without the run's password gets nothing", async () => {
  await using _node = await ground.start("cache-eu", cache);
  await expect(withClient("cache-eu", undefined, (redis) => redis.get("key"))).rejects.toThrow(/NOAUTH/);
});

test("a full warm tier makes room by itself and keeps what is asked for", async () => {
  await using _node = await ground.start("cache-eu", cache);
  await withClient("cache-eu", ground.secret("cache"), async (redis) => {
    await redis.set("hot", "value");
    const megabyte = "x".repeat(1_000_000);
    for (let i = 0; i < 100; i++) {
      await redis.set(`page-${i}`, megabyte);
      for (let k = 0; k < 20; k++) await redis.get("hot");
    }
    expect(await redis.get("hot")).toBe("value");
    expect(Number(/used_memory:(\d+)/.exec(await redis.info("memory"))?.[1])).toBeLessThan(65 * 1024 * 1024);
  });
});

test("a full store of carts says so and forgets nobody; what it accepted survives a kill", async () => {
  const node = await ground.start("carts-eu", carts);
  await withClient("carts-eu", ground.secret("carts"), async (redis) => {
    await redis.hset("cart", "1", "2");
    const megabytes = "x".repeat(4_000_000);
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 40; i++) await redis.set(`big-${i}`, megabytes);
    };
    await expect(fill()).rejects.toThrow(/OOM/);
    expect(await redis.hget("cart", "1")).toBe("2");
  });
  node.process.kill("SIGKILL");
  await node[Symbol.asyncDispose]();
  await using _again = await ground.start("carts-eu", carts);
  expect(await withClient("carts-eu", ground.secret("carts"), (redis) => redis.hget("cart", "1"))).toBe("2");
});

test("the queue's store is the one that BullMQ asks for", async () => {
  await using _node = await ground.start("queue", queue);
  await withClient("queue", ground.secret("queue"), async (redis) => {
    expect(await redis.config("GET", "maxmemory-policy")).toEqual(["maxmemory-policy", "noeviction"]);
    expect(await redis.config("GET", "appendonly")).toEqual(["appendonly", "yes"]);
  });
});
