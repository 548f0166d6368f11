import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { cpuLimit } from "./cpu-limit.ts";
import { scratchFolder } from "./scratch-folder.ts";

test("a processor controller of version 1 is recognised by its quota", () => {
  using scratch = scratchFolder();
  mkdirSync(join(scratch.path, "cpu"));
  writeFileSync(join(scratch.path, "cpu", "cpu.cfs_quota_us"), "-1\n");
  expect(cpuLimit(scratch.path, "")).toBe("cgroup-v1");
});

test("version 2 counts only where the processor controller was handed down", () => {
  using scratch = scratchFolder();
  const own = join(scratch.path, "user.slice");
  mkdirSync(own);
  writeFileSync(join(own, "cgroup.controllers"), "memory pids\n");
  expect(cpuLimit(scratch.path, "0::/user.slice\n")).not.toBe("cgroup-v2");
  writeFileSync(join(own, "cgroup.controllers"), "cpu memory pids\n");
  expect(cpuLimit(scratch.path, "0::/user.slice\n")).toBe("cgroup-v2");
});

test("without control groups Linux still binds processes to cores", () => {
  using scratch = scratchFolder();
  expect(cpuLimit(join(scratch.path, "absent"), "")).toBe(process.platform === "linux" ? "affinity" : "none");
});
