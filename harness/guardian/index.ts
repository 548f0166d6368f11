export { endProcesses } from "./end-processes.ts";
export { cgroupMembers, family, RUN_MARK, signalFamily } from "./family.ts";
export { type GuardedRun, type Guardian, guard, guardRun } from "./guard.ts";
export {
  allProcesses,
  identityFrom,
  identityOf,
  isRunning,
  type ProcessStat,
  signalProcess,
  statOf,
} from "./identity.ts";
export { holdLock } from "./lock.ts";
export { findUnfinished, recover, runFolder, type UnfinishedRun } from "./recover.ts";
export { removeCgroups } from "./undo.ts";
