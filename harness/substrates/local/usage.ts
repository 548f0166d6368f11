import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import type { ProcessIdentity } from "#core/journal.ts";
import { allProcesses, cgroupMembers, type ProcessStat, statOf } from "#harness/ownership/index.ts";
import type { MachineSizes } from "./machine-sizes.ts";

export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Linux counts CPU time for user space in hundredths of a second on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Reads what each part has used so far; cheap enough to be called every second. */
export function usageReader(
  sizes: MachineSizes,
  parts: () => ReadonlyMap<string, ProcessIdentity | undefined>,
  generatorPath: string,
): () => Readonly<Record<string, Usage>> {
  const pageBytes = Number(execFileSync("getconf", ["PAGESIZE"], { encoding: "latin1" }));
  const counted = new TickCounter();
  return () => {
    const usage: Record<string, Usage> = {};
    const roots = parts();
    const byPart = sizes.kind.startsWith("cgroup") ? undefined : processesByPart(roots);
    for (const part of roots.keys()) {
      const processes = byPart?.get(part) ?? [];
      const pids = byPart === undefined ? cgroupMembers(sizes.cgroups(part)[0] ?? "") : processes.map(({ pid }) => pid);
      const cpuSeconds = sizes.cpuSeconds(part) ?? counted.seconds(part, processes);
      usage[part] = { cpuSeconds, rssBytes: residentBytes(pids, pageBytes) };
    }
    const generator = childrenRunning(generatorPath);
    const seconds = counted.seconds("generator", generator);
    if (seconds > 0) {
      usage.generator = {
        cpuSeconds: seconds,
        rssBytes: residentBytes(
          generator.map(({ pid }) => pid),
          pageBytes,
        ),
      };
    }
    return usage;
  };
}

/** Sums the ticks of a part's processes. Each counts its ended children itself; what a restart ends is carried on. */
class TickCounter {
  readonly #parts = new Map<string, { readonly before: number; readonly last: number }>();

  seconds(part: string, processes: readonly ProcessStat[]): number {
    const { before, last } = this.#parts.get(part) ?? { before: 0, last: 0 };
    const now = processes.reduce((sum, { cpuTicks }) => sum + cpuTicks, 0);
    // A sum that shrinks says that the part was started anew.
    const counted = now < last ? { before: before + last, last: now } : { before, last: now };
    this.#parts.set(part, counted);
    return (counted.before + counted.last) / TICKS_PER_SECOND;
  }
}

/** One look at all processes, shared out by who started whom and who leads a session. */
function processesByPart(
  roots: ReadonlyMap<string, ProcessIdentity | undefined>,
): ReadonlyMap<string, readonly ProcessStat[]> {
  const partOf = new Map<number, string>();
  for (const [part, root] of roots) if (root !== undefined) partOf.set(root.pid, part);
  const processes = allProcesses();
  // Three generations: a server, its workers, and what a worker starts.
  for (let generation = 0; generation < 3; generation += 1) {
    for (const { pid, parent, group } of processes) {
      const part = partOf.get(parent) ?? partOf.get(group);
      if (part !== undefined && !partOf.has(pid)) partOf.set(pid, part);
    }
  }
  const byPart = new Map<string, ProcessStat[]>();
  for (const stat of processes) {
    const part = partOf.get(stat.pid);
    if (part !== undefined) byPart.set(part, [...(byPart.get(part) ?? []), stat]);
  }
  return byPart;
}

/** Children of the harness that run this executable: the load generator, whoever started it. */
function childrenRunning(path: string): readonly ProcessStat[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, "latin1").trim().split(" ").filter(Boolean);
  return pids
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/exe`) === path;
      } catch {
        return false;
      }
    })
    .map((pid) => statOf(Number(pid)))
    .filter((stat) => stat !== undefined);
}

/**
 * Private memory of all, and the largest shared part once: the processes of a database server all count the same
 * buffers as theirs.
 */
function residentBytes(pids: readonly number[], pageBytes: number): number {
  let privatePages = 0;
  let sharedPages = 0;
  for (const pid of pids) {
    try {
      const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, "latin1").split(" ").map(Number);
      privatePages += resident - shared;
      sharedPages = Math.max(sharedPages, shared);
    } catch {
      // It has ended since the list was read.
    }
  }
  return (privatePages + sharedPages) * pageBytes;
}
