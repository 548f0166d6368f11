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

test("version 2 counts only where the group or the one above hands the processor controller on", () => {
  using scratch = scratchFolder();
  const slice = join(scratch.path, "user.slice");
  const own = join(slice, "run.scope");
  mkdirSync(own, { recursive: true });
  for (const group of [slice, own]) {
    // What a group has itself it need not hand on: this is how a service manager leaves most groups.
    writeFileSync(join(group, "cgroup.controllers"), "cpu memory pids\n");
    writeFileSync(join(group, "cgroup.subtree_control"), "memory pids\n");
  }
  expect(cpuLimit(scratch.path, "0::/user.slice/run.scope\n")).not.toBe("cgroup-v2");
  writeFileSync(join(slice, "cgroup.subtree_control"), "cpu memory pids\n");
  expect(cpuLimit(scratch.path, "0::/user.slice/run.scope\n")).toBe("cgroup-v2");
  writeFileSync(join(slice, "cgroup.subtree_control"), "\n");
  writeFileSync(join(own, "cgroup.subtree_control"), "cpu\n");
  expect(cpuLimit(scratch.path, "0::/user.slice/run.scope\n")).toBe("cgroup-v2");
});

test("without control groups Linux still binds processes to cores", () => {
  using scratch = scratchFolder();
  expect(cpuLimit(join(scratch.path, "absent"), "")).toBe(process.platform === "linux" ? "affinity" : "none");
});
