import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
