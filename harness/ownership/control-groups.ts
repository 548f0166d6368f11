import { readFileSync } from "node:fs";
import { rmdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "#core/errors.ts";

/** An emptied control group can be removed when the kernel has reaped its last process, milliseconds later. */
const CGROUP_ATTEMPTS = 40;
const CGROUP_WAIT_MS = 25;

/** Pids in a control group and in those below it that are named; none when it is gone. */
export function cgroupMembers(path: string): readonly number[] {
  try {
    return readFileSync(`${path}/cgroup.procs`, "latin1").split("\n").filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** Children before their parents. */
export async function removeCgroups(paths: readonly string[]): Promise<readonly string[]> {
  const left: string[] = [];
  for (const path of paths.toSorted((a, b) => b.length - a.length)) {
    const problem = await removeCgroup(path);
    if (problem !== undefined) left.push(`control group ${path}: ${problem}`);
  }
  return left;
}

async function removeCgroup(path: string): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rmdir(path);
      return undefined;
    } catch (thrown) {
      if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return undefined;
      if (attempt === CGROUP_ATTEMPTS) return `${messageOf(thrown)}, members ${cgroupMembers(path).join(" ")}`;
    }
    await sleep(CGROUP_WAIT_MS);
  }
}
