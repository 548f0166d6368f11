import { accessSync, constants, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** How this machine can keep a process from taking more than its share of the processor, best first. */
export type CpuLimit = "cgroup-v1" | "cgroup-v2" | "affinity" | "none";

const CGROUPS = "/sys/fs/cgroup";

/**
 * Looks only, so it cannot be sure: a container may show these folders as writable and still refuse a new group. `root`
 * is where the control groups are mounted, `ownGroups` the text of `/proc/self/cgroup`.
 */
export function cpuLimit(root = CGROUPS, ownGroups = readOr("/proc/self/cgroup", "")): CpuLimit {
  const versionOne = join(root, "cpu");
  if (isWritable(versionOne) && readOr(join(versionOne, "cpu.cfs_quota_us"), "") !== "") {
    return "cgroup-v1";
  }
  // Where a run makes its group: in the harness's own or in the one above, and only below a group that hands the
  // controller on to its children. That a group has the controller itself is not enough.
  const own = /^0::(.*)$/m.exec(ownGroups)?.[1] ?? "/";
  const candidates = [join(root, own), join(root, dirname(own))];
  const usable = candidates.some(
    (group) => isWritable(group) && readOr(join(group, "cgroup.subtree_control"), "").split(/\s+/).includes("cpu"),
  );
  if (usable) {
    return "cgroup-v2";
  }
  return process.platform === "linux" ? "affinity" : "none";
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
