import { setTimeout as sleep } from "node:timers/promises";
import type { JournalEntry, ProcessIdentity } from "#core/journal.ts";
import { type Claim, family } from "./family.ts";
import { isRunning, signalProcess } from "./identity.ts";

type ProcessEntry = Extract<JournalEntry, { verb: "process" }>;

/** A database ends in good order within this; what is left after it is killed. */
const GRACE_MS = 2_000;
/** The kernel needs milliseconds to end what it was told to kill, unless it waits for a disk. */
const KILL_WAIT_MS = 2_000;
const LOOK_AGAIN_MS = 25;

/**
 * Ends everything that belongs to the claim: continue and ask, wait, kill, wait. Answers what is still there. Every
 * process is known by its identity before its parent is asked to go, so that orphans are not lost sight of.
 */
export async function endProcesses(
  claim: Claim,
  started: readonly ProcessEntry[],
): Promise<{ readonly ended: number; readonly left: readonly ProcessIdentity[] }> {
  const known = new Map<number, ProcessIdentity>();
  const look = (): readonly ProcessIdentity[] => {
    for (const identity of family(claim)) known.set(identity.pid, identity);
    return [...known.values()].filter(isRunning);
  };
  for (const identity of look()) {
    const entry = started.find((each) => same(each.identity, identity));
    // Only what we started is asked; its children are its own to end.
    if (entry !== undefined) signalProcess(identity, entry.stop ?? "SIGTERM");
    signalProcess(identity, "SIGCONT");
  }
  await untilNone(look, GRACE_MS);
  for (const identity of look()) signalProcess(identity, "SIGKILL");
  // What forked while it was killed is found by the next look.
  await untilNone(() => {
    const left = look();
    for (const identity of left) signalProcess(identity, "SIGKILL");
    return left;
  }, KILL_WAIT_MS);
  const left = look();
  return { ended: known.size - left.length, left };
}

async function untilNone(look: () => readonly unknown[], ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (look().length > 0 && performance.now() < until) await sleep(LOOK_AGAIN_MS);
}

function same(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTicks === b.startTicks && a.bootId === b.bootId;
}
