import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "#core/errors.ts";
import { removeCgroups } from "#harness/ownership/index.ts";
import { admitTo, mounts } from "./cgroup-v1.ts";
import { type MachineSizes, PERIOD_US, quotaUs, type SizesPlan } from "./machine-sizes.ts";

/** Control groups of version 2: one tree; a group either has processes or hands controllers on to its children. */
export async function openCgroupV2(plan: SizesPlan): Promise<MachineSizes> {
  const group = await runGroup(plan);
  const all = [group, ...plan.parts.map((part) => join(group, part))];
  await Promise.all(all.map((path) => plan.journal.write({ verb: "cgroup", path })));
  try {
    for (const path of all.slice(1)) mkdirSync(path);
  } catch (thrown) {
    await removeCgroups(all);
    throw thrown;
  }
  const setMax = (part: string, text: string): void => writeFileSync(join(group, part, "cpu.max"), text);
  return {
    kind: "cgroup v2",
    detail: `quota per node (cgroup v2, period ${PERIOD_US / 1_000} ms)`,
    admit: (part, pids) => admitTo(join(group, part), pids),
    async limit(node, pids) {
      admitTo(join(group, node.id), pids);
      setMax(node.id, `${quotaUs(node.cpu)} ${PERIOD_US}`);
    },
    cgroups: (part) => [join(group, part)],
    cpuSeconds: (part) => usageSeconds(readFileSync(join(group, part, "cpu.stat"), "latin1")),
    async [Symbol.asyncDispose]() {
      await removeCgroups(all);
    },
  };
}

/** `usage_usec` of a group's cpu.stat, in seconds. */
export function usageSeconds(text: string): number {
  return Number(/^usage_usec (\d+)$/m.exec(text)?.[1] ?? 0) / 1e6;
}

/**
 * A new group whose children can be limited. The harness's own group has the harness in it, so its children can have
 * controllers only at the root; what a service manager hands over for this purpose is the group above it.
 */
async function runGroup(plan: SizesPlan): Promise<string> {
  const mount = mounts().find(({ type }) => type === "cgroup2");
  if (mount === undefined) throw new Error("not mounted");
  const own = /^0::(.*)$/m.exec(readFileSync("/proc/self/cgroup", "latin1"))?.[1] ?? "/";
  const refused: string[] = [];
  for (const parent of new Set([join(mount.path, own), join(mount.path, dirname(own))])) {
    const group = join(parent, `doorbuster-${plan.runId}`);
    try {
      // Of a group that is not ours nothing is changed: nobody could tell later who relies on it.
      if (!hasCpu(parent, "cgroup.subtree_control"))
        throw new Error(`${parent} hands no controller cpu to its children`);
      await plan.journal.write({ verb: "cgroup", path: group });
      mkdirSync(group);
      handOn(group);
      return group;
    } catch (thrown) {
      refused.push(messageOf(thrown));
      if (existsSync(group)) await removeCgroups([group]);
    }
  }
  throw new Error(refused.join("; "));
}

/** Lets the children of our own group be limited; it goes with the group. */
function handOn(group: string): void {
  if (!hasCpu(group, "cgroup.controllers")) throw new Error(`${group} has no controller cpu`);
  writeFileSync(join(group, "cgroup.subtree_control"), "+cpu");
}

function hasCpu(group: string, file: "cgroup.controllers" | "cgroup.subtree_control"): boolean {
  return readFileSync(join(group, file), "latin1").trim().split(" ").includes("cpu");
}
