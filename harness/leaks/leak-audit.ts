import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "#core/errors.ts";
import type { JournalEntry, ProcessIdentity } from "#core/journal.ts";
import type { LeakAudit, LeakMoment } from "#core/leaks.ts";
import { allProcesses, runFolder } from "#harness/ownership/index.ts";
import { heldBy, readListeners } from "./listeners.ts";
import { ownLocks, runCgroups, standing } from "./places.ts";
import { describeLeftover, keyOf, leftoverProcesses } from "./processes.ts";

/** Where and of which run. */
export interface LeakPlan {
  readonly runId: string;
  readonly stateFolder: string;
  /** Where programs are kept, and the lock of whoever brings them. */
  readonly cacheFolder: string;
}

/**
 * A process that was killed in this very moment is still listed for some milliseconds, and an emptied control group for
 * some more. What is left after this is left.
 */
const SETTLES_WITHIN_MS = 300;
const LOOK_AGAIN_MS = 25;

/** Remembers the machine as it is now, before the run begins; one look costs some 10 ms. */
export function openLeakAudit(plan: LeakPlan): LeakAudit {
  const processesBefore = new Set(allProcesses().map(keyOf));
  const listenersBefore = new Set(readListeners().map(({ inode }) => inode));
  const roots: ProcessIdentity[] = [];
  const folders = new Set<string>();
  const cgroups = new Set<string>();
  const look = (moment: LeakMoment): readonly string[] => {
    const processes = leftoverProcesses({ ...plan, roots, before: processesBefore });
    // The guardian is ended behind this look; it is the one process of a run that is not marked, and a child of this one.
    const left = moment === "ended" ? processes : processes.filter(({ isGuardian }) => !isGuardian);
    const listeners = readListeners().filter(({ inode }) => !listenersBefore.has(inode));
    const holders = [process.pid, ...left.map(({ stat }) => stat.pid)];
    return [
      ...left.map(describeLeftover),
      ...heldBy(listeners, holders).map(({ port, pid }) => `port ${port}, listened on by process ${pid}`),
      ...standing([...cgroups, ...runCgroups(plan.runId)]).map((path) => `control group ${path}`),
      ...standing(moment === "ended" ? [...folders, runFolder(plan.stateFolder, plan.runId)] : [...folders]).map(
        (path) => `folder ${path}`,
      ),
      ...(moment === "ended" ? ownLocks([plan.stateFolder, plan.cacheFolder]) : []).map((path) => `lock ${path}`),
    ];
  };
  return {
    note(entry: JournalEntry) {
      if (entry.verb === "process") roots.push(entry.identity);
      if (entry.verb === "folder") folders.add(entry.path);
      if (entry.verb === "cgroup") cgroups.add(entry.path);
    },
    async left(moment) {
      const until = performance.now() + SETTLES_WITHIN_MS;
      try {
        for (;;) {
          const left = look(moment);
          if (left.length === 0 || performance.now() > until) return left;
          await sleep(LOOK_AGAIN_MS);
        }
      } catch (thrown) {
        return [`nobody could look at what is left: ${messageOf(thrown)}`];
      }
    },
  };
}
