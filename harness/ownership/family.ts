import { readFileSync } from "node:fs";
import { type ProcessIdentity, RUN_MARK } from "#core/journal.ts";
import { cgroupMembers } from "./control-groups.ts";
import {
  allProcesses,
  hasEnded,
  identityFrom,
  isOfThisBoot,
  isRunning,
  type ProcessStat,
  signalProcess,
  statOf,
} from "./identity.ts";

/** What makes a process ours. Any of these is proof: nobody else has our random run id, our cgroup or our child. */
export interface Claim {
  /** Processes that were started by the run. */
  readonly roots: readonly ProcessIdentity[];
  /** Control groups that the run made. */
  readonly cgroups?: readonly string[];
  /** Run whose mark is looked for in the environment. */
  readonly runId?: string;
  /**
   * Clock ticks since boot, where the run has been dead for long: of a group whose leader is gone only who was started by
   * then belongs to it. A number that became free may since have led a group of somebody else.
   */
  readonly groupsUntilTicks?: number;
}

/** All processes that belong to the claim and have not ended. */
export function family(claim: Claim): readonly ProcessIdentity[] {
  const members = new Set<number>(claim.cgroups?.flatMap(cgroupMembers));
  const isComplete = claim.runId === undefined && members.size > 0;
  for (const root of claim.roots.filter(isRunning)) members.add(root.pid);
  // A control group knows every process that was ever born in it: then nobody else needs to be looked at.
  const seen = isComplete ? [...members].map(statOf).filter((stat) => stat !== undefined) : allProcesses();
  const processes = seen.filter((stat) => stat.pid > 1 && stat.pid !== process.pid);
  if (!isComplete) addRelatives(members, processes, claim);
  return processes.filter((stat) => members.has(stat.pid) && !hasEnded(stat)).map(identityFrom);
}

function addRelatives(members: Set<number>, processes: readonly ProcessStat[], claim: Claim): void {
  const leaders = new Set(members);
  const isOfGroup = groupsOf(claim.roots, processes);
  for (const stat of processes) {
    // Groups and sessions outlive a parent: PostgreSQL's servers lead sessions of their own.
    if (leaders.has(stat.group) || leaders.has(stat.session)) members.add(stat.pid);
    else if (stat.startTicks <= (claim.groupsUntilTicks ?? Number.POSITIVE_INFINITY) && isOfGroup(stat))
      members.add(stat.pid);
    else if (claim.runId !== undefined && carriesMark(stat.pid, claim.runId)) members.add(stat.pid);
  }
  addDescendants(members, processes);
}

/**
 * Tells whether a process is in a group or session that one of these has led, also when the leader is gone. The kernel
 * gives a leader's number to nobody while a member lives, so whoever has it now is either the one that we know or shows
 * that the members are another one's.
 */
export function groupsOf(
  roots: readonly ProcessIdentity[],
  processes: readonly ProcessStat[],
): (stat: ProcessStat) => boolean {
  const byPid = new Map(processes.map((stat) => [stat.pid, stat]));
  const led = new Map<number, ProcessIdentity>();
  for (const root of roots) {
    const holder = byPid.get(root.pid);
    if (isOfThisBoot(root) && (holder === undefined || holder.startTicks === root.startTicks)) led.set(root.pid, root);
  }
  return (stat) =>
    [stat.group, stat.session].some((leader) => {
      const root = led.get(leader);
      return root !== undefined && stat.startTicks >= root.startTicks;
    });
}

function addDescendants(members: Set<number>, processes: readonly ProcessStat[]): void {
  // Each round adds a generation; nothing that we start is nested deeper than this.
  const GENERATIONS = 8;
  for (let generation = 0; generation < GENERATIONS; generation += 1) {
    const before = members.size;
    for (const stat of processes) if (members.has(stat.parent)) members.add(stat.pid);
    if (members.size === before) return;
  }
}

function carriesMark(pid: number, runId: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${RUN_MARK}=${runId}`);
  } catch {
    return false;
  }
}

/** Signals all, again as long as new members appear: a process may fork while the list is read. */
export function signalFamily(claim: Claim, signal: NodeJS.Signals): readonly ProcessIdentity[] {
  const signalled = new Map<number, ProcessIdentity>();
  // Two rounds catch a fork between reading and signalling; the fourth is for a crowd that forks in a row.
  const ROUNDS = 4;
  for (let round = 0; round < ROUNDS; round += 1) {
    const fresh = family(claim).filter((identity) => !signalled.has(identity.pid));
    if (fresh.length === 0) break;
    for (const identity of fresh) {
      signalProcess(identity, signal);
      signalled.set(identity.pid, identity);
    }
  }
  return [...signalled.values()];
}
