import { readFileSync, readlinkSync } from "node:fs";
import { type ProcessIdentity, RUN_MARK } from "#core/journal.ts";
import { allProcesses, groupsOf, hasEnded, type ProcessStat, runFolder } from "#harness/ownership/index.ts";

/** What makes a process the run's. Each is proof by itself; a leftover may have shed all others. */
export interface LeftoverMarks {
  readonly runId: string;
  readonly stateFolder: string;
  /** Processes that the journal names. */
  readonly roots: readonly ProcessIdentity[];
  /** Keys of the processes that were there before the run: none of them is the run's. */
  readonly before: ReadonlySet<string>;
}

export interface Leftover {
  readonly stat: ProcessStat;
  readonly words: string;
  readonly isGuardian: boolean;
}

/** What no other process of this boot can have: numbers are used again, a number with its start is not. */
export function keyOf({ pid, startTicks }: ProcessStat): string {
  return `${pid}@${startTicks}`;
}

/** @throws Error when /proc shows not even this process: then it would show no other either. */
export function leftoverProcesses(marks: LeftoverMarks): readonly Leftover[] {
  const all = allProcesses();
  if (!all.some(({ pid }) => pid === process.pid)) throw new Error("/proc does not show this process");
  const fresh = all.filter((stat) => !marks.before.has(keyOf(stat)) && stat.pid !== process.pid);
  const isOfGroup = groupsOf(marks.roots, all);
  const ours = new Set(fresh.filter((stat) => isOfGroup(stat) || isMarked(stat, marks)).map(({ pid }) => pid));
  // What this process has started, and what a leftover has: the list grows while it is walked.
  const parents = [process.pid, ...ours];
  for (const parent of parents) {
    for (const { pid } of fresh.filter((stat) => stat.parent === parent && !ours.has(stat.pid))) {
      ours.add(pid);
      parents.push(pid);
    }
  }
  return fresh
    .filter((stat) => ours.has(stat.pid) && !isReapedByOthers(stat, ours))
    .map((stat) => {
      const words = textOf(`/proc/${stat.pid}/cmdline`).split("\0").join(" ").trim();
      return { stat, words, isGuardian: /\/guardian-main\.ts /.test(words) && words.includes(marks.runId) };
    });
}

/** It has ended, and its parent is none of ours: whoever that is will see to it, the machine's first process within seconds. */
function isReapedByOthers(stat: ProcessStat, ours: ReadonlySet<number>): boolean {
  return hasEnded(stat) && stat.parent !== process.pid && !ours.has(stat.parent);
}

function isMarked(stat: ProcessStat, { runId, stateFolder, roots }: LeftoverMarks): boolean {
  const { pid } = stat;
  if (roots.some((root) => root.pid === pid && root.startTicks === stat.startTicks)) return true;
  if (textOf(`/proc/${pid}/environ`).split("\0").includes(`${RUN_MARK}=${runId}`)) return true;
  if (textOf(`/proc/${pid}/cgroup`).includes(`/doorbuster-${runId}`)) return true;
  const place = `${runFolder(stateFolder, runId)}/`;
  return [linkOf(`/proc/${pid}/cwd`), linkOf(`/proc/${pid}/exe`)].some((path) => path.startsWith(place));
}

/** A line is enough to know a program by. */
const WORDS_AT_MOST = 120;

export function describeLeftover({ stat, words }: Leftover): string {
  if (hasEnded(stat)) return `zombie ${stat.pid}, which process ${stat.parent} has not waited for`;
  return `process ${stat.pid} (${words.slice(0, WORDS_AT_MOST)})`;
}

/** Empty when it has ended in between, or may not be read: who may not read it has not started it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
