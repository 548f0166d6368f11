import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { identityOf } from "#harness/ownership/index.ts";
import { lockCache } from "./lock.ts";
import { scratchFolder } from "./scratch-folder.ts";

const me = identityOf(process.pid) ?? expect.unreachable("this process has no identity");
const never = new AbortController().signal;

test("the second waits until the first lets go, and is told who holds the lock", async () => {
  using scratch = scratchFolder();
  const order: string[] = [];
  const first = await lockCache(scratch.path, { signal: never, onWait: () => order.push("first waited") });
  const second = lockCache(scratch.path, { signal: never, onWait: (holder) => order.push(`waiting for ${holder}`) });
  await sleep(50);
  order.push("first done");
  await first[Symbol.asyncDispose]();
  await (await second)[Symbol.asyncDispose]();
  expect(order).toEqual([`waiting for ${process.pid}`, "first done"]);
  expect(readdirSync(scratch.path)).toEqual([]);
});

test("the lock of a process that is gone is taken over", async () => {
  using scratch = scratchFolder();
  const gone = spawnSync("true").pid;
  writeFileSync(join(scratch.path, "bringing.lock"), JSON.stringify({ ...me, pid: gone }));
  await using _lock = await lockCache(scratch.path, { signal: never, onWait: () => expect.unreachable("it waited") });
  expect(readdirSync(scratch.path)).toEqual(["bringing.lock"]);
});

test.each([
  ["whose number another one has inherited", JSON.stringify({ ...me, startTicks: me.startTicks - 1 })],
  ["of an earlier boot", JSON.stringify({ ...me, bootId: "another boot" })],
  ["that is named by nothing but a number", String(process.pid)],
])("the lock of a process %s is taken over", async (_, content) => {
  using scratch = scratchFolder();
  writeFileSync(join(scratch.path, "bringing.lock"), content);
  const wait = { signal: AbortSignal.timeout(5_000), onWait: () => expect.unreachable("it waited") };
  await using _lock = await lockCache(scratch.path, wait);
});

test("waiting ends when the run is interrupted", async () => {
  using scratch = scratchFolder();
  const interrupt = new AbortController();
  await using _lock = await lockCache(scratch.path, { signal: never, onWait: () => undefined });
  const waiting = lockCache(scratch.path, { signal: interrupt.signal, onWait: () => interrupt.abort() });
  await expect(waiting).rejects.toThrow("aborted");
});

test("a folder that cannot be made is an error that names the setting which moves it", async () => {
  using scratch = scratchFolder();
  writeFileSync(join(scratch.path, "file"), "");
  const holding = lockCache(join(scratch.path, "file", "cache"), { signal: never, onWait: () => undefined });
  await expect(holding).rejects.toThrow("DOORBUSTER_CACHE");
});
