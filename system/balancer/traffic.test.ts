import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { Topology } from "#core/topology.ts";
import { topologyOf } from "#system/topology.ts";
import { Ground } from "../testing/standing.ts";
import { TestReplica } from "./replica-for-test.ts";
import { balancer, edge } from "./service.ts";

/** Both regions with two replicas each; the other places are empty, as in the shop. */
class Traffic implements AsyncDisposable {
  readonly ground: Ground;
  readonly replicas: ReadonlyMap<string, TestReplica>;
  private constructor(ground: Ground, replicas: ReadonlyMap<string, TestReplica>) {
    this.ground = ground;
    this.replicas = replicas;
  }

  static async open(topology: Topology = topologyOf("scaled")): Promise<Traffic> {
    const ports = topology.nodes.flatMap(({ id, role }) =>
      role === "app"
        ? [`${id}:http`, `${id}:agent`]
        : ["edge", "balancer"].includes(role)
          ? [`${id}:http`, `${id}:stats`]
          : [],
    );
    const ground = await Ground.open(topology, ports);
    const running = topology.nodes.filter((node) => node.role === "app" && node.spare !== true);
    const replicas = await Promise.all(
      running.map(({ id }) => TestReplica.open(id, ground.address(id, "http").port, ground.address(id, "agent").port)),
    );
    await Promise.all(["balancer-eu", "balancer-us"].map((id) => ground.start(id, balancer)));
    await ground.start("edge", edge);
    const traffic = new Traffic(ground, new Map(replicas.map((replica) => [replica.id, replica])));
    // The balancers take an empty place for a replica until their first check, one second at most.
    await expect.poll(() => traffic.up("balancer-eu", "app"), { timeout: 5_000 }).toEqual(["app-eu-1", "app-eu-2"]);
    await expect.poll(() => traffic.up("balancer-us", "app"), { timeout: 5_000 }).toEqual(["app-us-1", "app-us-2"]);
    return traffic;
  }

  replica(id: string): TestReplica {
    const found = this.replicas.get(id);
    if (found === undefined) throw new RangeError(`no replica ${id}`);
    return found;
  }

  /** Requests that the replicas of a region have in hand. */
  inHand(region: string): number {
    return [...this.replicas.values()]
      .filter((replica) => replica.id.includes(region))
      .reduce((sum, replica) => sum + replica.inHand, 0);
  }

  async up(node: string, backend: string): Promise<readonly string[]> {
    const { port } = this.ground.address(node, "stats");
    const csv = await (await fetch(`http://127.0.0.1:${port}/stats;csv`)).text();
    return csv
      .split("\n")
      .map((line) => line.split(","))
      .filter(([proxy, server, ...rest]) => proxy === backend && server !== "BACKEND" && rest[15]?.startsWith("UP"))
      .map(([, server = ""]) => server);
  }

  /** Sends a request through the edge: who answered, or the status when nobody did. */
  async ask(path: string, options: { geo?: string; method?: string; from?: string } = {}): Promise<string> {
    const { host, port } = this.ground.address("edge", "http");
    const answered = Promise.withResolvers<string>();
    const sent = request(
      {
        host,
        port,
        path,
        method: options.method ?? "GET",
        agent: false,
        headers: options.geo === undefined ? {} : { "X-Geo": options.geo },
        ...(options.from === undefined ? {} : { localAddress: options.from }),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          text += part;
        });
        response.on("end", () => answered.resolve(response.statusCode === 200 ? text : String(response.statusCode)));
      },
    );
    sent.on("error", (error) => answered.resolve(error.message));
    sent.end();
    return answered.promise;
  }

  async asks(
    count: number,
    path: string,
    options?: { geo?: string; method?: string },
  ): Promise<Record<string, number>> {
    const answers: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const answer = await this.ask(path, options);
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
    return answers;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ground[Symbol.asyncDispose]();
    for (const replica of this.replicas.values()) await replica[Symbol.asyncDispose]();
  }
}

