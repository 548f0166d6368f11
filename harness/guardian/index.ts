export { endProcesses } from "./end-processes.ts";
export { cgroupMembers, family, signalFamily } from "./family.ts";
export { guardRun } from "./guard.ts";
export { allProcesses, identityFrom, type ProcessStat, signalProcess, statOf } from "./identity.ts";
export { holdLock } from "./lock.ts";
export { findUnfinished, recover, runFolder } from "./recover.ts";
export { removeCgroups } from "./undo.ts";
