import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { statOf } from "#harness/ownership/index.ts";

/** The kernel's unit of these figures, for all that it shows to programs (USER_HZ). */
const TICKS_PER_SECOND = 100;

/**
 * What the machine as a whole has done so far, seconds of all cores: `busy`, and `stolen`, which is what a hypervisor
 * gave to others while work was waiting here; and how many cores it has. Empty where the kernel does not say (proc(5),
 * /proc/stat).
 */
export function machineSeconds(): Readonly<Record<string, number>> {
  let line: string;
  try {
    line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "";
  } catch {
    return {};
  }
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return {
    busy_seconds: (user + nice + system + irq + softirq) / TICKS_PER_SECOND,
    stolen_seconds: stolen / TICKS_PER_SECOND,
    cores: cpus().length,
  };
}

/**
 * CPU time of a process so far, seconds, that of its children which have ended included; undefined when there is none, or
 * the kernel does not say.
 */
export function processSeconds(pid: number): number | undefined {
  const ticks = statOf(pid)?.cpuTicks;
  return ticks === undefined || !Number.isFinite(ticks) ? undefined : ticks / TICKS_PER_SECOND;
}