let traffic: Traffic | undefined;

afterEach(async () => {
  await traffic?.[Symbol.asyncDispose]();
  traffic = undefined;
});

test("users are served in their region, by header, else by address, else in the first; replicas take turns", async () => {
  traffic = await Traffic.open();
  expect(await traffic.asks(10, "/", { geo: "us" })).toEqual({ "app-us-1": 5, "app-us-2": 5 });
  expect(await traffic.asks(10, "/", { geo: "eu" })).toEqual({ "app-eu-1": 5, "app-eu-2": 5 });
  expect(await traffic.ask("/", { from: "127.2.0.1" })).toMatch(/^app-us/);
  expect(await traffic.ask("/", { from: "127.1.0.1" })).toMatch(/^app-eu/);
  expect(await traffic.ask("/", { geo: "mars" })).toMatch(/^app-eu/);

  // The replica's own word on its weight.
  traffic.replica("app-eu-1").weight = "25%";
  await expect
    .poll(async () => (await traffic?.asks(20, "/", { geo: "eu" }))?.["app-eu-1"], { timeout: 4_000 })
    .toBe(4);
  traffic.replica("app-eu-1").weight = "100%";
});

test("a replica that answers 200 and cannot sell is out within seconds, and its region goes on", async () => {
  traffic = await Traffic.open();
  traffic.replica("app-us-2").health = '{"status":"fail","parts":{"catalogue":"ok","orders":"ok"}}';
  const began = performance.now();
  await expect.poll(() => traffic?.up("balancer-us", "app"), { timeout: 10_000 }).toEqual(["app-us-1"]);
  console.info(`a replica that cannot sell was out after ${Math.round(performance.now() - began)} ms`);
  expect(await traffic.asks(10, "/", { geo: "us" })).toEqual({ "app-us-1": 10 });
  traffic.replica("app-us-2").health = '{"status":"degraded","parts":{"orders":"the primary is away"}}';
  await expect.poll(() => traffic?.up("balancer-us", "app"), { timeout: 10_000 }).toHaveLength(2);

  // Every replica everywhere fails its check: the region spills, then the edge and the regions fail open.
  for (const replica of traffic.replicas.values()) replica.health = "fail";
  await expect.poll(() => traffic?.up("edge", "us-to-eu"), { timeout: 10_000 }).toEqual([]);
  expect(await traffic.ask("/", { geo: "us" })).toMatch(/^app-/);
});

