import { readdirSync, readFileSync } from "node:fs";
import { uptime } from "node:os";
import type { ProcessIdentity } from "#core/journal.ts";

/** What /proc/<pid>/stat says that matters here. Times in clock ticks, memory in pages. */
export interface ProcessStat {
  readonly pid: number;
  /** One letter; `Z` and `X` are processes that have ended and only wait to be reaped. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** CPU time of the process itself and of its children that have ended and were waited for. */
  readonly cpuTicks: number;
  readonly startTicks: number;
}

let knownBoot: string | undefined;

/** Pids and start times begin anew at each boot, so an identity is worth nothing without it. */
function bootId(): string {
  knownBoot ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return knownBoot;
}

/** An identity that was written down; undefined for anything else. */
export function parseIdentity(value: unknown): ProcessIdentity | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (!("pid" in value && "startTicks" in value && "bootId" in value)) return undefined;
  const { pid, startTicks, bootId } = value;
  const isWhole = typeof pid === "number" && typeof startTicks === "number" && typeof bootId === "string";
  return isWhole && Number.isInteger(pid) && Number.isInteger(startTicks) && bootId !== ""
    ? { pid, startTicks, bootId }
    : undefined;
}

/** Undefined when there is no such process. */
export function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

/** Fields by their numbers in proc(5). The name, field 2, may hold spaces and brackets: counting starts behind it. */
export function parseStat(text: string): ProcessStat | undefined {
  const close = text.lastIndexOf(")");
  const fields = text.slice(close + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  const pid = Number.parseInt(text, 10);
  const startTicks = field(22);
  if (close < 0 || !Number.isInteger(pid) || !Number.isInteger(startTicks)) return undefined;
  return {
    pid,
    state: fields[0] ?? "?",
    parent: field(4),
    group: field(5),
    session: field(6),
    cpuTicks: field(14) + field(15) + field(16) + field(17),
    startTicks,
  };
}

/** The identity of a process that runs now; undefined when there is none, or it has ended. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const stat = statOf(pid);
  return stat === undefined || hasEnded(stat) ? undefined : identityFrom(stat);
}

export function identityFrom(stat: ProcessStat): ProcessIdentity {
  return { pid: stat.pid, startTicks: stat.startTicks, bootId: bootId() };
}

export function hasEnded(stat: ProcessStat): boolean {
  return stat.state === "Z" || stat.state === "X";
}

/** Whether an identity's numbers mean anything now: of an earlier boot they may be anybody's. */
export function isOfThisBoot(identity: ProcessIdentity): boolean {
  return identity.bootId === bootId();
}

/** Whether this very process still runs: same boot, same start, not merely the same number. */
export function isRunning(identity: ProcessIdentity): boolean {
  return isOfThisBoot(identity) && identityOf(identity.pid)?.startTicks === identity.startTicks;
}

/** Signals this very process; false when it is gone. Never signals another one that has inherited its number. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  // 0 and negative numbers are groups, 1 is init: no identity of ours can be one of them.
  if (identity.pid <= 1 || identity.pid === process.pid || !isRunning(identity)) return false;
  try {
    process.kill(identity.pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Linux counts start times in hundredths of a second since boot, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

/** A time of the wall clock as the start time of a process that would have been started then. */
export function ticksAt(wallMs: number): number {
  return (uptime() - (Date.now() - wallMs) / 1_000) * TICKS_PER_SECOND;
}

/** All processes of the machine that can be seen. */
export function allProcesses(): readonly ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat !== undefined);
}
