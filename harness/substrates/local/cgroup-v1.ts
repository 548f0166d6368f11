import { mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeCgroups } from "#harness/ownership/index.ts";
import { type MachineSizes, PERIOD_US, quotaUs, type SizesPlan } from "./machine-sizes.ts";

/** Control groups of version 1: a hierarchy for limits (`cpu`) and one for accounts (`cpuacct`), often the same. */
export async function openCgroupV1(plan: SizesPlan): Promise<MachineSizes> {
  const limits = runGroup("cpu", plan.runId);
  const accounts = runGroup("cpuacct", plan.runId);
  const groups = [...new Set([limits, accounts])];
  const all = groups.flatMap((group) => [group, ...plan.parts.map((part) => join(group, part))]);
  await Promise.all(all.map((path) => plan.journal.write({ verb: "cgroup", path })));
  try {
    for (const path of all) mkdirSync(path);
    for (const part of plan.parts) writeFileSync(join(limits, part, "cpu.cfs_period_us"), String(PERIOD_US));
  } catch (thrown) {
    await removeCgroups(all);
    throw thrown;
  }
  const setQuota = (part: string, quota: number): void =>
    writeFileSync(join(limits, part, "cpu.cfs_quota_us"), String(quota));
  const admit = (part: string, pids: readonly number[]): void => {
    for (const group of groups) admitTo(join(group, part), pids);
  };
  return {
    kind: "cgroup v1",
    detail: `quota per node (cgroup v1, period ${PERIOD_US / 1_000} ms)`,
    admit,
    async limit(node, pids) {
      admit(node.id, pids);
      setQuota(node.id, quotaUs(node.cpu));
    },
    cgroups: (part) => groups.map((group) => join(group, part)),
    cpuSeconds: (part) => Number(readFileSync(join(accounts, part, "cpuacct.usage"), "latin1")) / 1e9,
    async [Symbol.asyncDispose]() {
      await removeCgroups(all);
    },
  };
}

/** Moves processes with all their threads. One that has ended meanwhile needs no moving. */
export function admitTo(group: string, pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      writeFileSync(join(group, "cgroup.procs"), String(pid));
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "ESRCH")) throw thrown;
    }
  }
}

/** Below the harness's own group, so that a limit that somebody has set on it holds for the shop as well. */
function runGroup(controller: string, runId: string): string {
  const mount = mounts().find(({ type, options }) => type === "cgroup" && options.includes(controller));
  if (mount === undefined) throw new Error(`no hierarchy has the controller ${controller}`);
  const own = readFileSync("/proc/self/cgroup", "latin1")
    .split("\n")
    .map((line) => line.split(":"))
    .find(([, controllers]) => controllers?.split(",").includes(controller));
  return join(realpathSync(mount.path), own?.[2] ?? "/", `doorbuster-${runId}`);
}

export interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

export function mounts(): readonly Mount[] {
  return readFileSync("/proc/self/mounts", "latin1")
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [, path = "", type = "", options = ""] = line.split(" ");
      return { path, type, options: options.split(",") };
    });
}
