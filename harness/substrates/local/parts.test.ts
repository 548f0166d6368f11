import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import { allowedCores } from "./affinity.ts";
import { usageSeconds } from "./cgroup-v2.ts";
import { parseEvent } from "./log-tail.ts";
import { quotaUs } from "./machine-sizes.ts";
import { protocolOf } from "./parts.ts";
import { claimPorts } from "./port-block.ts";
import { environment } from "./start-process.ts";

describe("a range of ports", () => {
  test("belongs to one claimant at a time, and to the next when it is given back", async () => {
    const first = await claimPorts(20, 7, new Set());
    const second = await claimPorts(20, 7, new Set());
    expect(second.first).not.toBe(first.first);
    expect(first.ports.filter((port) => second.ports.includes(port))).toEqual([]);
    const { first: range } = first;
    await first[Symbol.asyncDispose]();
    await using again = await claimPorts(20, 7, new Set());
    expect(again.first).toBe(range);
    await second[Symbol.asyncDispose]();
  });

  test("leaves out ports that somebody else listens on", async () => {
    const probe = await claimPorts(10, 11, new Set());
    const [taken = 0] = probe.ports;
    await probe[Symbol.asyncDispose]();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(taken, "127.0.0.1", resolve));
    await using claimed = await claimPorts(10, 11, new Set());
    expect(claimed.first).toBe(probe.first);
    expect(claimed.ports).not.toContain(taken);
    expect(claimed.ports).toHaveLength(10);
    await new Promise((resolve) => server.close(resolve));
  });

  test("lies below the ports of outgoing connections", async () => {
    await using claimed = await claimPorts(100, 1_000_003, new Set());
    expect(Math.max(...claimed.ports)).toBeLessThan(32_768);
  });
});

describe("a part's environment", () => {
  test("is built from nothing but what is needed", () => {
    const tool = { path: "/bin/x", env: { LD_LIBRARY_PATH: "/lib/x" }, version: "1", source: "path" } as const;
    const own = { PATH: "/bin", HOME: "/root", NODE_OPTIONS: "--inspect", DATABASE_URL: "postgres://production" };
    expect(environment({ tool, env: { A: "1" }, runId: "r" }, own)).toEqual({
      PATH: "/bin",
      LD_LIBRARY_PATH: "/lib/x",
      A: "1",
      DOORBUSTER_RUN: "r",
    });
  });
});

describe("an event in a log", () => {
  test("is a JSON line with an event in it", () => {
    expect(parseEvent('{"level":30,"time":5,"event":"breaker-opened","detail":"cache"}')).toEqual({
      event: "breaker-opened",
      detail: "cache",
      wallMs: 5,
    });
    expect(parseEvent('{"event":"shedding-began","detail":{"inflight":9}}')?.detail).toBe('{"inflight":9}');
  });

  test("is not a line that only quotes the word, nor half of one", () => {
    expect(parseEvent('GET /search?q="event": 200')).toBeUndefined();
    expect(parseEvent('{"event":"brea')).toBeUndefined();
    expect(parseEvent('{"event":5}')).toBeUndefined();
  });
});

describe("a machine size", () => {
  test("is a share of a period of 10 ms, never below what the kernel takes", () => {
    expect([quotaUs(0.25), quotaUs(0.8), quotaUs(2), quotaUs(0.01)]).toEqual([2_500, 8_000, 20_000, 1_000]);
  });

  test("is accounted in the kernel's words", () => {
    expect(usageSeconds("usage_usec 1500000\nuser_usec 1\nsystem_usec 2\n")).toBe(1.5);
    expect(allowedCores("Cpus_allowed:\tff\nCpus_allowed_list:\t0-2,6\n")).toEqual([0, 1, 2, 6]);
  });
});

test("a probe speaks the protocol of the dialled part", () => {
  expect([
    protocolOf("app", "http"),
    protocolOf("app", "agent"),
    protocolOf("queue", "redis"),
    protocolOf("pooler", "sql"),
  ]).toEqual(["http", "tcp", "redis", "postgres"]);
});
