import { Agent, request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { topologyOf } from "#system/topology.ts";
import { Ground } from "../testing/standing.ts";
import { parseEdgeLine } from "./log-line.ts";
import { edge } from "./service.ts";

let ground: Ground | undefined;
afterEach(async () => {
  await ground?.[Symbol.asyncDispose]();
  ground = undefined;
});

/** An edge whose regions are all away: it answers by itself. */
async function standing() {
  const ports = ["edge:http", "edge:stats", "balancer-eu:http", "balancer-us:http"];
  ground = await Ground.open(topologyOf("scaled"), ports);
  const { process, address } = await ground.start("edge", edge);
  const lines: string[] = [];
  let rest = "";
  process.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const [last = "", ...whole] = `${rest}${text}`.split("\n").toReversed();
    rest = last;
    lines.push(...whole.toReversed());
  });
  return { lines, address, log: process.stdout };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function ask(port: number, id: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const headers = { "X-Request-Id": id, "X-Geo": "eu" };
  const sent = request({ host: "127.0.0.1", port, path: "/search?q=a", headers, agent }, (response) => {
    response.resume().on("end", () => resolve(response.statusCode ?? 0));
  });
  sent.on("error", reject);
  sent.end();
  return promise;
}

test("a request's line tells its id, its status and when it began and ended", async () => {
  const { lines, address } = await standing();
  const before = Date.now();
  const status = await ask(address("http").port, 'run.7.3.1 "quoted"');
  const first = () => lines.map(parseEdgeLine).find((each) => typeof each === "object");
  await expect.poll(first).toBeTruthy();
  const line = first();
  expect(line).toMatchObject({ id: 'run.7.3.1 "quoted"', status, isWhole: false });
  if (typeof line !== "object") throw new TypeError("no line");
  // A millisecond is cut off from each figure.
  expect(line.beganMs).toBeGreaterThan(before - 5);
  expect(line.endedMs).toBeGreaterThanOrEqual(line.beganMs);
  expect(line.endedMs).toBeLessThan(Date.now() + 5);
});

test("lines that nobody takes are dropped, and the edge counts them where the harness looks", async () => {
  const { address, log } = await standing();
  const dropped = async (): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${address("stats").port}/metrics?scope=global`)).text();
    return Number(/^haproxy_process_dropped_logs_total (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
  };
  expect(await dropped()).toBe(0);
  log?.pause();
  // A line has 300 bytes; a pipe takes 64 KiB, and the stream before it as much again.
  for (let i = 0; i < 900; i += 1) await ask(address("http").port, `run.${i}.0.1`);
  expect(await dropped()).toBeGreaterThan(0);
});
