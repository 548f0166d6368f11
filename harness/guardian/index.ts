export { family, RUN_MARK, signalFamily } from "./family.ts";
export { type GuardedRun, type Guardian, guard, guardRun } from "./guard.ts";
export { allProcesses, bootId, identityOf, isRunning, type ProcessStat, signalProcess, statOf } from "./identity.ts";
export { createJournal, journalPath, type RunJournal, readJournal } from "./journal.ts";
export { holdLock } from "./lock.ts";
export { findUnfinished, recover, runFolder, type UnfinishedRun } from "./recover.ts";
export { removeCgroups } from "./undo.ts";
