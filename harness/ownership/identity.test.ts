import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { identityOf, isRunning, parseIdentity, parseStat, signalProcess } from "./identity.ts";

describe("an identity", () => {
  test("is not that of another process with the same number", async () => {
    const child = spawn("sleep", ["60"]);
    const identity = identityOf(child.pid ?? 0);
    if (identity === undefined) throw new Error("no identity");
    expect(signalProcess({ ...identity, startTicks: identity.startTicks + 1 }, "SIGKILL")).toBe(false);
    expect(signalProcess({ ...identity, bootId: "another boot" }, "SIGKILL")).toBe(false);
    expect(isRunning(identity)).toBe(true);
    expect(signalProcess(identity, "SIGKILL")).toBe(true);
    await once(child, "exit");
    expect(isRunning(identity)).toBe(false);
  });

  test("is read from behind a name with spaces and brackets in it", async () => {
    const own = await readFile("/proc/self/stat", "latin1");
    const odd = own.replace(/\(.*\)/, "(a) b (c d) 9)");
    expect(parseStat(odd)?.startTicks).toBe(parseStat(own)?.startTicks);
  });

  test("is the same after it was written down, and nothing else is read as one", () => {
    const own = identityOf(process.pid);
    expect(parseIdentity(JSON.parse(JSON.stringify(own)))).toEqual(own);
    for (const other of [
      undefined,
      null,
      7,
      "7",
      {},
      { ...own, pid: "7" },
      { ...own, startTicks: 1.5 },
      { ...own, bootId: "" },
    ]) {
      expect(parseIdentity(other), JSON.stringify(other)).toBeUndefined();
    }
  });
});
