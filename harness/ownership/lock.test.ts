import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { identityOf } from "./identity.ts";
import { holdLock, LockHeldError, tryLock } from "./lock.ts";

test("a lock is refused while its holder lives, and taken over from a dead one", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-lock-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, "lock");
  const first = await tryLock(path);
  expect(await tryLock(path)).toBeUndefined();
  await first?.[Symbol.asyncDispose]();
  const dead = spawn("true");
  const identity = identityOf(dead.pid ?? 0) ?? { pid: dead.pid, startTicks: 1, bootId: "gone" };
  await once(dead, "exit");
  await writeFile(path, JSON.stringify(identity));
  const second = await tryLock(path);
  expect(second).toBeDefined();
  await second?.[Symbol.asyncDispose]();
});

test("a lock is waited for until the deadline, and its holder is named", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-lock-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, "lock");
  await using _first = await tryLock(path);
  const holders: number[] = [];
  const waiting = holdLock(path, { deadlineMs: 250, onWait: ({ pid }) => holders.push(pid) });
  await expect(waiting).rejects.toThrow(LockHeldError);
  await expect(waiting).rejects.toThrow(`held by process ${process.pid} after 250ms`);
  expect(holders).toEqual([process.pid]);
  expect(await readdir(folder)).toEqual(["lock"]);
});

test("of many that find the same dead holder one takes the lock over, and all come to their turn", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-lock-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, "lock");
  let inside = 0;
  let most = 0;
  const turn = async (): Promise<void> => {
    await using _lock = await holdLock(path, { deadlineMs: 20_000 });
    inside += 1;
    most = Math.max(most, inside);
    await sleep(5);
    inside -= 1;
  };
  const dead = { pid: process.pid, startTicks: 1, bootId: "gone" };
  for (let round = 0; round < 5; round += 1) {
    await writeFile(path, JSON.stringify({ ...dead, startTicks: round }));
    await Promise.all(Array.from({ length: 12 }, turn));
  }
  expect(most).toBe(1);
  expect(await readdir(folder)).toEqual([]);
}, 30_000);

test("a lock is taken over also where whoever was clearing it away has died at it", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-lock-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, "lock");
  const dead = JSON.stringify({ pid: process.pid, startTicks: 1, bootId: "gone" });
  const sum = createHash("sha256").update(dead).digest("hex").slice(0, 8);
  await writeFile(path, dead);
  await writeFile(`${path}.${sum}.stale`, dead);
  const taken = await tryLock(path);
  expect(taken).toBeDefined();
  await taken?.[Symbol.asyncDispose]();
  expect(await readdir(folder)).toEqual([]);
});

test("whoever lets go of a lock that somebody else has by now leaves it to that one", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), "doorbuster-lock-"));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, "lock");
  const first = await tryLock(path);
  // A person takes a lock for a leftover.
  await rm(path);
  await using second = await tryLock(path);
  expect(second).toBeDefined();
  await first?.[Symbol.asyncDispose]();
  expect(await tryLock(path)).toBeUndefined();
});