test("a killed replica costs no reads, and no write is sent twice", async () => {
  traffic = await Traffic.open();
  const victim = traffic.replica("app-eu-1");
  let running = true;
  const answers: Record<string, number> = {};
  const users = Array.from({ length: 8 }, async () => {
    while (running) {
      const answer = (await traffic?.ask("/product/1", { geo: "eu" })) ?? "";
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  });
  await sleep(300);
  await victim.die();
  await sleep(700);
  await victim.revive();
  await sleep(300);
  running = false;
  await Promise.all(users);
  expect(Object.keys(answers).filter((answer) => !answer.startsWith("app-eu-"))).toEqual([]);

  const buyer = traffic.replica("app-us-1");
  const other = traffic.replica("app-us-2");
  buyer.hold();
  other.hold();
  const purchases = [1, 2].map(() => traffic?.ask("/checkout", { geo: "us", method: "POST" }));
  await expect.poll(() => buyer.seen.length + other.seen.length).toBe(2);
  await buyer.die();
  other.release();
  expect((await Promise.all(purchases)).toSorted()).toEqual(["502", "app-us-2"]);
  expect(other.seen.filter((path) => path === "/checkout")).toHaveLength(1);
});

test("a region without replicas spills to its neighbour, one with more in hand than it can take spills the rest", async () => {
  traffic = await Traffic.open();
  await Promise.all([traffic.replica("app-us-1").die(), traffic.replica("app-us-2").die()]);
  const began = performance.now();
  await expect.poll(() => traffic?.ask("/", { geo: "us" }), { timeout: 10_000, interval: 50 }).toMatch(/^app-eu/);
  console.info(`an empty region's users were served elsewhere after ${Math.round(performance.now() - began)} ms`);
  expect(Object.keys(await traffic.asks(20, "/", { geo: "us" })).toSorted()).toEqual(["app-eu-1", "app-eu-2"]);
  await Promise.all([traffic.replica("app-us-1").revive(), traffic.replica("app-us-2").revive()]);
  await expect.poll(() => traffic?.up("edge", "us-to-us"), { timeout: 10_000 }).toHaveLength(1);

  for (const id of ["app-eu-1", "app-eu-2"]) traffic.replica(id).hold();
  const held = Array.from({ length: 32 }, () => traffic?.ask("/", { geo: "eu" }));
  await expect.poll(() => traffic?.inHand("eu")).toBe(32);
  expect(await traffic.ask("/", { geo: "eu" })).toMatch(/^app-us/);
  for (const id of ["app-eu-1", "app-eu-2"]) traffic.replica(id).release();
  expect((await Promise.all(held)).every((answer) => answer?.startsWith("app-eu"))).toBe(true);
});

test("when all replicas are busy, a checkout that came last is served first", async () => {
  traffic = await Traffic.open(topologyOf("scaled", ["spill"]));
  const [one, two] = [traffic.replica("app-eu-1"), traffic.replica("app-eu-2")];
  one.hold();
  two.hold();
  const pages = Array.from({ length: 128 }, () => traffic?.ask("/", { geo: "eu" }));
  await expect.poll(() => traffic?.inHand("eu")).toBe(128);
  const searches = Array.from({ length: 20 }, () => traffic?.ask("/search", { geo: "eu" }));
  await sleep(60);
  const checkouts = Array.from({ length: 5 }, () => traffic?.ask("/checkout", { geo: "eu", method: "POST" }));
  await sleep(60);
  // One place after the other becomes free: the five who came last, and pay, get the first five.
  for (let i = 1; i <= 6; i++) {
    one.releaseFirst();
    await expect.poll(() => one.seen.length + two.seen.length).toBe(128 + i);
  }
  const served = one.seen.slice(-6);
  expect(served).toEqual([...Array(5).fill("/checkout"), "/search"]);
  one.release();
  two.release();
  await Promise.all([...pages, ...searches, ...checkouts]);
});

test("a queue that is full sends pages away at once and says that nothing happened; buyers may still join it", async () => {
  traffic = await Traffic.open(topologyOf("scaled", ["spill"]));
  for (const id of ["app-eu-1", "app-eu-2"]) traffic.replica(id).hold();
  const held = Array.from({ length: 128 }, () => traffic?.ask("/", { geo: "eu" }));
  await expect.poll(() => traffic?.inHand("eu")).toBe(128);
  const queued = Array.from({ length: 300 }, () => traffic?.ask("/", { geo: "eu" }));
  await Promise.any(queued);
  const { host, port } = traffic.ground.address("edge", "http");
  const refused = await fetch(`http://${host}:${port}/`, { headers: { "X-Geo": "eu" } });
  expect([refused.status, refused.headers.get("X-Not-Executed")]).toEqual([503, "1"]);
  const purchase = traffic.ask("/checkout", { geo: "eu", method: "POST" });
  // It arrives within milliseconds, and may wait for 500 ms.
  await sleep(60);
  traffic.replica("app-eu-1").releaseFirst();
  await expect.poll(() => traffic?.replica("app-eu-1").seen.at(-1)).toBe("/checkout");
  for (const id of ["app-eu-1", "app-eu-2"]) traffic.replica(id).release();
  expect(await purchase).toBe("app-eu-1");
  await Promise.all([...held, ...queued]);
});
